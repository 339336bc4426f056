import GatewayTestSupport
import RateLimiting
import Resilience
import Synchronization
import Testing

/// A store that answers from a script, and when that is at its end, that all may pass.
private final class ScriptedStore: RateLimitStore {
    private let state = Mutex<(script: [RedisError?], failure: RedisError?, isStalled: Bool, asked: Int)>(
        ([], nil, false, 0))
    private let decided = Mutex(GCRA.Decision.allowed(remaining: 7, nextIn: 1_000_000_000))

    /// What it decides where the script has no fault.
    var decision: GCRA.Decision {
        get { decided.withLock { $0 } }
        set { decided.withLock { $0 = newValue } }
    }

    var failure: RedisError? {
        get { state.withLock { $0.failure } }
        set { state.withLock { $0.failure = newValue } }
    }

    var isStalled: Bool {
        get { state.withLock { $0.isStalled } }
        set { state.withLock { $0.isStalled = newValue } }
    }

    var isResponsive: Bool { state.withLock { $0.failure == nil && !$0.isStalled } }

    /// How often it was asked.
    var asked: Int { state.withLock { $0.asked } }

    func answer(_ script: [RedisError?]) {
        state.withLock { $0.script += script }
    }

    func consume(key: String, limit: RateLimit) async throws(RedisError) -> GCRA.Decision {
        let error = state.withLock { state in
            state.asked += 1
            return state.script.isEmpty ? nil : state.script.removeFirst()
        }
        if let error { throw error }
        return decision
    }

    func start(onChange: @escaping @Sendable () -> Void) async { onChange() }

    func run(onChange: @escaping @Sendable () -> Void) async { onChange() }
}

@Suite("Redis rate limiter")
struct RedisRateLimiterTests {
    private let store = ScriptedStore()
    private let clock = ManualClock()
    private let told = Told()

    /// What was told of the store, in order.
    private final class Told: Sendable {
        private let changes = Mutex<[RedisError?]>([])

        var all: [RedisError?] { changes.withLock { $0 } }

        func note(_ status: RateLimitStoreStatus) {
            changes.withLock { $0.append(status.failure) }
        }
    }

    private func limiter(_ policy: StoreOutagePolicy = .open, replicas: Int = 1) -> RedisRateLimiter {
        RedisRateLimiter(
            store: store, policy: policy, replicas: replicas,
            breaker: CircuitBreakerSettings(
                window: .seconds(5), minimumCalls: 5, openDuration: .seconds(1), longestOpenDuration: .seconds(5),
                successesToClose: 2),
            local: InMemoryRateLimiter { 0 }, now: { [clock] in clock.now }, onChange: told.note)
    }

    private func limit() throws -> RateLimit {
        try #require(RateLimit(name: "default", quota: 10, window: .seconds(10)))
    }

    @Test("a store that is up decides")
    func up() async throws {
        let limit = try limit()
        let decision = await limiter().consume(key: "a", limit: limit)
        #expect(decision == RateLimitDecision(limit: limit, decision: .allowed(remaining: 7, nextIn: 1_000_000_000)))
        #expect(decision.isCounted)
    }

    @Test(
        "what a store cannot count passes or is refused, uncounted",
        arguments: [(StoreOutagePolicy.open, true), (.closed, false)])
    func uncounted(policy: StoreOutagePolicy, passes: Bool) async throws {
        store.answer([.timedOut])
        let decision = await limiter(policy).consume(key: "a", limit: try limit())
        #expect(decision.isAllowed == passes)
        #expect(!decision.isCounted)
        #expect(decision.limit == (try limit()))
        #expect(decision.nextInSeconds == 1)
    }

    @Test(
        "without the store each of the replicas counts its share, at least one request",
        arguments: [(1, 10), (2, 5), (3, 3), (10, 1), (11, 1), (1_000, 1)])
    func local(replicas: Int, passes: Int) async throws {
        store.failure = .notConnected
        let limiter = limiter(.local, replicas: replicas)
        var allowed = 0
        for _ in 0..<20 where await limiter.consume(key: "a", limit: try limit()).isAllowed { allowed += 1 }
        #expect(allowed == passes)
        #expect(store.asked == 0)
    }

