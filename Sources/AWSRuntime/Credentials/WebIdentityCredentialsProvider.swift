import Foundation
package import Resilience
import SigV4

/// Takes on a role with a token that another identity provider has written to a file: STS's
/// AssumeRoleWithWebIdentity, as on EKS.
///
/// The file is read anew at every fetch: whoever writes it exchanges the token long before the role's credentials end.
package struct WebIdentityCredentialsProvider: CredentialsProvider {
    /// `web identity`.
    package let name = "web identity"
    private let settings: [(name: Setting, value: String, source: String)]
    private let declines: String
    private let securityTokens: any SecurityTokenService
    private let time: AWSClientTime

    /// The largest token file that is read; STS takes tokens of up to 20,000 characters.
    package static let maxTokenBytes = 64 << 10

    private enum Setting: String, CaseIterable {
        case tokenFile = "web_identity_token_file"
        case roleARN = "role_arn"
        case sessionName = "role_session_name"

        var variable: String {
            switch self {
            case .tokenFile: "AWS_WEB_IDENTITY_TOKEN_FILE"
            case .roleARN: "AWS_ROLE_ARN"
            case .sessionName: "AWS_ROLE_SESSION_NAME"
            }
        }
    }

    /// Reads where the token is and which role it is for.
    ///
    /// - Parameters:
    ///   - context: The environment (`AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN`, `AWS_ROLE_SESSION_NAME`) and STS.
    ///   - profile: A profile's name, for messages.
    ///   - section: The profile's settings; each variable goes before the setting that it stands for.
    ///   - readsEnvironment: Whether the variables count.
    package init(
        context: CredentialsContext, profile: String, section: [String: String], readsEnvironment: Bool
    ) {
        self.settings = Setting.allCases.compactMap { setting in
            if readsEnvironment, let value = context.settings.environment[setting.variable] {
                return (setting, value, setting.variable)
            }
            return section[setting.rawValue].map { (setting, $0, "\(setting.rawValue) of the profile `\(profile)`") }
        }
        let place = "the profile `\(profile)` has no web_identity_token_file"
        self.declines = readsEnvironment ? "AWS_WEB_IDENTITY_TOKEN_FILE is not set and \(place)" : place
        self.securityTokens = context.securityTokens
        self.time = context.time
    }

    /// The role's credentials.
    ///
    /// - Throws: ``CredentialsError``; declines when no token file is named, fails when there is no role to it, the
    ///   file holds no token or STS refuses it.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        guard let (file, source) = value(.tokenFile) else { throw .declined(provider: name, reason: declines) }
        guard let (roleARN, _) = value(.roleARN) else {
            throw .failed(
                provider: name, reason: "\(source) is set, but neither AWS_ROLE_ARN nor the profile names the role")
        }
        let token = try token(inFileAt: file, source: source)
        let role = AssumedRole(
            roleARN: roleARN, sessionName: value(.sessionName)?.value ?? AssumedRole.defaultSessionName)
        let answered = try await exchange(token, for: role, source: source, by: deadline)
        return ResolvedCredentials(
            try CredentialsText.checked(answered, provider: name), source: "web identity, role \(roleARN)")
    }

    private func value(_ setting: Setting) -> (value: String, source: String)? {
        settings.first { $0.name == setting && !$0.value.isEmpty }.map { ($0.value, $0.source) }
    }

    /// Asks STS; where it could not reach the identity provider itself, it asks to be asked again.
    private func exchange(
        _ token: String, for role: AssumedRole, source: String, by deadline: Deadline
    ) async throws(CredentialsError) -> Credentials {
        let strategy = RetryStrategy()
        var attempts = 0
        while true {
            attempts += 1
            do {
                return try await securityTokens.assumeRoleWithWebIdentity(role, token: token, deadline: deadline)
            } catch {
                let refusal = refusal(error, of: token, for: role, source: source)
                guard case .service(let failure) = error.reason, failure.code == "IDPCommunicationError",
                    let delay = strategy.delay(
                        afterFailedAttempts: attempts, failure: .transient, serverWish: failure.retryAfter,
                        jitter: time.jitter()),
                    delay < deadline.remaining(at: time.now())
                else { throw refusal }
                do {
                    try await time.sleep(delay)
                } catch {
                    throw refusal
                }
            }
        }
    }

    private func refusal(
        _ error: AWSError, of token: String, for role: AssumedRole, source: String
    ) -> CredentialsError {
        if case .service(let failure) = error.reason, failure.isExpiredToken {
            return .failed(
                provider: name, reason: "the token in the file that \(source) names has expired; it must be renewed")
        }
        return .failed(
            provider: name, call: "STS, AssumeRoleWithWebIdentity of \(role.roleARN)", error: error, hiding: token)
    }

    // MARK: Token file

    private func token(inFileAt path: String, source: String) throws(CredentialsError) -> String {
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path, limit: Self.maxTokenBytes)
        } catch {
            throw .failed(provider: name, reason: "the file that \(source) names \(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .failed(provider: name, reason: "the file that \(source) names is not in UTF-8")
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty else {
            throw .failed(provider: name, reason: "the file that \(source) names is empty")
        }
        guard token.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            throw .failed(
                provider: name, reason: "the file that \(source) names holds control characters or several lines")
        }
        return token
    }
}

extension AssumedRole {
    /// The name of a session where nobody gives one: `jobgate`.
    package static let defaultSessionName = "jobgate"
}
