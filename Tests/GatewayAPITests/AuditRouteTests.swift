import AuditLog
import GatewayAPI
import GatewayAPITestSupport
import GatewayCore
import GatewayTestSupport
import HTTPServer
import Jobs
import Testing

@Suite("GET /audit")
struct AuditRouteTests {
    /// Cancels of two targets and both kinds, and a refusal of a stranger; two rows each but for the last.
    private func gateway(_ folder: TrailFolder) async -> TestGateway {
        let gateway = TestGateway(
            aws: [
                JobKind.transfer.cancels(), JobKind.conversion.cancels(),
                JobKind.transfer.refusesCancel, JobKind.transfer.reads(.succeeded),
            ],
            targets: [
                Target(name: "prod-eu", region: "eu-west-1", isNamedInPaths: true),
                Target(name: "prod-us", region: "us-east-1", isNamedInPaths: true),
            ], trail: folder.trail)
        _ = await gateway.send("DELETE", "/transfer-jobs/transfer-1?target=prod-eu", headers: ["X-Request-Id": "r-1"])
        _ = await gateway.send(
            "DELETE", Upstream.conversion + "?target=prod-us",
            headers: ["X-Request-Id": "r-2", "X-Audit-Reason": "OPS-1"])
        _ = await gateway.send("DELETE", "/transfer-jobs/transfer-1?target=prod-us", headers: ["X-Request-Id": "r-3"])
        _ = await gateway.send("DELETE", "/transfer-jobs/stranger-1", key: .unknown, headers: ["X-Request-Id": "r-4"])
        return gateway
    }

    private func rows(_ answer: Answer) throws -> [Int] {
        try #require(try answer.json["items"]?.array).compactMap { $0["seq"]?.number.map { Int($0) } }
    }

    @Test("a row is exactly this")
    func row() async throws {
        let folder = TrailFolder()
        defer { folder.remove() }
        let gateway = await gateway(folder)
        let answer = await gateway.send("GET", "/audit?requestId=r-2&entry=outcome")
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == ["application/json"])
        #expect(answer.headers["Cache-Control"] == ["no-store"])
        let item = try #require(try answer.json["items"]?.array?.first)
        let record = try #require(try await folder.trail.page(AuditQuery()).records.first { $0.seq == 4 })
        let expected = try JSON(
            text: """
                {"seq": 4, "time": \(#require(item["time"]?.string).debugDescription), "entry": "outcome", "intent": 3,
                 "requestId": "r-2", "traceId": null, "caller": {"id": "full0001", "name": "key full0001"},
                 "auth": "api-key:full0001", "remote": "127.0.0.1", "reason": "OPS-1", "method": "DELETE",
                 "route": "/projects/{project}/conversions/{request}", "target": "prod-us", "kind": "conversion",
                 "project": "orders", "job": "conversion-1", "stateBefore": null, "stateAfter": "cancelling",
                 "upstreamRequestId": "\(Upstream.requestID)", "status": 202, "outcome": "cancelling",
                 "instance": \(record.instance), "hash": "\(record.hashText)"}
                """)
        #expect(item == expected)
        #expect(item["time"]?.string == AuditTime.text(of: record.event.time))
    }

    @Test("everything is listed newest first, page by page")
    func pages() async throws {
        let folder = TrailFolder()
        defer { folder.remove() }
        let gateway = await gateway(folder)
        #expect(try rows(await gateway.send("GET", "/audit")) == [7, 6, 5, 4, 3, 2, 1])
        var target = "/audit?limit=3"
        var seen: [Int] = []
        while true {
            let answer = await gateway.send("GET", target)
            seen += try rows(answer)
            guard let cursor = try answer.json["nextCursor"]?.string else { break }
            target = "/audit?limit=3&cursor=\(cursor)"
        }
        #expect(seen == [7, 6, 5, 4, 3, 2, 1])
    }

    @Test(
        "filters leave in what fits all of them",
        arguments: [
            ("caller=full0001", [6, 5, 4, 3, 2, 1]), ("target=prod-us", [6, 5, 4, 3]), ("kind=conversion", [4, 3]),
            ("project=orders", [4, 3]), ("job=transfer-1", [6, 5, 2, 1]), ("job=transfer-1&target=prod-eu", [2, 1]),
            ("outcome=already-finished", [6]), ("outcome=invalid-credential", [7]), ("requestId=r-1", [2, 1]),
            ("entry=intent", [5, 3, 1]), ("since=2020-01-01", [7, 6, 5, 4, 3, 2, 1]), ("until=2020-01-01", []),
            ("since=2020-01-01T00:00:00%2B01:00&until=2999-12-31&limit=1", [7]), ("job=transfer_1", []),
        ])
    func filters(query: String, expected: [Int]) async throws {
        let folder = TrailFolder()
        defer { folder.remove() }
        #expect(try rows(await gateway(folder).send("GET", "/audit?\(query)")) == expected)
    }

    @Test(
        "a query that is not right is 400 and names the parameter",
        arguments: [
            "limit=0", "limit=201", "limit=+1", "limit=x", "limit=", "cursor=", "cursor=1", "cursor=a0", "cursor=a-1",
            "cursor=azzzzzzzzzzzzzz", "cursor=aA", "since=yesterday", "since=", "until=2026-02-30", "entry=all",
            "kind=creation", "caller=", "limit=1&limit=2",
        ])
    func invalid(query: String) async throws {
        let folder = TrailFolder()
        defer { folder.remove() }
        let answer = await TestGateway(trail: folder.trail).send("GET", "/audit?\(query)")
        #expect(answer.status == 400)
        #expect(answer.code == "invalid-request")
        if !query.contains("&") { #expect(answer.text.contains("`\(query.prefix { $0 != "=" })`")) }
    }

    @Test("a caller with an allow-list sees its targets' rows alone, and not those of no known target")
    func allowList() async throws {
        let folder = TrailFolder()
        defer { folder.remove() }
        let gateway = await gateway(folder)
        #expect(try rows(await gateway.send("GET", "/audit", key: .confined)) == [2, 1])
        #expect(try rows(await gateway.send("GET", "/audit?target=prod-us", key: .confined)).isEmpty)
        #expect(try rows(await gateway.send("GET", "/audit", key: .paired)) == [6, 5, 4, 3, 2, 1])
    }

    @Test("without a file there is nothing to be read, and the hint names the setting")
    func none() async throws {
        let answer = await TestGateway().send("GET", "/audit")
        #expect(answer.status == 404)
        #expect(try answer.json["hint"]?.string?.contains("audit.path") == true)
    }

    @Test("reading the trail leaves no row in it")
    func noRow() async throws {
        let folder = TrailFolder()
        defer { folder.remove() }
        let gateway = TestGateway(trail: folder.trail)
        for _ in 0..<3 { _ = await gateway.send("GET", "/audit") }
        #expect(try rows(await gateway.send("GET", "/audit")).isEmpty)
    }
}
