import Foundation
package import Resilience
import SigV4

/// Exchanges the access token that `aws sso login` keeps on disk for a role's credentials (IAM Identity Center).
///
/// The token is read anew at every fetch. That of an `sso-session` is renewed from 15 minutes before its end where
/// the cache says how, and written back, as the AWS CLI and botocore do; the older kind cannot be renewed.
package struct SSOCredentialsProvider: CredentialsProvider {
    /// `sso`.
    package let name = "sso"
    private let context: CredentialsContext
    private let profile: String
    private let files: AWSProfileFiles

    private static let renewalWindow: TimeInterval = 15 * 60

    /// Reads the SSO settings of a profile.
    ///
    /// - Parameters:
    ///   - context: The network, the clocks, and the settings of endpoints.
    ///   - profile: The profile's name.
    ///   - files: The files that hold it, and the `sso-session` that it refers to.
    package init(context: CredentialsContext, profile: String, files: AWSProfileFiles) {
        self.context = context
        self.profile = profile
        self.files = files
    }

    /// The role's credentials.
    ///
    /// - Throws: ``CredentialsError``; declines when the profile names neither account nor role, fails when a setting
    ///   or a valid token is missing or the portal refuses.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        let settings = try SSOSettings(profile: profile, files: files)
        let store = try store(for: settings)
        var token: SSOToken
        do {
            token = try store.load()
        } catch {
            throw failed("the SSO token \(error)\(Self.remedy(profile))")
        }
        let portal = SSOPortal(context: context, region: settings.region)
        if settings.hasSession, remaining(token) < Self.renewalWindow {
            token = try await renewed(token, by: portal, into: store, settings, deadline)
        }
        guard remaining(token) > 0 else { throw failed("the SSO token has expired\(Self.remedy(profile))") }
        let answered: Credentials
        do {
            answered = try await portal.roleCredentials(
                account: settings.accountID, role: settings.roleName, accessToken: token.accessToken,
                deadline: deadline)
        } catch {
            throw refusal(error, of: token)
        }
        return ResolvedCredentials(
            try CredentialsText.checked(answered, provider: name), source: "sso, profile `\(profile)`")
    }

    /// A newer token; the one that is there when it cannot be renewed, for it may still be good.
    private func renewed(
        _ token: SSOToken, by portal: SSOPortal, into store: SSOTokenStore, _ settings: SSOSettings,
        _ deadline: Deadline
    ) async throws(CredentialsError) -> SSOToken {
        guard let renewal = token.renewal, renewal.registrationEnd > context.time.date() else { return token }
        let created: SSOPortal.CreatedToken
        do {
            created = try await portal.createToken(renewal, deadline: deadline)
        } catch {
            return token
        }
        let renewed = SSOToken(
            accessToken: created.accessToken,
            expiresAt: context.time.date().addingTimeInterval(TimeInterval(created.expiresIn)),
            renewal: created.refreshToken.map { renewal.with(refreshToken: $0) })
        do {
            try store.save(renewed, startURL: settings.startURL, region: settings.region, renewal: renewal)
        } catch {
            // A folder that cannot be written to: the token serves this once, and the next fetch renews it again.
        }
        return renewed
    }

    private func store(for settings: SSOSettings) throws(CredentialsError) -> SSOTokenStore {
        guard let home = context.settings.environment["HOME"] else {
            throw failed("HOME is not set, under which the AWS CLI keeps its SSO tokens")
        }
        return SSOTokenStore(home: home, key: settings.cacheKey)
    }

    private func remaining(_ token: SSOToken) -> TimeInterval {
        token.expiresAt.timeIntervalSince(context.time.date())
    }

    private func refusal(_ error: AWSError, of token: SSOToken) -> CredentialsError {
        if case .service(let failure) = error.reason, failure.httpStatus == 401 {
            return failed("the SSO portal refuses the token\(Self.remedy(profile))")
        }
        return .failed(
            provider: name, call: "SSO portal, GetRoleCredentials for the profile `\(profile)`", error: error,
            hiding: token.accessToken)
    }

    private func failed(_ reason: String) -> CredentialsError {
        .failed(provider: name, reason: reason)
    }

    private static func remedy(_ profile: String) -> String {
        "; sign in with `aws sso login --profile \(profile)`"
    }
}
