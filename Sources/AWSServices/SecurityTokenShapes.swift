import AWSRuntime
import SigV4

/// Who credentials belong to, as STS's GetCallerIdentity tells.
package struct CallerIdentity: Sendable, Hashable {
    /// The account's number, 12 digits.
    package let account: String
    /// The identity's ARN: a user, or a role with its session.
    package let arn: String
    /// The identity's unique id.
    package let userID: String

    /// Describes an identity.
    package init(account: String, arn: String, userID: String) {
        self.account = account
        self.arn = arn
        self.userID = userID
    }
}

struct AssumeRole: AWSOperation {
    static let name = "AssumeRole"
    static let iamAction = "sts:AssumeRole"

    let role: AssumedRole

    func content() -> AWSRequestContent {
        SecurityTokenForm.content(
            Self.name,
            [
                ("RoleArn", role.roleARN), ("RoleSessionName", role.sessionName),
                ("DurationSeconds", role.durationSeconds.map(String.init)), ("ExternalId", role.externalID),
            ])
    }

    static func decode(_ body: [UInt8]) throws -> Credentials {
        try SecurityTokenForm.credentials(of: name, in: body)
    }
}

struct AssumeRoleWithWebIdentity: AWSOperation {
    static let name = "AssumeRoleWithWebIdentity"
    static let iamAction = "sts:AssumeRoleWithWebIdentity"
    static let isSigned = false

    let role: AssumedRole
    let token: String

    func content() -> AWSRequestContent {
        SecurityTokenForm.content(
            Self.name,
            [
                ("RoleArn", role.roleARN), ("RoleSessionName", role.sessionName), ("WebIdentityToken", token),
                ("DurationSeconds", role.durationSeconds.map(String.init)),
            ])
    }

    static func decode(_ body: [UInt8]) throws -> Credentials {
        try SecurityTokenForm.credentials(of: name, in: body)
    }
}

struct GetCallerIdentity: AWSOperation {
    static let name = "GetCallerIdentity"
    static let iamAction = "sts:GetCallerIdentity"

    func content() -> AWSRequestContent {
        SecurityTokenForm.content(Self.name, [])
    }

    static func decode(_ body: [UInt8]) throws -> CallerIdentity {
        let result = try QueryProtocol.result(of: name, in: body)
        return CallerIdentity(
            account: try SecurityTokenForm.text("Account", of: result),
            arn: try SecurityTokenForm.text("Arn", of: result),
            userID: try SecurityTokenForm.text("UserId", of: result))
    }
}

/// What the three calls have in common.
private enum SecurityTokenForm {
    /// An answer without a part that the model requires, or with one that cannot be read; never the part itself.
    struct Unreadable: Error, CustomStringConvertible {
        let member: String

        var description: String { "the answer has no \(member) that can be used" }
    }

    static func content(_ action: String, _ members: [(name: String, value: String?)]) -> AWSRequestContent {
        AWSRequestContent(
            method: "POST", path: "/",
            body: QueryProtocol.body(action: action, version: "2011-06-15", members: members))
    }

    /// The credentials in a result; temporary ones have a token and an end.
    static func credentials(of action: String, in body: [UInt8]) throws -> Credentials {
        guard let answered = try QueryProtocol.result(of: action, in: body).child("Credentials") else {
            throw Unreadable(member: "Credentials")
        }
        guard let expiration = InternetTimestamp.date(try text("Expiration", of: answered)) else {
            throw Unreadable(member: "Expiration")
        }
        return Credentials(
            accessKeyID: try text("AccessKeyId", of: answered),
            secretAccessKey: try text("SecretAccessKey", of: answered),
            sessionToken: try text("SessionToken", of: answered), expiration: expiration)
    }

    static func text(_ member: String, of element: XMLTree.Element) throws -> String {
        guard let text = element.child(member)?.text, !text.isEmpty else { throw Unreadable(member: member) }
        return text
    }
}
