import Foundation
import HTTPServer
import Sandbox
import SigV4
import Synchronization
import Testing

private let role = "arn:aws:iam::123456789012:role/team/jobgate"

@Suite("The simulated STS on the wire")
struct SecurityTokenTests {
    @Test("GetCallerIdentity tells whose keys signed it, as XML of the model's members")
    func callerIdentity() async throws {
        let answer = await SandboxClient().sts("Action=GetCallerIdentity&Version=2011-06-15")
        #expect(answer.status == 200)
        #expect(answer.headers.first("content-type") == "text/xml")
        let id = try #require(answer.headers.first("x-amzn-requestid"))
        #expect(UUID(uuidString: id) != nil)
        #expect(
            answer.text == """
                <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">\
                <GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/jobgate-sandbox</Arn>\
                <UserId>AIDASANDBOXEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult>\
                <ResponseMetadata><RequestId>\(id)</RequestId></ResponseMetadata></GetCallerIdentityResponse>
                """)
    }

    @Test("AssumeRole issues credentials of a session for an hour, or for as long as it is asked")
    func assumeRole() async throws {
        let aws = SandboxClient()
        let answer = await aws.assumeRole(session: "jobgate-k3f9a2bd")
        #expect(answer.status == 200)
        #expect(answer["Arn"] == "arn:aws:sts::123456789012:assumed-role/jobgate/jobgate-k3f9a2bd")
        #expect(answer["AssumedRoleId"]?.hasSuffix(":jobgate-k3f9a2bd") == true)
        #expect(answer["Expiration"] == "2026-09-21T15:13:20Z")
        for member in ["AccessKeyId", "SecretAccessKey", "SessionToken"] {
            #expect(answer[member]?.contains("EXAMPLE") == true, "it shows by its looks that it is made up")
        }
        #expect(await aws.assumeRole(seconds: "900")["Expiration"] == "2026-09-21T14:28:20Z")
        let other = await aws.assumeRole(session: "jobgate-k3f9a2bd")
        #expect(other["AccessKeyId"] != answer["AccessKeyId"])
    }

    @Test("The credentials of a session sign every service's calls, and STS knows whose they are")
    func session() async throws {
        let base = SandboxClient()
        let session = SandboxClient(of: base.aws, at: start, as: try await base.assumeRole(session: "s-1").credentials)
        #expect(try await session.dms("DescribeMigrationProjects", "{}").status == 200)
        #expect(try await session.twinMaker("GET", "/metadata-transfer-jobs/transfer-factory-1").status == 200)
        let identity = await session.sts("Action=GetCallerIdentity&Version=2011-06-15")
        #expect(identity["Arn"] == "arn:aws:sts::123456789012:assumed-role/jobgate/s-1")
        #expect(identity["Account"] == "123456789012")
        #expect(try await base.dms("DescribeMigrationProjects", "{}").status == 200)
    }

    @Test("A session may take on a role in turn")
    func chain() async throws {
        let base = SandboxClient()
        let first = SandboxClient(of: base.aws, at: start, as: try await base.assumeRole(session: "s-1").credentials)
        let second = await first.assumeRole(session: "s-2")
        #expect(second["Arn"] == "arn:aws:sts::123456789012:assumed-role/jobgate/s-2")
    }

    @Test("The credentials of a session end at their expiry, and each service says so in its own way")
    func expiry() async throws {
        let moment = Mutex(start)
        let aws = SimulatedAWS(jobs: SandboxScript.jobs(startingAt: start)) { moment.withLock { $0 } }
        let base = SandboxClient(of: aws, at: start, as: SimulatedAWS.credentials)
        let credentials = try await base.assumeRole(seconds: "900").credentials
        moment.withLock { $0 = start + 899 }
        let before = SandboxClient(of: aws, at: start + 899, as: credentials)
        #expect(try await before.dms("DescribeMigrationProjects", "{}").status == 200)
        moment.withLock { $0 = start + 900 }
        let after = SandboxClient(of: aws, at: start + 900, as: credentials)
        #expect(try await after.dms("DescribeMigrationProjects", "{}").code == "ExpiredTokenException")
        #expect(
            try await after.twinMaker("GET", "/metadata-transfer-jobs/transfer-factory-1").code
                == "ExpiredTokenException")
        let answer = await after.sts("Action=GetCallerIdentity&Version=2011-06-15")
        #expect(answer.status == 403)
        #expect(answer["Code"] == "ExpiredToken")
    }

    @Test("The credentials of a session are of no use without its token, or with another's")
    func token() async throws {
        let base = SandboxClient()
        let issued = try await base.assumeRole().credentials
        let other = try await base.assumeRole().credentials
        for token in [nil, other.sessionToken] {
            let credentials = Credentials(
                accessKeyID: issued.accessKeyID, secretAccessKey: issued.secretAccessKey, sessionToken: token)
            let thief = SandboxClient(of: base.aws, at: start, as: credentials)
            #expect(try await thief.dms("DescribeMigrationProjects", "{}").code == "UnrecognizedClientException")
            #expect(await thief.sts("Action=GetCallerIdentity&Version=2011-06-15")["Code"] == "InvalidClientTokenId")
        }
    }
}

