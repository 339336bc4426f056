import Foundation
import GatewayAPITestSupport
import HTTPServer
import Testing

@Suite("A request's identity")
struct RequestIdentityTests {
    @Test(
        "the client's own identifier is kept where it is one",
        arguments: ["a", "0", "A.b_c-9", "-", ".", UUID().uuidString, String(repeating: "x", count: 128)])
    func kept(id: String) async throws {
        let gateway = TestGateway()
        let answer = await gateway.send("GET", "/nowhere", headers: ["X-Request-Id": id])
        #expect(answer.headers["X-Request-Id"] == [id])
        #expect(try answer.json["requestId"]?.string == id)
        #expect(try gateway.log.last["request_id"]?.string == id)
    }

    @Test(
        "any other identifier is replaced by a new one",
        arguments: [
            [], [""], ["a b"], ["a\"b"], ["a\nb"], ["caf\u{e9}"], ["a/b"], ["a,b"], ["{}"], ["one", "two"],
            ["same", "same"], [String(repeating: "x", count: 129)], [TestKey.full.text], ["a-\(TestKey.unknown.text)"],
            ["eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"],
        ])
    func replaced(ids: [String]) async throws {
        var headers: HeaderFields = [:]
        for id in ids { headers.add("X-Request-Id", id) }
        let gateway = TestGateway()
        let answer = await gateway.send("GET", "/nowhere", headers: headers)
        let id = try #require(answer.headers.first("X-Request-Id"))
        #expect(answer.headers["X-Request-Id"].count == 1)
        #expect(!ids.contains(id))
        #expect(UUID(uuidString: id) != nil)
        #expect(try answer.json["requestId"]?.string == id)
        #expect(try gateway.log.last["request_id"]?.string == id)
        #expect(!gateway.log.lines.contains { $0.contains(TestKey.full.text) || $0.contains(TestKey.unknown.text) })
    }

    @Test("two requests without an identifier get two")
    func unique() async {
        let gateway = TestGateway()
        let first = await gateway.send("GET", "/livez").headers["X-Request-Id"]
        let second = await gateway.send("GET", "/livez").headers["X-Request-Id"]
        #expect(first != second)
    }

    @Test(
        "the identifier and nosniff are on every answer",
        arguments: ["/livez", "/whoami", "/nowhere", "/openapi.yaml", "/problems/conflict", "/whoami?key=x"])
    func everywhere(target: String) async {
        let answer = await TestGateway().send("GET", target, headers: ["X-Request-Id": "mine"])
        #expect(answer.headers["X-Request-Id"] == ["mine"])
        #expect(answer.headers["X-Content-Type-Options"] == ["nosniff"])
    }

    @Test("the trace that a client sends is named in the log")
    func trace() async throws {
        let gateway = TestGateway()
        let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        _ = await gateway.send("GET", "/livez", headers: ["traceparent": traceparent])
        #expect(try gateway.log.last["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736")
    }

    @Test(
        "a traceparent that is not valid counts as not sent",
        arguments: [
            [], [""], ["00-00000000000000000000000000000000-00f067aa0ba902b7-01"],
            ["00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"], ["00-4bf92f3577b34da6-00f067aa0ba902b7-01"],
            ["ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"], ["\" or 1=1"],
            [
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-00f067aa0ba902b7-01",
            ],
        ])
    func badTrace(fields: [String]) async throws {
        var headers: HeaderFields = [:]
        for field in fields { headers.add("traceparent", field) }
        let gateway = TestGateway()
        let answer = await gateway.send("GET", "/livez", headers: headers)
        #expect(answer.status == 200)
        #expect(try gateway.log.last["trace_id"] == nil)
    }
}