    @Test(
        "who has little or nothing left in the store has no more without it",
        arguments: [
            (GCRA.Decision.allowed(remaining: 2, nextIn: 1_000_000_000), 1, 2),
            (.limited(retryAfter: 500_000_000), 1, 0), (.limited(retryAfter: 500_000_000), 5, 0),
            (.allowed(remaining: 7, nextIn: 1_000_000_000), 2, 5), (.allowed(remaining: 9, nextIn: 1), 10, 1),
        ])
    func known(decision: GCRA.Decision, replicas: Int, passes: Int) async throws {
        let limiter = limiter(.local, replicas: replicas)
        store.decision = decision
        _ = await limiter.consume(key: "a", limit: try limit())
        store.failure = .notConnected
        var allowed = 0
        for _ in 0..<20 where await limiter.consume(key: "a", limit: try limit()).isAllowed { allowed += 1 }
        #expect(allowed == passes)
        let other = await limiter.consume(key: "b", limit: try limit())
        #expect(other.isAllowed, "another caller has its own share")
    }

    @Test("who was limited by the store is told without it when the store would have let it pass")
    func knownWait() async throws {
        let limiter = limiter(.local)
        store.decision = .limited(retryAfter: 300_000_000)
        _ = await limiter.consume(key: "a", limit: try limit())
        store.failure = .notConnected
        let decision = await limiter.consume(key: "a", limit: try limit())
        #expect(!decision.isAllowed)
        #expect(decision.nextIn == .milliseconds(300))
    }

    @Test("after five that failed nobody asks the store until the breaker's pause is over")
    func breaker() async throws {
        let limiter = limiter()
        store.answer(Array(repeating: .timedOut, count: 5))
        for _ in 0..<20 { _ = await limiter.consume(key: "a", limit: try limit()) }
        #expect(store.asked == 5)
        #expect(limiter.status.failure == .timedOut)
        clock.advance(by: .milliseconds(999))
        _ = await limiter.consume(key: "a", limit: try limit())
        #expect(store.asked == 5)
        clock.advance(by: .milliseconds(1))
        for _ in 0..<2 { #expect(await limiter.consume(key: "a", limit: try limit()).isCounted) }
        #expect(store.asked == 7)
        #expect(limiter.status.isUp)
        #expect(told.all == [.timedOut, nil])
    }

    @Test("a store that refuses is told of with its reason", arguments: ["OOM", "LOADING", "NOPERM"])
    func refusing(code: String) async throws {
        let limiter = limiter()
        store.answer(Array(repeating: .refused(code: code), count: 6))
        for _ in 0..<6 { _ = await limiter.consume(key: "a", limit: try limit()) }
        #expect(told.all == [.refused(code: code)])
        #expect(limiter.status.failure?.description.contains(code) == true)
    }

    @Test("requests that found no connection are not held against the store")
    func notConnected() async throws {
        let limiter = limiter()
        store.answer(Array(repeating: .notConnected, count: 50))
        for _ in 0..<50 { #expect(await !limiter.consume(key: "a", limit: try limit()).isCounted) }
        #expect(await limiter.consume(key: "a", limit: try limit()).isCounted)
    }

    @Test("a store without a connection is not asked, and each change is told once")
    func connection() async throws {
        let limiter = limiter()
        await limiter.start()
        #expect(told.all.isEmpty)
        store.failure = .connectFailed("refused")
        for _ in 0..<3 { await limiter.run() }
        _ = await limiter.consume(key: "a", limit: try limit())
        #expect(store.asked == 0)
        #expect(limiter.status.failure == .connectFailed("refused"))
        store.failure = nil
        for _ in 0..<3 { await limiter.run() }
        #expect(told.all == [.connectFailed("refused"), nil])
        #expect(limiter.status.isUp)
    }

    @Test("a store that leaves others without an answer is not asked, which is no outage yet")
    func stalled() async throws {
        let limiter = limiter()
        store.isStalled = true
        for _ in 0..<20 { #expect(await !limiter.consume(key: "a", limit: try limit()).isCounted) }
        #expect(store.asked == 0)
        #expect(limiter.status.isUp)
        store.isStalled = false
        #expect(await limiter.consume(key: "a", limit: try limit()).isCounted)
        #expect(told.all.isEmpty)
    }

    @Test("a single failure is no outage")
    func single() async throws {
        let limiter = limiter()
        store.answer([nil, .timedOut, nil, .connectionLost("reset"), nil])
        for _ in 0..<5 { _ = await limiter.consume(key: "a", limit: try limit()) }
        #expect(told.all.isEmpty)
        #expect(limiter.status.isUp)
    }
}