@Suite("What the simulated STS refuses")
struct SecurityTokenRefusalTests {
    /// How a signature is to be wrong, and the code of AWS's common errors for it.
    enum Flaw: CaseIterable {
        case unsigned, malformed, unknownKey, wrongSecret, wrongService, old, changedBody

        var answer: (status: Int, code: String) {
            switch self {
            case .unsigned: (403, "MissingAuthenticationToken")
            case .malformed: (400, "IncompleteSignature")
            case .unknownKey: (403, "InvalidClientTokenId")
            case .wrongSecret, .wrongService, .old, .changedBody: (403, "SignatureDoesNotMatch")
            }
        }
    }

    @Test("a request with a flawed signature is refused as XML with AWS's code", arguments: Flaw.allCases)
    func signature(flaw: Flaw) async {
        let real = SimulatedAWS.credentials
        let credentials =
            switch flaw {
            case .unknownKey: Credentials(accessKeyID: "AKIDNOBODY", secretAccessKey: real.secretAccessKey)
            case .wrongSecret: Credentials(accessKeyID: real.accessKeyID, secretAccessKey: "another")
            default: real
            }
        let client = SandboxClient(credentials: credentials)
        let body = "Action=GetCallerIdentity&Version=2011-06-15"
        let signed = client.signed(
            "POST", "/", headers: SandboxClient.formHeaders, body: body,
            service: flaw == .wrongService ? "dms" : "sts", signedAt: flaw == .old ? start - 301 : start)
        var fields = signed.headers
        if flaw == .unsigned || flaw == .malformed { fields.remove("authorization") }
        if flaw == .malformed { fields.add("Authorization", "AWS4-HMAC-SHA256 Credential=nothing") }
        let sent = flaw == .changedBody ? body + "&X=1" : body
        let answer = XMLAnswer(
            await client.aws.respond(
                to: Request(method: "POST", target: "/", headers: fields, body: Array(sent.utf8))))
        #expect(answer.status == flaw.answer.status)
        #expect(answer["Code"] == flaw.answer.code)
        #expect(answer["Type"] == "Sender")
        #expect(answer["Message"]?.isEmpty == false)
        #expect(answer["RequestId"] == answer.headers.first("x-amzn-requestid"))
        #expect(!answer.text.contains(real.secretAccessKey))
    }

