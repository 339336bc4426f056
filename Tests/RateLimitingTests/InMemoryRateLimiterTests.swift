import GatewayTestSupport
import RateLimiting
import Synchronization
import Testing

@Suite("In-memory rate limiter")
struct InMemoryRateLimiterTests {
    /// Nanoseconds that a test moves on.
    private final class Time: Sendable {
        private let value = Mutex<Int64>(0)

        var now: Int64 { value.withLock { $0 } }

        func advance(by nanoseconds: Int64) {
            value.withLock { $0 += nanoseconds }
        }
    }

    private let time = Time()

    @Test("the burst passes, the next one does not")
    func burst() throws {
        let limiter = limiter()
        let limit = try #require(RateLimit(name: "default", quota: 3, window: .seconds(3)))
        let allowed = (0..<5).map { _ in limiter.consumeNow(key: "a", limit: limit).isAllowed }
        #expect(allowed == [true, true, true, false, false])
    }

    @Test("a caller that waited as told passes")
    func waiting() throws {
        let limiter = limiter()
        let limit = try #require(RateLimit(name: "default", quota: 1, window: .seconds(3)))
        _ = limiter.consumeNow(key: "a", limit: limit)
        let refusal = limiter.consumeNow(key: "a", limit: limit)
        #expect(refusal.nextInSeconds == 3)
        time.advance(by: refusal.nextInSeconds * 1_000_000_000)
        #expect(limiter.consumeNow(key: "a", limit: limit).isAllowed)
    }

    @Test("times that two threads read in one order and bring in the other count as one moment")
    func order() throws {
        let limiter = limiter()
        let limit = try #require(RateLimit(name: "default", quota: 5, window: .seconds(15)))
        var remaining: [Int] = []
        for step: Int64 in [1_000, -1_000, 2_000, -500, 0] {
            time.advance(by: step)
            remaining.append(limiter.consumeNow(key: "a", limit: limit).remaining)
        }
        #expect(remaining == [4, 3, 2, 1, 0])
    }

    @Test("one caller's requests do not count for another")
    func keys() throws {
        let limiter = limiter()
        let limit = try #require(RateLimit(name: "default", quota: 1, window: .seconds(60)))
        for key in 0..<200 {
            #expect(limiter.consumeNow(key: "\(key)", limit: limit).isAllowed)
        }
    }

    @Test("a caller's requests against one limit do not count against another")
    func limits() throws {
        let limiter = limiter()
        let one = try #require(RateLimit(name: "one", quota: 1, window: .seconds(60)))
        let other = try #require(RateLimit(name: "other", quota: 1, window: .seconds(60)))
        _ = limiter.consumeNow(key: "a", limit: one)
        #expect(!limiter.consumeNow(key: "a", limit: one).isAllowed)
        #expect(limiter.consumeNow(key: "a", limit: other).isAllowed)
    }

    @Test("a key and a limit's name are not run together")
    func separator() throws {
        let limiter = limiter()
        let one = try #require(RateLimit(name: "bc", quota: 1, window: .seconds(60)))
        let other = try #require(RateLimit(name: "c", quota: 1, window: .seconds(60)))
        _ = limiter.consumeNow(key: "a", limit: one)
        #expect(limiter.consumeNow(key: "ab", limit: other).isAllowed)
    }

