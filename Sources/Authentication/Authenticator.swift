package import Foundation
package import GatewayCore

/// Turns a presented credential into a caller.
package protocol Authenticator: Sendable {
    /// Checks a credential.
    ///
    /// - Parameters:
    ///   - credential: What the request carries.
    ///   - now: The time of the request.
    ///   - mayVerify: Whether work that costs may be done for the credential, such as checking a signature. Without it
    ///     only what is cheap decides, and what that cannot decide is ``AuthenticationFailure/unverified``.
    /// - Returns: The caller, or `nil` when the credential is of a kind that this authenticator does not know.
    /// - Throws: The reason, when the credential is of its kind but not good.
    func authenticate(
        _ credential: PresentedCredential, at now: Date, mayVerify: Bool
    ) async throws(AuthenticationFailure) -> Caller?
}

/// Why a credential was refused; for the log, not for the caller.
package enum AuthenticationFailure: Error, Sendable, Hashable {
    /// No authenticator knows it.
    case unknown
    /// Its time is over. The identifier is no secret: it tells the operator who still uses it.
    case expired(id: String)
    /// It was revoked.
    case revoked(id: String)
    /// It may be good; finding out was not allowed.
    case unverified
    /// It is a token that is not good, of a configured issuer where it names one.
    case token(TokenFault, issuer: String?)
    /// It is a token that may be good, but its issuer's keys cannot be had now.
    case keysUnavailable(issuer: String, KeySetFault, retryAfter: Duration)
}

/// Asks each authenticator in turn; the first that knows the credential's kind decides.
package struct AuthenticatorChain: Sendable {
    private let authenticators: [any Authenticator]

    /// Creates a chain.
    package init(_ authenticators: [any Authenticator]) {
        self.authenticators = authenticators
    }

    /// Checks a credential, with `mayVerify` as ``Authenticator`` has it.
    ///
    /// - Throws: ``AuthenticationFailure/unknown`` also for one that no authenticator knows.
    package func authenticate(
        _ credential: PresentedCredential, at now: Date, mayVerify: Bool
    ) async throws(AuthenticationFailure) -> Caller {
        for authenticator in authenticators {
            if let caller = try await authenticator.authenticate(credential, at: now, mayVerify: mayVerify) {
                return caller
            }
        }
        throw .unknown
    }
}
