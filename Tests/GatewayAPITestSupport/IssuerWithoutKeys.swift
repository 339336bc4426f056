package import Authentication
package import Foundation
package import GatewayCore

/// An issuer of tokens whose keys cannot be had: no token of its can be told good or bad.
package struct IssuerWithoutKeys: Authenticator {
    /// A token of its.
    package static let token = "token.without.keys"

    /// Creates the issuer.
    package init() {}

    /// Fails for its token, and knows nothing else.
    package func authenticate(
        _ credential: PresentedCredential, at now: Date, mayVerify: Bool
    ) async throws(AuthenticationFailure) -> Caller? {
        guard case .bearer(let text) = credential, text.expose() == Self.token else { return nil }
        throw .keysUnavailable(issuer: "corp", .timedOut, retryAfter: .seconds(4))
    }
}
