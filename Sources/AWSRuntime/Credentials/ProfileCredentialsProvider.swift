package import SigV4
import Synchronization

/// Reads the static keys of a profile, from the shared credentials file first, then from the config file.
///
/// What was read serves for a minute, so that keys which were exchanged on disk are taken up without a file being
/// read for every request. A failure is never kept.
package final class ProfileCredentialsProvider: CredentialsProvider {
    /// `profile`.
    package let name = "profile"
    private let settings: AWSSettings
    private let now: @Sendable () -> ContinuousClock.Instant
    private let cached = Mutex<(credentials: Credentials, readAt: ContinuousClock.Instant)?>(nil)

    /// Reads the profile that the settings name.
    package init(settings: AWSSettings, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.settings = settings
        self.now = now
    }

    /// The profile's keys; declines when there is no such profile or it has no keys.
    package func credentials() async throws(CredentialsError) -> Credentials {
        let now = now()
        if let cached = cached.withLock({ $0 }), cached.readAt.duration(to: now) < .seconds(60) {
            return cached.credentials
        }
        let credentials = try read()
        cached.withLock { $0 = (credentials, now) }
        return credentials
    }

    /// Drops what was read, so that the files are read anew.
    package func invalidate(_ expired: Credentials) -> Bool {
        cached.withLock { cached in
            // Another call may have had the same answer and dropped or renewed them already.
            if cached?.credentials == expired { cached = nil }
            return true
        }
    }

    private func read() throws(CredentialsError) -> Credentials {
        let files: AWSProfileFiles
        do {
            files = try AWSProfileFiles.read(environment: settings.environment)
        } catch {
            throw .failed(provider: name, reason: error.description)
        }
        for section in [files.credentials[settings.profile], files.config[settings.profile]] {
            guard let section, let accessKeyID = section["aws_access_key_id"] else { continue }
            guard let secret = section["aws_secret_access_key"] else {
                throw .failed(
                    provider: name, reason: "the profile `\(settings.profile)` has no aws_secret_access_key")
            }
            return try CredentialsText.credentials(
                accessKeyID: accessKeyID, secretAccessKey: secret,
                sessionToken: section["aws_session_token"] ?? section["aws_security_token"], provider: name)
        }
        let isKnown = files.credentials[settings.profile] != nil || files.config[settings.profile] != nil
        let reason =
            isKnown
            ? "the profile `\(settings.profile)` has no static keys" : "there is no profile `\(settings.profile)`"
        guard settings.hasExplicitProfile else { throw .declined(provider: name, reason: reason) }
        throw .failed(provider: name, reason: reason)
    }
}
