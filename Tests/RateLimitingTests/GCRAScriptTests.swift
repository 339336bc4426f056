import GatewayTestSupport
import RateLimiting
import Testing

@Suite("GCRA script")
struct GCRAScriptTests {
    @Test(
        "a limit's interval and tolerance are told as seconds and nanoseconds",
        arguments: [
            (60, Duration.seconds(60), 60, ["1", "0", "59", "0"]), (1, .seconds(86_400), 1, ["86400", "0", "0", "0"]),
            (3, .seconds(1), 2, ["0", "333333333", "0", "333333333"]),
            (1_000_000_000, .seconds(1), 1_000_000_000, ["0", "1", "0", "999999999"]),
            (2, .seconds(3), 5, ["1", "500000000", "6", "0"]),
        ])
    func arguments(quota: Int, window: Duration, burst: Int, arguments: [String]) throws {
        let limit = try #require(RateLimit(name: "a", quota: quota, window: window, burst: burst))
        #expect(GCRAScript.arguments(limit) == arguments)
    }

    @Test("no number of a limit is beyond what a double holds exactly")
    func exact() throws {
        let longest = try #require(
            RateLimit(name: "a", quota: 1, window: .seconds(86_400 * 366), burst: 50))
        for argument in GCRAScript.arguments(longest) {
            #expect(try #require(Int64(argument)) <= 1 << 53)
        }
    }

    @Test(
        "what is left and when there is more follow from how far the arrival time was ahead", arguments: UInt64(1)...32)
    func decision(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let quota = Int.random(in: 1...1_000, using: &generator)
        let burst = Int.random(in: 1...50, using: &generator)
        let limit = try #require(RateLimit(name: "a", quota: quota, window: .seconds(60), burst: burst))
        let tolerance = limit.emissionInterval * Int64(burst - 1)
        for _ in 0..<100 {
            let now = Int64.random(in: 0...2_000_000_000, using: &generator) * 1_000_000
            let ahead = Int64.random(in: 0...(tolerance + limit.emissionInterval), using: &generator)
            let expected = GCRA.decide(limit, arrival: now + ahead, now: now).0
            #expect(GCRAScript.decision(answer(ahead <= tolerance ? 1 : 0, ahead), limit: limit) == expected)
        }
    }

    @Test("an answer that contradicts itself, or is none, is not believed")
    func nonsense() throws {
        let limit = try #require(RateLimit(name: "a", quota: 60, window: .seconds(60)))
        let second: Int64 = 1_000_000_000
        for value in [
            .null, .integer(1), .simple("OK"), .array([]), .array([.integer(1), .integer(0)]), answer(0, 59 * second),
            answer(1, 59 * second + 1), answer(2, 0), .array([.integer(1), .integer(0), .integer(second)]),
            .array([.integer(1), .integer(0), .integer(-1)]), .array([.integer(1), .integer(-1), .integer(0)]),
            .array([.integer(0), .integer(.max), .integer(0)]), .array([.integer(1), .null, .integer(0)]),
        ] as [RESPValue] {
            #expect(GCRAScript.decision(value, limit: limit) == nil)
        }
        #expect(GCRAScript.decision(answer(1, 59 * second), limit: limit) != nil)
        #expect(GCRAScript.decision(answer(0, 59 * second + 1), limit: limit) != nil)
    }

    private func answer(_ passes: Int64, _ ahead: Int64) -> RESPValue {
        .array([.integer(passes), .integer(ahead / 1_000_000_000), .integer(ahead % 1_000_000_000)])
    }
}
