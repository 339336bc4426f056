import AWSRuntime
import AWSServices
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Testing

/// What the calls of STS send.
///
/// Bodies and signatures are those of botocore 1.43.11 for the same call at 2026-11-21T09:00:00Z.
@Suite("The calls of STS")
struct SecurityTokenClientTests {
    private static let role = AssumedRole(
        roleARN: "arn:aws:iam::123456789012:role/path/Cancel-Jobs", sessionName: "jobgate")

    @Test("AssumeRole is sent and signed as botocore does")
    func assumeRole() async throws {
        let tokens = try ScriptedSecurityToken(.xml(200, ScriptedSecurityToken.assumed("AssumeRole")))
        let credentials = try await tokens.client.assumeRole(
            Self.role, signedWith: .example(), deadline: tokens.deadline)
        #expect(credentials == ScriptedSecurityToken.credentials)
        let request = try #require(tokens.transport.requests.first)
        #expect(request.method == "POST" && request.target == "/")
        #expect(request.values("Host") == ["sts.eu-west-1.amazonaws.com"])
        #expect(request.values("Content-Type") == ["application/x-www-form-urlencoded; charset=utf-8"])
        #expect(
            request.bodyText == "Action=AssumeRole&Version=2011-06-15"
                + "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpath%2FCancel-Jobs&RoleSessionName=jobgate")
        #expect(request.signedHeaders == ["content-type", "host", "x-amz-date"])
        #expect(request.signature == "bffee18eb4983ec1e8ba9ad2eae6e1d2ce8507ab337ec1d5a2d0853cd831cd04")
    }

    @Test("every member of AssumeRole is sent, and the signer's session token with it")
    func assumeRoleMembers() async throws {
        let tokens = try ScriptedSecurityToken(.xml(200, ScriptedSecurityToken.assumed("AssumeRole")))
        var role = Self.role
        role.sessionName = "jobgate-a=b,c.d@e+f"
        role.durationSeconds = 900
        role.externalID = "ext:1/2-3"
        _ = try await tokens.client.assumeRole(
            role, signedWith: .example(token: "EXAMPLETOKEN"), deadline: tokens.deadline)
        let request = try #require(tokens.transport.requests.first)
        #expect(
            request.bodyText == "Action=AssumeRole&Version=2011-06-15"
                + "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpath%2FCancel-Jobs"
                + "&RoleSessionName=jobgate-a%3Db%2Cc.d%40e%2Bf&DurationSeconds=900&ExternalId=ext%3A1%2F2-3")
        #expect(request.values("X-Amz-Security-Token") == ["EXAMPLETOKEN"])
        #expect(request.signature == "a4cbfa3d3bb98b2689828d033ccf8bc7578daaad9bedb6e512f80c137f9a505d")
    }

    @Test("AssumeRoleWithWebIdentity is sent as botocore does, unsigned")
    func webIdentity() async throws {
        let answer = ScriptedSecurityToken.assumed("AssumeRoleWithWebIdentity")
        let tokens = try ScriptedSecurityToken(.xml(200, answer))
        let credentials = try await tokens.client.assumeRoleWithWebIdentity(
            Self.role, token: "eyJ.a_b-c.d+e/f=", deadline: tokens.deadline)
        #expect(credentials == ScriptedSecurityToken.credentials)
        let request = try #require(tokens.transport.requests.first)
        #expect(
            request.bodyText == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
                + "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpath%2FCancel-Jobs"
                + "&RoleSessionName=jobgate&WebIdentityToken=eyJ.a_b-c.d%2Be%2Ff%3D")
        #expect(request.values("Content-Type") == ["application/x-www-form-urlencoded; charset=utf-8"])
        for name in ["Authorization", "X-Amz-Date", "X-Amz-Security-Token"] { #expect(request.values(name).isEmpty) }
    }

    @Test("GetCallerIdentity is sent and signed as botocore does")
    func callerIdentity() async throws {
        let identity = """
            <GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
            <Arn>arn:aws:sts::123456789012:assumed-role/r/s</Arn><UserId>AROAEXAMPLE:s</UserId>
            <Account>123456789012</Account></GetCallerIdentityResult>
            <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>
            """
        let tokens = try ScriptedSecurityToken(.xml(200, identity, requestID: "r-2"), .xml(200, identity))
        let answer = try await tokens.client.callerIdentity(signedWith: .example(), in: tokens.context)
        #expect(
            answer.output
                == CallerIdentity(
                    account: "123456789012", arn: "arn:aws:sts::123456789012:assumed-role/r/s", userID: "AROAEXAMPLE:s")
        )
        #expect(answer.requestID == "r-2")
        let temporary = Credentials.example(token: "EXAMPLETOKEN")
        #expect(try await tokens.client.callerIdentity(signedWith: temporary, in: tokens.context).requestID == "r-1")
        let requests = tokens.transport.requests
        #expect(Set(requests.map(\.bodyText)) == ["Action=GetCallerIdentity&Version=2011-06-15"])
        #expect(
            requests.map(\.signature) == [
                "0356f6fd19ec3a3658b47fb3d6c3a23b57836994ee0104a2e2052cd91546b30f",
                "a354332290b6544b5a935dbd5029199a016b46e68221b4d292b81a21cf6f2a1f",
            ])
    }

    @Test("a text of any kind is percent-encoded, a space as %20")
    func encoding() async throws {
        let tokens = try ScriptedSecurityToken(.xml(200, ScriptedSecurityToken.assumed("AssumeRole")))
        let role = AssumedRole(roleARN: "a b&c=d%é~*", sessionName: "jobgate")
        _ = try await tokens.client.assumeRole(role, signedWith: .example(), deadline: tokens.deadline)
        let body = try #require(tokens.transport.requests.first?.bodyText)
        #expect(body.contains("&RoleArn=a%20b%26c%3Dd%25%C3%A9~%2A&"))
    }
}

