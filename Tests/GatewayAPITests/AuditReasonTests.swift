import GatewayAPITestSupport
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("X-Audit-Reason")
struct AuditReasonTests {
    @Test(
        "a line of UTF-8 is kept as it is",
        arguments: [
            "OPS-4711", String(repeating: "é", count: 256), "günstig ✓ \"quoted\" \\ back", "می\u{200C}خواهم",
            "👩\u{200D}🔧 fixes it", "jg_ is how keys begin", "eyJ is how tokens begin. So what. Yes",
            "gateway.orders.example, see documentation.pages.here",
        ])
    func kept(reason: String) async throws {
        let gateway = TestGateway(aws: [JobKind.transfer.cancels()])
        let answer = await gateway.send("DELETE", Upstream.transferJob, headers: ["X-Audit-Reason": reason])
        #expect(answer.status == 202)
        #expect(try gateway.auditLog.last["reason"]?.string == reason)
    }

    @Test("an empty one counts as none", arguments: [HeaderFields(), ["X-Audit-Reason": ""]])
    func none(headers: HeaderFields) async throws {
        let gateway = TestGateway(aws: [JobKind.transfer.cancels()])
        #expect(await gateway.send("DELETE", Upstream.transferJob, headers: headers).status == 202)
        #expect(try gateway.auditLog.last["reason"] == .null)
    }

    private static let token =
        "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJkYXNoYm9hcmQifQ.c2lnbmF0dXJlLW9mLW5vdGhpbmctYXQtYWxs"

    @Test(
        "one that is too long, unreadable or holds a credential is 400, and nothing is cancelled",
        arguments: [
            String(repeating: "é", count: 257), "a\tb", "a\u{7F}b", "a\u{FFFD}b", "a\u{202E}b", "a\u{2028}b",
            "a\u{85}b",
            "a\u{E000}b", "see \(TestKey.full.text)", "\(TestKey.unknown.text)!", "Bearer \(token)",
            // Headers with white space: `{ "alg":"ES256"}`, one on several lines, and one behind a space.
            "eyAiYWxnIjoiRVMyNTYifQ.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
            "token:ewogICJhbGciOiAiRVMyNTYiCn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
            "(IHsiYWxnIjoiRVMyNTYifQ.eyJzdWIiOiJhIn0.c2lnbmF0dXJl)",
        ])
    func refused(reason: String) async throws {
        let gateway = TestGateway(aws: [JobKind.transfer.cancels()])
        let answer = await gateway.send("DELETE", Upstream.transferJob, headers: ["X-Audit-Reason": reason])
        #expect(answer.status == 400)
        #expect(answer.code == "invalid-request")
        #expect(answer.text.contains("X-Audit-Reason"))
        #expect(gateway.aws.requests.isEmpty)
        let line = try #require(try gateway.auditLog.documents.last)
        #expect(line["entry"] == "refusal")
        #expect(line["reason"] == .null)
        #expect(line["caller_id"] == "full0001")
    }

    @Test("two of them are 400, be they the same")
    func twice() async {
        let gateway = TestGateway(aws: [JobKind.transfer.cancels()])
        var headers: HeaderFields = ["X-Audit-Reason": "a"]
        headers.add("x-audit-reason", "a")
        #expect(await gateway.send("DELETE", Upstream.transferJob, headers: headers).status == 400)
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test("a dry run refuses what the cancel would refuse")
    func dryRun() async {
        let gateway = TestGateway(aws: [JobKind.transfer.reads(.running)])
        let answer = await gateway.send(
            "DELETE", Upstream.transferJob + "?dryRun=true", headers: ["X-Audit-Reason": "a\tb"])
        #expect(answer.status == 400)
        #expect(gateway.auditLog.lines.isEmpty)
    }

    @Test("a caller who is not known hears of its credential first")
    func unknownCaller() async {
        let answer = await TestGateway().send(
            "DELETE", Upstream.transferJob, key: nil, headers: ["X-Audit-Reason": "a\tb"])
        #expect(answer.status == 401)
    }
}
