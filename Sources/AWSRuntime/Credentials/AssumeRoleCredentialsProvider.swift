package import Resilience
import SigV4

/// Takes on a role with the credentials of another source: STS's AssumeRole.
package struct AssumeRoleCredentialsProvider: CredentialsProvider {
    /// `assume role`.
    package let name = "assume role"
    private let role: AssumedRole
    private let base: any CredentialsSource
    private let securityTokens: any SecurityTokenService

    /// Describes a role and who takes it on.
    ///
    /// - Parameters:
    ///   - role: Which role, and how.
    ///   - base: What the call is signed with.
    ///   - securityTokens: Exchanges them for the role's.
    package init(role: AssumedRole, base: any CredentialsSource, securityTokens: any SecurityTokenService) {
        self.role = role
        self.base = base
        self.securityTokens = securityTokens
    }

    /// The role's credentials.
    ///
    /// When STS refuses what the call was signed with as expired, the base is asked for others, once.
    ///
    /// - Throws: ``CredentialsError`` of the base as it stands, and what STS answered; it never declines.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        let signer = try await baseCredentials(by: deadline)
        let answered: Credentials
        do {
            answered = try await securityTokens.assumeRole(role, signedWith: signer, deadline: deadline)
        } catch {
            guard case .service(let failure) = error.reason, failure.isExpiredToken, base.invalidate(signer, for: nil)
            else { throw refused(error) }
            answered = try await assume(signedWith: baseCredentials(by: deadline), by: deadline)
        }
        return ResolvedCredentials(
            try CredentialsText.checked(answered, provider: name), source: "role \(role.roleARN)")
    }

    private func assume(
        signedWith signer: Credentials, by deadline: Deadline
    ) async throws(CredentialsError) -> Credentials {
        do {
            return try await securityTokens.assumeRole(role, signedWith: signer, deadline: deadline)
        } catch {
            throw refused(error)
        }
    }

    private func refused(_ error: AWSError) -> CredentialsError {
        .failed(provider: name, call: "STS, AssumeRole of \(role.roleARN)", error: error)
    }

    /// A base that declines is as bad as one that fails: the role was asked for.
    private func baseCredentials(by deadline: Deadline) async throws(CredentialsError) -> Credentials {
        do {
            return try await base.credentials(for: nil, by: deadline)
        } catch {
            guard case .declined = error else { throw error }
            throw .failed(provider: name, reason: "nothing to take on \(role.roleARN) with (\(error))")
        }
    }
}
