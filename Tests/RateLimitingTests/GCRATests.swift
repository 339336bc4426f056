import RateLimiting
import Testing

@Suite("GCRA")
struct GCRATests {
    private static let bursts = [1, 2, 3, 10, 60, 1_000]
    private static let start: Int64 = 1_000_000_000

    @Test("exactly the burst passes at once", arguments: bursts)
    func burst(burst: Int) throws {
        let limit = try RateLimit.spaced(burst: burst, interval: 1_000_000)
        #expect(GCRA.countOfPassing(limit, arrival: nil, now: Self.start) == burst)
    }

    @Test("after the burst one passes in each emission interval", arguments: bursts)
    func oneAnInterval(burst: Int) throws {
        let limit = try RateLimit.spaced(burst: burst, interval: 1_000_000)
        var arrival = try spent(limit)
        for step in 1...5 {
            let now = Self.start + Int64(step) * 1_000_000
            #expect(GCRA.countOfPassing(limit, arrival: arrival, now: now) == 1)
            arrival = GCRA.decide(limit, arrival: arrival, now: now).arrival
        }
    }

    @Test("one that is refused passes after retryAfter", arguments: bursts)
    func retryAfter(burst: Int) throws {
        let limit = try RateLimit.spaced(burst: burst, interval: 999_983)
        let arrival = try spent(limit)
        let retryAfter = try #require(refusal(limit, arrival: arrival, now: Self.start + 17))
        #expect(refusal(limit, arrival: arrival, now: Self.start + 17 + retryAfter) == nil)
    }

    @Test("one that is refused does not pass a nanosecond before retryAfter", arguments: bursts)
    func tooEarly(burst: Int) throws {
        let limit = try RateLimit.spaced(burst: burst, interval: 999_983)
        let arrival = try spent(limit)
        let retryAfter = try #require(refusal(limit, arrival: arrival, now: Self.start + 17))
        #expect(refusal(limit, arrival: arrival, now: Self.start + 17 + retryAfter - 1) == 1)
    }

    @Test("refusals cost nothing, however many there are")
    func refusalsAreFree() throws {
        let limit = try RateLimit.spaced(burst: 3, interval: 1_000_000)
        var arrival = try spent(limit)
        let before = arrival
        for _ in 0..<100 { arrival = GCRA.decide(limit, arrival: arrival, now: Self.start + 1).arrival }
        #expect(arrival == before)
    }

    @Test("a caller that was long away has its whole burst and no more")
    func longAway() throws {
        let limit = try RateLimit.spaced(burst: 5, interval: 1_000_000)
        let arrival = try spent(limit)
        #expect(GCRA.countOfPassing(limit, arrival: arrival, now: Self.start + 86_400_000_000_000) == 5)
    }

    @Test("sixty a minute means one a second after the first sixty")
    func sixtyAMinute() throws {
        let limit = try #require(RateLimit(name: "default", quota: 60, window: .seconds(60)))
        let (decision, _) = GCRA.decide(limit, arrival: nil, now: Self.start)
        #expect(decision == .allowed(remaining: 59, nextIn: 1_000_000_000))
        #expect(refusal(limit, arrival: try spent(limit), now: Self.start) == 1_000_000_000)
    }

    @Test("what the last one of a burst leaves is nothing, with one more after an interval")
    func lastOfABurst() throws {
        let limit = try RateLimit.spaced(burst: 1, interval: 7)
        #expect(
            GCRA.decide(limit, arrival: nil, now: Self.start).0 == .allowed(remaining: 0, nextIn: 7))
    }

    @Test("the largest limits that can be made are decided without overflow", arguments: [1, 2, 1_000, 1_000_000_000])
    func extremes(burst: Int) {
        for quota in [1, 1_000, 1_000_000_000] {
            for window in [Duration.milliseconds(1), .seconds(86_400), .seconds(86_400 * 366)] {
                guard let limit = RateLimit(name: "test", quota: quota, window: window, burst: burst) else { continue }
                let (decision, arrival) = GCRA.decide(limit, arrival: nil, now: Self.start)
                let nextIn = max(1, window / Duration.nanoseconds(1) / Double(quota))
                #expect(decision == .allowed(remaining: burst - 1, nextIn: Int64(nextIn)))
                #expect(arrival > Self.start)
            }
        }
    }

    @Test("no caller owes more than its burst, whatever an earlier limit or another clock has left", arguments: bursts)
    func noMoreThanABurst(burst: Int) throws {
        let limit = try RateLimit.spaced(burst: burst, interval: 1_000_000)
        let spent = try spent(limit)
        for ahead: Int64 in [0, 1, 1_000_000, 86_400_000_000_000, 1 << 60] {
            let (decision, arrival) = GCRA.decide(limit, arrival: spent + ahead, now: Self.start)
            #expect(decision == .limited(retryAfter: 1_000_000))
            #expect(arrival == spent)
        }
    }

    /// The arrival time of a caller that has just spent its burst.
    private func spent(_ limit: RateLimit) throws -> Int64 {
        var arrival: Int64?
        for _ in 0..<limit.burst { arrival = GCRA.decide(limit, arrival: arrival, now: Self.start).arrival }
        return try #require(arrival)
    }

    /// After how long a request that comes now may come; `nil` when it passes.
    private func refusal(_ limit: RateLimit, arrival: Int64, now: Int64) -> Int64? {
        guard case .limited(let retryAfter) = GCRA.decide(limit, arrival: arrival, now: now).0 else { return nil }
        return retryAfter
    }
}
