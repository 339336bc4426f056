package import Resilience
import SigV4

/// Reads the static keys of a profile, from the shared credentials file first, then from the config file.
///
/// They are to be read again after a minute, so that keys which were exchanged on disk are taken up.
package struct ProfileCredentialsProvider: CredentialsProvider {
    /// `profile`.
    package let name = "profile"
    private let settings: AWSSettings

    /// Reads the profile that the settings name.
    package init(settings: AWSSettings) {
        self.settings = settings
    }

    /// The profile's keys; declines when there is no such profile or it has no keys.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        ResolvedCredentials(try read(), source: "profile `\(settings.profile)`", rereadAfter: .seconds(60))
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
