#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// What AWS gives a caller to sign with.
///
/// The secret access key and the session token appear in no description, dump or mirror of this value.
package struct Credentials: Sendable, Hashable {
    /// The public part: it names the credentials in every signed request.
    package let accessKeyID: String
    /// The part that signs and is never sent.
    package let secretAccessKey: String
    /// The token that temporary credentials are sent with, nil for lasting ones.
    package let sessionToken: String?
    /// When the credentials cease to be valid, nil when they do not.
    package let expiration: Date?

    /// Creates credentials from their parts, none of which is checked.
    package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Date? = nil) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

extension Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private static let redacted = "<redacted>"

    /// The access key id and the expiration; of the rest only that it is there.
    package var description: String {
        let token = sessionToken == nil ? "none" : Self.redacted
        let end = expiration.map { SigningInstant($0).timestamp } ?? "none"
        return "Credentials(accessKeyID: \(accessKeyID), secretAccessKey: \(Self.redacted), sessionToken: \(token), "
            + "expiration: \(end))"
    }

    /// The same as `description`.
    package var debugDescription: String { description }

    /// The same four parts as in `description`, redacted alike.
    package var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "accessKeyID": accessKeyID, "secretAccessKey": Self.redacted,
                "sessionToken": sessionToken.map { _ in Self.redacted } as Any, "expiration": expiration as Any,
            ],
            displayStyle: .struct)
    }
}