    @Test("sixty-four tasks at once get exactly the burst through", arguments: [1, 10, 64, 1_000])
    func tasks(burst: Int) async throws {
        let limiter = limiter()
        let limit = try #require(RateLimit(name: "default", quota: burst, window: .seconds(60)))
        let allowed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    var allowed = 0
                    for _ in 0..<50 where await limiter.consume(key: "a", limit: limit).isAllowed { allowed += 1 }
                    return allowed
                }
            }
            return await group.reduce(0, +)
        }
        #expect(allowed == burst)
    }

    @Test("callers that no longer matter are forgotten")
    func swept() throws {
        let limiter = limiter()
        let limit = try #require(RateLimit(name: "default", quota: 1, window: .seconds(1)))
        for key in 0..<60_000 {
            _ = limiter.consumeNow(key: "\(key)", limit: limit)
            time.advance(by: 1_000_000)
        }
        // Of 60,000 callers a thousand still matter; a shard of the 64 holds at most 257 before it is swept.
        #expect(limiter.count <= 64 * 257)
    }

    @Test("sweeping forgets no caller that still matters")
    func sweepingKeeps() throws {
        let limiter = limiter()
        let day = try #require(RateLimit(name: "default", quota: 1, window: .seconds(86_400)))
        let second = try #require(RateLimit(name: "default", quota: 1, window: .seconds(1)))
        for key in 0..<500 { _ = limiter.consumeNow(key: "slow \(key)", limit: day) }
        for key in 0..<60_000 {
            _ = limiter.consumeNow(key: "\(key)", limit: second)
            time.advance(by: 1_000_000)
        }
        for key in 0..<500 {
            #expect(!limiter.consumeNow(key: "slow \(key)", limit: day).isAllowed)
        }
    }

    @Test("sweeping changes no decision", arguments: UInt64(1)...2)
    func sweepingIsUnseen(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let limiter = limiter()
        let limit = try #require(RateLimit(name: "default", quota: 1, window: .seconds(1), burst: 2))
        var arrivals: [Int: Int64] = [:]
        var differences = 0
        for step in 0..<60_000 {
            // Callers come twice or more within a few seconds, and later others come in their place.
            let key = step / 3_000 * 1_000 + Int.random(in: 0..<3_000, using: &generator)
            let (decision, arrival) = GCRA.decide(limit, arrival: arrivals[key], now: time.now)
            arrivals[key] = arrival
            let expected = RateLimitDecision(limit: limit, decision: decision)
            if limiter.consumeNow(key: "\(key)", limit: limit) != expected { differences += 1 }
            time.advance(by: 1_000_000)
        }
        #expect(differences == 0)
        #expect(limiter.count < arrivals.count)
    }

    @Test("a limit that was changed counts a caller's requests on")
    func changedLimit() throws {
        let limiter = limiter()
        let before = try #require(RateLimit(name: "default", quota: 60, window: .seconds(60)))
        let after = try #require(RateLimit(name: "default", quota: 2, window: .seconds(2)))
        for _ in 0..<60 { _ = limiter.consumeNow(key: "a", limit: before) }
        #expect(!limiter.consumeNow(key: "a", limit: after).isAllowed)
    }

    @Test("a look at a limit counts nothing and remembers nobody")
    func peek() throws {
        let limiter = limiter()
        let limit = try #require(RateLimit(name: "default", quota: 2, window: .seconds(2)))
        for _ in 0..<5 { #expect(limiter.peekNow(key: "a", limit: limit).remaining == 1) }
        #expect(limiter.count == 0)
        for _ in 0..<2 {
            let expected = limiter.peekNow(key: "a", limit: limit)
            #expect(limiter.consumeNow(key: "a", limit: limit) == expected)
        }
        #expect(!limiter.peekNow(key: "a", limit: limit).isAllowed)
    }

    @Test("without requests a sweep forgets who no longer matters, and gives the room back")
    func sweep() throws {
        let limiter = limiter()
        let second = try #require(RateLimit(name: "second", quota: 1, window: .seconds(1)))
        let day = try #require(RateLimit(name: "day", quota: 1, window: .seconds(86_400)))
        for key in 0..<20_000 { _ = limiter.consumeNow(key: "\(key)", limit: second) }
        for key in 0..<100 { _ = limiter.consumeNow(key: "\(key)", limit: day) }
        let room = limiter.room
        #expect(room >= 20_100)
        time.advance(by: 999_999_999)
        limiter.sweep()
        #expect(limiter.count == 20_100)
        time.advance(by: 1)
        limiter.sweep()
        #expect(limiter.count == 100)
        #expect(limiter.room < room / 20)
        #expect((0..<100).allSatisfy { !limiter.consumeNow(key: "\($0)", limit: day).isAllowed })
    }

    @Test("however many callers come, no more are remembered than there is capacity for")
    func capacity() throws {
        let limiter = limiter(capacity: 6_400)
        let limit = try #require(RateLimit(name: "default", quota: 1, window: .seconds(86_400)))
        for key in 0..<100_000 {
            _ = limiter.consumeNow(key: "\(key)", limit: limit)
            #expect(!limiter.consumeNow(key: "\(key)", limit: limit).isAllowed, "the newest is always remembered")
        }
        #expect(limiter.count <= 6_400)
        #expect(limiter.count > 4_800)
        // A dictionary has room for at most twice what it was last grown for, and for a third more than is asked.
        #expect(limiter.room < 4 * 6_400)
    }

    @Test("a full limiter forgets those who would be free again soonest")
    func nearestFirst() throws {
        let limiter = limiter(capacity: 64_000)
        let hour = try #require(RateLimit(name: "hour", quota: 1, window: .seconds(3_600)))
        let minute = try #require(RateLimit(name: "minute", quota: 1, window: .seconds(60)))
        for key in 0..<5_000 { _ = limiter.consumeNow(key: "\(key)", limit: hour) }
        for key in 0..<200_000 { _ = limiter.consumeNow(key: "\(key)", limit: minute) }
        let kept = (0..<5_000).count { !limiter.consumeNow(key: "\($0)", limit: hour).isAllowed }
        #expect(kept == 5_000)
    }

    @Test("a full limiter of one caller a shard still remembers the newest", arguments: [1, 2, 64, 100])
    func smallest(capacity: Int) throws {
        let limiter = limiter(capacity: capacity)
        let limit = try #require(RateLimit(name: "default", quota: 1, window: .seconds(3_600)))
        for key in 0..<2_000 {
            time.advance(by: -1_000)
            _ = limiter.consumeNow(key: "\(key)", limit: limit)
            #expect(!limiter.consumeNow(key: "\(key)", limit: limit).isAllowed)
        }
        #expect(limiter.count <= 128)
    }

    @Test("the limiter's own clock does not go back")
    func ownClock() {
        var last = InMemoryRateLimiter.monotonicNanoseconds()
        for _ in 0..<1_000 {
            let now = InMemoryRateLimiter.monotonicNanoseconds()
            #expect(now >= last)
            last = now
        }
    }

    private func limiter(capacity: Int = InMemoryRateLimiter.defaultCapacity) -> InMemoryRateLimiter {
        InMemoryRateLimiter(capacity: capacity) { [time] in time.now }
    }
}
