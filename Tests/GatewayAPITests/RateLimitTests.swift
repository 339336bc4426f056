import GatewayAPITestSupport
import GatewayCore
import GatewayTestSupport
import HTTPServer
import RateLimiting
import Testing

/// A limiter that can count nothing.
private struct BlindLimiter: RateLimiter {
    let isOpen: Bool

    func consume(key: String, limit: RateLimit) async -> RateLimitDecision {
        RateLimitDecision(uncounted: limit, isAllowed: isOpen, nextIn: .seconds(1))
    }
}

@Suite("Rate limits")
struct RateLimitTests {
    @Test("an answer to a known caller tells the limit and what is left of it")
    func headersOnSuccess() async {
        let gateway = TestGateway()
        let first = await gateway.send("GET", "/whoami")
        #expect(first.headers["RateLimit-Policy"] == ["\"default\";q=60;w=60"])
        #expect(first.headers["RateLimit"] == ["\"default\";r=59;t=1"])
        let second = await gateway.send("GET", "/whoami")
        #expect(second.headers["RateLimit"] == ["\"default\";r=58;t=1"])
    }

    @Test(
        "errors count and tell the limit too",
        arguments: [
            ("GET", "/nowhere", 404), ("POST", "/whoami", 405), ("GET", "/transfer-jobs/%00", 400),
            ("GET", "/transfer-jobs/a.b", 400), ("GET", Upstream.conversion + "?x=1", 400),
        ])
    func headersOnErrors(method: String, target: String, status: Int) async {
        let gateway = TestGateway()
        _ = await gateway.send("GET", "/whoami")
        let answer = await gateway.send(method, target)
        #expect(answer.status == status)
        #expect(answer.headers["RateLimit-Policy"] == ["\"default\";q=60;w=60"])
        #expect(answer.headers["RateLimit"] == ["\"default\";r=58;t=1"])
    }

    @Test("a refused cancel and a missing scope tell the limit too")
    func headersOnConflictAndForbidden() async {
        let gateway = TestGateway(aws: [JobKind.transfer.refusesCancel, Upstream.transfer("COMPLETED")])
        let conflict = await gateway.send("DELETE", Upstream.transferJob)
        #expect(conflict.status == 409)
        #expect(conflict.headers["RateLimit"] == ["\"default\";r=59;t=1"])
        let forbidden = await gateway.send("DELETE", Upstream.transferJob, key: .without(.transferJobsCancel))
        #expect(forbidden.status == 403)
        #expect(forbidden.headers["RateLimit"] == ["\"default\";r=59;t=1"])
    }

    @Test("a spent limit is 429, and the request goes no further")
    func spent() async throws {
        let gateway = TestGateway()
        for _ in 0..<2 { _ = await gateway.send("GET", "/whoami", key: .tight) }
        let answer = await gateway.send("DELETE", Upstream.transferJob, key: .tight)
        #expect(answer.status == 429)
        #expect(answer.headers["RateLimit-Policy"] == ["\"tight\";q=2;w=60"])
        #expect(answer.headers["RateLimit"] == ["\"tight\";r=0;t=30"])
        #expect(answer.headers["Retry-After"] == ["30"])
        let problem = try answer.json
        #expect(problem["code"] == "rate-limited")
        #expect(problem["retryAfterSeconds"] == 30)
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test("Retry-After is never before t, to the last second of the wait")
    func retryAfterIsLateEnough() async throws {
        let gateway = TestGateway()
        for _ in 0..<2 { _ = await gateway.send("GET", "/whoami", key: .tight) }
        for step in 1...39 {
            gateway.clock.advance(by: .milliseconds(750))
            let answer = await gateway.send("GET", "/whoami", key: .tight)
            #expect(answer.status == 429)
            let retryAfter = try #require(answer.headers.first("Retry-After").flatMap { Int($0) })
            let field = try #require(answer.headers.first("RateLimit"))
            let wait = try #require(field.split(separator: "t=").last.flatMap { Int($0) })
            #expect(retryAfter >= wait)
            #expect(.seconds(retryAfter) >= .seconds(30) - .milliseconds(750 * step))
        }
    }

    @Test("a caller that waits as long as Retry-After says is let through")
    func waitingHelps() async throws {
        let gateway = TestGateway()
        for _ in 0..<2 { _ = await gateway.send("GET", "/whoami", key: .tight) }
        gateway.clock.advance(by: .milliseconds(100))
        let refused = await gateway.send("GET", "/whoami", key: .tight)
        let retryAfter = try #require(refused.headers.first("Retry-After").flatMap { Int($0) })
        gateway.clock.advance(by: .seconds(retryAfter))
        #expect(await gateway.send("GET", "/whoami", key: .tight).status == 200)
    }

    @Test("one caller's requests do not count against another")
    func callersAreApart() async {
        let gateway = TestGateway()
        for _ in 0..<3 { _ = await gateway.send("GET", "/whoami", key: .tight) }
        #expect(await gateway.send("GET", "/whoami").headers["RateLimit"] == ["\"default\";r=59;t=1"])
    }

    @Test("a key whose limit is not configured is counted by the default one")
    func unknownLimit() async {
        let answer = await TestGateway().send("GET", "/whoami", key: .mislimited)
        #expect(answer.headers["RateLimit"] == ["\"default\";r=59;t=1"])
    }

    @Test("a request that could not be counted and passes tells the policy alone")
    func uncounted() async {
        let gateway = TestGateway(limiter: BlindLimiter(isOpen: true))
        for _ in 0..<5 {
            let answer = await gateway.send("GET", "/whoami", key: .tight)
            #expect(answer.status == 200)
            #expect(answer.headers["RateLimit-Policy"] == ["\"tight\";q=2;w=60"])
            #expect(!answer.headers.contains("RateLimit"))
        }
    }

    @Test("a request that could not be counted and may not pass is 503, and goes no further")
    func refusedUncounted() async throws {
        let gateway = TestGateway(limiter: BlindLimiter(isOpen: false))
        for target in ["/whoami", Upstream.transferJob, "/nowhere"] {
            let answer = await gateway.send(target == Upstream.transferJob ? "DELETE" : "GET", target)
            #expect(answer.status == 503)
            #expect(try answer.json["code"] == "overloaded")
            #expect(try answer.json["retryable"] == true)
            #expect(answer.headers["Retry-After"] == ["1"])
            #expect(answer.headers["RateLimit-Policy"] == ["\"default\";q=60;w=60"])
            #expect(!answer.headers.contains("RateLimit"))
        }
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test("what is public is not counted, and passes whatever the limiter can")
    func publicRoutes() async {
        let gateway = TestGateway(limiter: BlindLimiter(isOpen: false))
        for target in ["/livez", "/openapi.yaml", "/problems/overloaded"] {
            #expect(await gateway.send("GET", target, key: nil).status == 200)
        }
    }

    @Test("what fails before the caller is known tells no limit and counts for nobody")
    func unknownCaller() async {
        let gateway = TestGateway()
        for answer in [
            await gateway.send("GET", "/whoami", key: nil), await gateway.send("GET", "/whoami", key: .revoked),
            await gateway.send("GET", "/whoami?key=x"),
        ] {
            #expect(!answer.headers.contains("RateLimit"))
            #expect(!answer.headers.contains("RateLimit-Policy"))
        }
        #expect(await gateway.send("GET", "/whoami").headers["RateLimit"] == ["\"default\";r=59;t=1"])
    }
}
