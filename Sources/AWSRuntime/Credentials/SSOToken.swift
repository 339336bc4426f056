import Foundation

/// An access token of IAM Identity Center, as `aws sso login` keeps it.
///
/// Its parts appear in no description, dump or mirror of this value.
struct SSOToken: Sendable {
    /// What the portal is shown.
    let accessToken: String
    /// When it ends.
    let expiresAt: Date
    /// What a new one is had with; `nil` where the cache does not say.
    let renewal: Renewal?

    /// A registered client's means to renew a token.
    struct Renewal: Sendable {
        /// What is exchanged for a new token.
        let refreshToken: String
        /// The client that was registered at sign-in.
        let clientID: String
        /// The client's proof.
        let clientSecret: String
        /// When the registration ends.
        let registrationEnd: Date

        /// The same client with another refresh token.
        func with(refreshToken: String) -> Renewal {
            Renewal(
                refreshToken: refreshToken, clientID: clientID, clientSecret: clientSecret,
                registrationEnd: registrationEnd)
        }
    }
}

extension SSOToken: CustomStringConvertible, CustomReflectable {
    var description: String { "SSOToken(<redacted>, expiresAt: \(expiresAt))" }
    var customMirror: Mirror { Mirror(self, children: ["expiresAt": expiresAt]) }
}

extension SSOToken.Renewal: CustomStringConvertible, CustomReflectable {
    var description: String { "Renewal(<redacted>)" }
    var customMirror: Mirror { Mirror(self, children: [:]) }
}
