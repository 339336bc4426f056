package import Resilience
package import SigV4

/// Exchanges one identity for the temporary credentials of a role, as AWS STS does.
///
/// The providers of this module need it, and the client of STS stands above them: it conforms.
package protocol SecurityTokenService: Sendable {
    /// Takes a role on, as an identity that has credentials.
    ///
    /// - Parameters:
    ///   - role: Which role, and how.
    ///   - credentials: What the call is signed with.
    ///   - deadline: By when there is an answer or an error.
    /// - Returns: The role's credentials with their expiry.
    /// - Throws: ``AWSError``, for example `AccessDenied` when the role does not trust the identity.
    func assumeRole(
        _ role: AssumedRole, signedWith credentials: Credentials, deadline: Deadline
    ) async throws(AWSError) -> Credentials

    /// Takes a role on, as an identity that has a web identity token; the call is not signed.
    ///
    /// - Throws: ``AWSError``, for example `InvalidIdentityToken` or `ExpiredTokenException`.
    func assumeRoleWithWebIdentity(
        _ role: AssumedRole, token: String, deadline: Deadline
    ) async throws(AWSError) -> Credentials
}

/// A role to take on, and how.
package struct AssumedRole: Sendable, Hashable {
    /// The role's ARN.
    package var roleARN: String
    /// The session's name, as CloudTrail shows it: 2 to 64 of `[\w+=,.@-]`.
    package var sessionName: String
    /// The external id that the role's trust policy asks for.
    package var externalID: String?
    /// How long the credentials are to live, 900 to 43,200 s; the role's default when `nil`.
    package var durationSeconds: Int?

    /// Describes a role.
    package init(roleARN: String, sessionName: String, externalID: String? = nil, durationSeconds: Int? = nil) {
        self.roleARN = roleARN
        self.sessionName = sessionName
        self.externalID = externalID
        self.durationSeconds = durationSeconds
    }

    /// The account of a role's ARN, `arn:<partition>:iam::<account>:role/<name>`; `nil` when it is none.
    package static func account(ofRoleARN text: String) -> String? {
        let fields = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard fields.count == 6, fields[0] == "arn", fields[1].hasPrefix("aws"), fields[2] == "iam", fields[3].isEmpty,
            fields[4].utf8.count == 12, fields[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            fields[5].hasPrefix("role/"), fields[5].utf8.count > 5, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return String(fields[4])
    }

    /// Whether STS takes a text as an external id: 2 to 1,224 of `[\w+=,.@:/-]`.
    package static func isValid(externalID text: String) -> Bool {
        (2...1_224).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "_+=,.@:/-".utf8.contains(byte)
                }
            }
    }

    /// A session name of `text`: what STS does not allow becomes `-`, the length is held to 64, and one that is
    /// shorter than 2 is filled up.
    package static func sessionName(_ text: String) -> String {
        let name = text.unicodeScalars.prefix(64).map { scalar -> Character in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "+", "=", ",", ".", "@", "-": Character(scalar)
            default: "-"
            }
        }
        return String(name).count >= 2 ? String(name) : String(name) + "--".dropFirst(name.count)
    }
}
