import GatewayTestSupport
import RateLimiting
import Testing

@Suite("GCRA against a token bucket")
struct GCRAModelTests {
    @Test("GCRA decides random arrivals as a token bucket does", arguments: UInt64(1)...64)
    func sameDecisions(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let (limit, interval) = try randomLimit(&generator)
        var now = Int64.random(in: 0...1_000_000_000_000, using: &generator)
        var model = TokenBucketModel(burst: limit.burst, interval: interval, at: now)
        var arrival: Int64?
        for _ in 0..<400 {
            now += pause(limit, interval: interval, &generator)
            let (decision, next) = GCRA.decide(limit, arrival: arrival, now: now)
            #expect(decision == model.take(at: now))
            arrival = next
        }
    }

    @Test("what is said to remain passes now, and one more does not", arguments: UInt64(1)...32)
    func truthfulRemaining(seed: UInt64) throws {
        try atRandomMoments(seed: seed) { limit, arrival, now, remaining, _ in
            #expect(GCRA.countOfPassing(limit, arrival: arrival, now: now) == remaining)
        }
    }

    @Test("after nextIn one more passes than before, and not a nanosecond earlier", arguments: UInt64(1)...32)
    func truthfulNextIn(seed: UInt64) throws {
        try atRandomMoments(seed: seed) { limit, arrival, now, remaining, nextIn in
            #expect(nextIn >= 1)
            #expect(GCRA.countOfPassing(limit, arrival: arrival, now: now + nextIn - 1) == remaining)
            #expect(GCRA.countOfPassing(limit, arrival: arrival, now: now + nextIn) == remaining + 1)
        }
    }

    @Test("no stretch of time sees more than the burst and one for each interval", arguments: UInt64(1)...16)
    func neverMore(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let (limit, interval) = try randomLimit(&generator)
        var now: Int64 = 0
        var arrival: Int64?
        var passed: [Int64] = []
        for _ in 0..<300 {
            now += pause(limit, interval: interval, &generator)
            let (decision, next) = GCRA.decide(limit, arrival: arrival, now: now)
            arrival = next
            if case .allowed = decision { passed.append(now) }
        }
        for (first, from) in passed.enumerated() {
            for (last, to) in passed.enumerated().dropFirst(first) {
                #expect(last - first + 1 <= limit.burst + Int((to - from) / interval))
            }
        }
    }

    /// Looks at what is decided at each of many moments; where a request is refused, at what remains until retryAfter.
    private func atRandomMoments(
        seed: UInt64, _ check: (RateLimit, Int64, Int64, _ remaining: Int, _ nextIn: Int64) -> Void
    ) throws {
        var generator = SplitMix64(seed: seed)
        let (limit, interval) = try randomLimit(&generator)
        var now: Int64 = 0
        var arrival: Int64?
        for _ in 0..<100 {
            now += pause(limit, interval: interval, &generator)
            let (decision, next) = GCRA.decide(limit, arrival: arrival, now: now)
            arrival = next
            switch decision {
            case .allowed(let remaining, let nextIn): check(limit, next, now, remaining, nextIn)
            case .limited(let retryAfter): check(limit, next, now, 0, retryAfter)
            }
        }
    }

    private func randomLimit(_ generator: inout SplitMix64) throws -> (RateLimit, interval: Int64) {
        let intervals: [Int64] = [1, 7, 1_000, 999_983, 1_000_000_000, 60_000_000_000]
        let interval = try #require(intervals.randomElement(using: &generator))
        let burst = Int.random(in: 1...30, using: &generator)
        return (try .spaced(burst: burst, interval: interval), interval)
    }

    /// A pause of a kind that matters: none, within an interval, a whole one, or about the time in which a burst
    /// refills.
    private func pause(_ limit: RateLimit, interval: Int64, _ generator: inout SplitMix64) -> Int64 {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0...3: 0
        case 4, 5: Int64.random(in: 0...interval, using: &generator)
        case 6: interval
        default: Int64.random(in: 0...(interval * Int64(limit.burst + 1)), using: &generator)
        }
    }
}
