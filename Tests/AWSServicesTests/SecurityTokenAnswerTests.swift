import AWSRuntime
import AWSServices
import GatewayTestSupport
import Resilience
import SigV4
import Testing

@Suite("The answers of STS")
struct SecurityTokenAnswerTests {
    private static let role = AssumedRole(roleARN: "arn:aws:iam::123456789012:role/r", sessionName: "jobgate")
    private static let good = ScriptedSecurityToken.assumed("AssumeRole")

    private func assume(_ tokens: ScriptedSecurityToken) async throws(AWSError) -> Credentials {
        try await tokens.client.assumeRole(Self.role, signedWith: .example(), deadline: tokens.deadline)
    }

    private static func error(_ code: String, _ message: String) -> String {
        """
        <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
          <Error><Type>Sender</Type><Code>\(code)</Code><Message>\(message)</Message></Error>
          <RequestId>r-of-body</RequestId>
        </ErrorResponse>
        """
    }

    @Test("credentials are read whatever the namespace's prefix, and with a fraction in their end")
    func prefixes() async throws {
        let prefixed = Self.good.replacing("xmlns=", with: "xmlns:s=").replacing("</", with: "</s:")
            .replacing("<Ass", with: "<s:Ass").replacing("<Cred", with: "<s:Cred").replacing("<Acc", with: "<s:Acc")
            .replacing("<Secr", with: "<s:Secr").replacing("<Sess", with: "<s:Sess").replacing("<Exp", with: "<s:Exp")
            .replacing("<Re", with: "<s:Re")
        let fraction = Self.good.replacing("10:00:00Z", with: "10:00:00.000Z")
        let tokens = try ScriptedSecurityToken(.xml(200, prefixed), .xml(200, fraction))
        #expect(try await assume(tokens) == ScriptedSecurityToken.credentials)
        #expect(try await assume(tokens) == ScriptedSecurityToken.credentials)
    }

    @Test(
        "a good status with a body that is no answer is an invalid response, which tells no part of it",
        arguments: [
            "", "hunter2", "{}", "<html><body>hunter2</body></html>", String(good.prefix(400)),
            String(good.dropLast(3)),
            "<!DOCTYPE x [<!ENTITY e \"hunter2\">]>" + good,
            "<AssumeRoleResponse/>", "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>",
            good.replacing("AssumeRoleResult", with: "OtherResult"), good.replacing("AKIDROLE", with: ""),
            good.replacing("SecretAccessKey", with: "Secret"), good.replacing("SessionToken", with: "Token"),
            good.replacing("2026-11-21T10:00:00Z", with: "soon"), good.replacing("2026-11-21T10:00:00Z", with: ""),
            "<!--" + String(repeating: "x", count: 300 << 10) + "-->" + good,
        ])
    func invalid(body: String) async throws {
        let tokens = try ScriptedSecurityToken(.xml(200, body, requestID: "r-1"))
        let error = try await #require(throws: AWSError.self) { _ = try await assume(tokens) }
        guard case .invalidResponse(let text) = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(!text.contains("hunter2") && !text.contains("secret") && !text.contains("AKID"))
        #expect(error.requestID == "r-1" && error.httpStatus == 200 && error.attempts == 1)
    }

    @Test("an error is told with its code, its message, its status and the request id of its body")
    func failure() async throws {
        let message = "User: arn:aws:iam::1:user/u is not &lt;authorized&gt;"
        let tokens = try ScriptedSecurityToken(.xml(403, Self.error("AccessDenied", message)))
        let error = try await #require(throws: AWSError.self) { _ = try await assume(tokens) }
        guard case .service(let failure) = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(failure.code == "AccessDenied" && failure.httpStatus == 403)
        #expect(failure.message == "User: arn:aws:iam::1:user/u is not <authorized>")
        #expect(failure.errorClass == .denied && error.requestID == "r-of-body")
        #expect(error.service == "sts" && error.operation == "AssumeRole" && error.iamAction == "sts:AssumeRole")
    }

    @Test(
        "an error whose body is no error document has no code, and counts by its status",
        arguments: ["", "<html>", "{\"code\":\"x\"}", "<ErrorResponse><Error><Code>A"])
    func codeless(body: String) async throws {
        let tokens = try ScriptedSecurityToken(.xml(503, body), .xml(403, body))
        let error = try await #require(throws: AWSError.self) { _ = try await assume(tokens) }
        guard case .service(let failure) = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(failure.code.isEmpty && failure.message == nil && failure.errorClass == .denied)
        #expect(error.attempts == 2)
    }

    @Test("throttling and a server's fault are tried again")
    func retries() async throws {
        let tokens = try ScriptedSecurityToken(
            .xml(400, Self.error("Throttling", "Rate exceeded")), .xml(500, "<html>"), .xml(200, Self.good))
        #expect(try await assume(tokens) == ScriptedSecurityToken.credentials)
        #expect(tokens.transport.requests.count == 3)
    }

    @Test("credentials that STS refuses as expired are not tried again: the caller has others or has none")
    func expired() async throws {
        let tokens = try ScriptedSecurityToken(.xml(403, Self.error("ExpiredToken", "The security token is expired")))
        let error = try await #require(throws: AWSError.self) { _ = try await assume(tokens) }
        #expect(error.attempts == 1 && tokens.transport.requests.count == 1)
    }
}