    @Test(
        "a parameter that breaks the model is refused and named",
        arguments: [
            ("RoleArn=\(role)", "roleSessionName"), ("RoleSessionName=ab", "roleArn"),
            ("RoleArn=short&RoleSessionName=ab", "roleArn"), ("RoleArn=\(role)&RoleSessionName=a", "roleSessionName"),
            ("RoleArn=\(role)&RoleSessionName=a%20b", "roleSessionName"),
            ("RoleArn=\(role)&RoleSessionName=\(String(repeating: "a", count: 65))", "roleSessionName"),
            ("RoleArn=\(role)&RoleSessionName=ab&ExternalId=x", "externalId"),
            ("RoleArn=\(role)&RoleSessionName=ab&ExternalId=a%20b", "externalId"),
            ("RoleArn=\(role)&RoleSessionName=ab&DurationSeconds=899", "durationSeconds"),
            ("RoleArn=\(role)&RoleSessionName=ab&DurationSeconds=43201", "durationSeconds"),
            ("RoleArn=\(role)&RoleSessionName=ab&DurationSeconds=long", "durationSeconds"),
            ("RoleArn=\(role)&RoleSessionName=ab&DurationSeconds=3601", "DurationSeconds"),
            ("RoleArn=arn:aws:iam::123456789012:user/somebody&RoleSessionName=ab", "user/somebody"),
        ])
    func invalid(parameters: String, member: String) async {
        let answer = await SandboxClient().sts("Action=AssumeRole&Version=2011-06-15&\(parameters)")
        #expect(answer.status == 400)
        #expect(answer["Code"] == "ValidationError")
        #expect(answer["Message"]?.contains(member) == true, "\(answer.text)")
    }

    @Test("a role of another account is denied, with the action")
    func strangeRole() async {
        let answer = await SandboxClient().assumeRole(role: "arn:aws:iam::210987654321:role/jobgate")
        #expect(answer.status == 403)
        #expect(answer["Code"] == "AccessDenied")
        #expect(answer["Message"]?.contains("not authorized to perform: sts:AssumeRole on resource: ") == true)
    }

    @Test(
        "what is no action of it is refused",
        arguments: [
            "Action=GetSessionToken&Version=2011-06-15", "Action=GetCallerIdentity&Version=2012-01-01",
            "Action=GetCallerIdentity", "Version=2011-06-15", "",
        ])
    func unknownAction(form: String) async {
        let answer = await SandboxClient().sts(form)
        #expect(answer.status == 400)
        #expect(answer["Code"] == "InvalidAction")
    }

    @Test("a form that cannot be read is refused", arguments: ["Action=%zz", "Action=%FF"])
    func unreadable(form: String) async {
        let answer = await SandboxClient().sts(form)
        #expect(answer.status == 400)
        #expect(answer["Code"] == "MalformedQueryString")
    }

    @Test("what it quotes is text in the XML, whatever it is")
    func escaping() async {
        let answer = await SandboxClient().assumeRole(session: "%3Ca%3E%26%22%0B")
        #expect(answer["Message"]?.contains("Value '&lt;a&gt;&amp;&quot;' at 'roleSessionName'") == true)
    }
}

extension SandboxClient {
    static let formHeaders = [
        "Host": "sts.eu-west-1.amazonaws.com", "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
    ]

    /// Calls STS, signed.
    fileprivate func sts(_ form: String) async -> XMLAnswer {
        let request = signed("POST", "/", headers: Self.formHeaders, body: form, service: "sts")
        return XMLAnswer(await aws.respond(to: request))
    }

    /// Takes on a role; the session's name is percent-encoded.
    fileprivate func assumeRole(
        role: String = role, session: String = "jobgate", seconds: String? = nil
    ) async -> XMLAnswer {
        let duration = seconds.map { "&DurationSeconds=\($0)" } ?? ""
        return await sts(
            "Action=AssumeRole&Version=2011-06-15&RoleArn=\(role)&RoleSessionName=\(session)\(duration)")
    }
}

/// An answer in XML, of which single elements are asked for.
private struct XMLAnswer {
    let status: Int
    let headers: HeaderFields
    let text: String

    init(_ response: Response) {
        status = response.status.code
        headers = response.headers
        text = String(decoding: response.body, as: UTF8.self)
    }

    /// The text of the only element of a name, as it stands there.
    subscript(name: String) -> String? {
        let parts = text.split(separator: "<\(name)>", omittingEmptySubsequences: false)
        guard parts.count == 2, let end = parts[1].firstRange(of: "</\(name)>")?.lowerBound else { return nil }
        return String(parts[1][..<end])
    }

    /// The credentials that it holds.
    var credentials: Credentials {
        get throws {
            let token = try #require(self["SessionToken"])
            return Credentials(
                accessKeyID: try #require(self["AccessKeyId"]), secretAccessKey: try #require(self["SecretAccessKey"]),
                sessionToken: token)
        }
    }
}
