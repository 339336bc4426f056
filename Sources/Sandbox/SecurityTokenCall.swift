import Foundation
import HTTPServer
import SigV4

/// A request to the simulated STS, read from the query protocol: a form with `Action` and `Version`.
enum SecurityTokenCall {
    case assumeRole(role: String, arn: String, session: String, seconds: Int)
    case callerIdentity

    /// The version of the API, of botocore's model.
    private static let version = "2011-06-15"

    /// Whether a request is one of the query protocol, told by its content type.
    static func isMeant(by request: Request) -> Bool {
        let mediaType = request.headers.first("content-type")?.prefix { $0 != ";" }
        return mediaType?.lowercased() == "application/x-www-form-urlencoded"
    }

    /// Reads the action and its parameters.
    init(_ request: Request) throws(SimulatedFault) {
        let form = try Form(body: request.body)
        guard request.method == "POST", form["Version"] == Self.version else { throw .unknownOperation }
        switch form["Action"] {
        case "GetCallerIdentity": self = .callerIdentity
        case "AssumeRole": self = try Self.assumption(form)
        default: throw .unknownOperation
        }
    }

    /// The action.
    var name: String {
        switch self {
        case .assumeRole: "AssumeRole"
        case .callerIdentity: "GetCallerIdentity"
        }
    }

    /// Does what the call asks for.
    ///
    /// - Parameters:
    ///   - identities: Where sessions are opened.
    ///   - signer: Who signed the call.
    ///   - now: The moment at which it does.
    /// - Returns: The result element of the answer.
    /// - Throws: `denied` for a role of another account, `invalid` for a session that would last too long.
    func apply(
        to identities: SimulatedIdentities, signedBy signer: SimulatedIdentities.Identity, at now: Date
    ) throws(SimulatedFault) -> XMLText {
        switch self {
        case .callerIdentity:
            return XMLText(
                "GetCallerIdentityResult",
                [
                    XMLText("Arn", signer.arn), XMLText("UserId", signer.userID),
                    XMLText("Account", SimulatedAWS.accountID),
                ])
        case .assumeRole(let role, let arn, let session, let seconds):
            guard arn.hasPrefix("arn:aws:iam::\(SimulatedAWS.accountID):role/") else {
                throw .denied(action: "sts:AssumeRole", resource: arn)
            }
            // The hour is a role's limit unless it is given another, and the limit of a role taken on by a role.
            guard seconds <= 3_600 else {
                throw .invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
            }
            let end = Date(timeIntervalSince1970: now.timeIntervalSince1970.rounded(.down)) + Double(seconds)
            let opened = identities.openSession(ofRole: role, name: session, until: end)
            return Self.answer(opened, until: end)
        }
    }

    private static func answer(_ session: SimulatedIdentities.Identity, until end: Date) -> XMLText {
        XMLText(
            "AssumeRoleResult",
            [
                XMLText("AssumedRoleUser", [XMLText("AssumedRoleId", session.userID), XMLText("Arn", session.arn)]),
                XMLText(
                    "Credentials",
                    [
                        XMLText("AccessKeyId", session.credentials.accessKeyID),
                        XMLText("SecretAccessKey", session.credentials.secretAccessKey),
                        XMLText("SessionToken", session.credentials.sessionToken ?? ""),
                        XMLText("Expiration", end.formatted(.iso8601)),
                    ]),
            ])
    }

    /// Reads AssumeRole and holds it against the model's constraints.
    private static func assumption(_ form: Form) throws(SimulatedFault) -> SecurityTokenCall {
        var check = ConstraintCheck()
        let arn = check.require(form["RoleArn"], "roleArn")
        let session = check.require(form["RoleSessionName"], "roleSessionName")
        if form["RoleArn"] != nil {
            check.expect(arn.count >= 20, arn, "roleArn", "Member must have length greater than or equal to 20")
        }
        if form["RoleSessionName"] != nil {
            check.expectText(session, "roleSessionName", 2...64, #"[\w+=,.@-]*"#, besides: "_+=,.@-")
        }
        if let id = form["ExternalId"] {
            check.expectText(id, "externalId", 2...1_224, #"[\w+=,.@:\/-]*"#, besides: "_+=,.@:/-")
        }
        let text = form["DurationSeconds"] ?? "3600"
        let seconds = Int(text)
        check.expect(
            seconds.map { (900...43_200).contains($0) } == true, text, "durationSeconds",
            "Member must have value from 900 to 43200")
        try check.finish()
        guard let role = arn.split(separator: "/", omittingEmptySubsequences: false).last, !role.isEmpty,
            arn.contains(":role/"), let seconds
        else { throw .invalid("\(arn) is invalid") }
        return .assumeRole(role: String(role), arn: arn, session: session, seconds: seconds)
    }
}

extension ConstraintCheck {
    /// Holds a text's length and characters against the model: ASCII letters and digits, and what is named besides.
    fileprivate mutating func expectText(
        _ text: String, _ member: String, _ lengths: ClosedRange<Int>, _ pattern: String, besides others: String
    ) {
        check(text.count >= lengths.lowerBound, "greater", lengths.lowerBound)
        check(text.count <= lengths.upperBound, "less", lengths.upperBound)
        let matches = text.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": true
            default: others.unicodeScalars.contains(scalar)
            }
        }
        expect(matches, text, member, "Member must satisfy regular expression pattern: \(pattern)")

        func check(_ holds: Bool, _ word: String, _ bound: Int) {
            expect(holds, text, member, "Member must have length \(word) than or equal to \(bound)")
        }
    }
}

/// The fields of a form, the last of each name.
private struct Form {
    private var fields: [String: String] = [:]

    init(body: [UInt8]) throws(SimulatedFault) {
        guard let text = String(validating: body, as: UTF8.self) else { throw Self.unreadable }
        do {
            // A form is written as a query is.
            for item in try Request(method: "POST", target: "/?\(text)").queryItems() { fields[item.name] = item.value }
        } catch {
            throw Self.unreadable
        }
    }

    subscript(name: String) -> String? { fields[name] }

    private static let unreadable = SimulatedFault.serialization("The request body is not the form of a query call.")
}