/// A client of STS on a script.
struct ScriptedSecurityToken {
    let clock = ManualClock()
    let transport: StubTransport
    let client: SecurityTokenClient

    init(_ script: StubTransport.Step...) throws {
        let (clock, transport) = (clock, StubTransport(script))
        let endpoint = try EndpointResolver(region: "eu-west-1").endpoint(for: .securityToken, override: nil)
        self.transport = transport
        self.client = SecurityTokenClient { credentials in
            AWSClient(
                service: .securityToken, endpoint: endpoint, credentials: credentials, transport: transport,
                time: clock.time())
        }
    }

    /// A deadline that no test reaches.
    var deadline: Deadline { .after(.seconds(600), from: clock.now) }

    /// A call that no test's deadline ends.
    var context: InvocationContext { InvocationContext(deadline: deadline) }

    /// What ``assumed(_:)`` holds.
    static let credentials = Credentials(
        accessKeyID: "AKIDROLE", secretAccessKey: "secret/of+role=", sessionToken: "token&of<role",
        expiration: Date(timeIntervalSince1970: 1_795_255_200))

    /// STS's answer to one of the two calls that give credentials.
    static func assumed(_ action: String) -> String {
        """
        <\(action)Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <\(action)Result>
            <AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:jobgate</AssumedRoleId></AssumedRoleUser>
            <Credentials>
              <AccessKeyId>AKIDROLE</AccessKeyId>
              <SecretAccessKey>secret/of+role=</SecretAccessKey>
              <SessionToken>token&amp;of&#60;role</SessionToken>
              <Expiration>2026-11-21T10:00:00Z</Expiration>
            </Credentials>
          </\(action)Result>
          <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>
        </\(action)Response>
        """
    }
}

extension StubTransport.Step {
    /// An answer with an XML body.
    static func xml(_ status: Int, _ body: String, requestID: String? = nil) -> Self {
        .success(
            TransportResponse(
                status: status,
                headers: [("Content-Type", "text/xml")] + (requestID.map { [("x-amzn-RequestId", $0)] } ?? []),
                body: Array(body.utf8)))
    }
}

extension Credentials {
    /// The key pair of AWS's own documentation.
    static func example(token: String? = nil) -> Credentials {
        Credentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: token
        )
    }
}

extension TransportRequest {
    /// The signature in the `Authorization` header.
    var signature: String? {
        values("Authorization").first?.split(separator: "Signature=").last.map(String.init)
    }
}
