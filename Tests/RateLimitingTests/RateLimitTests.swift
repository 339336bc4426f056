import RateLimiting
import Testing

@Suite("Rate limit")
struct RateLimitTests {
    @Test(
        "a limit's name is 1 to 64 letters, digits, underscores and hyphens",
        arguments: ["a", "default", "Batch_2-b", "-", "0", String(repeating: "x", count: 64)])
    func names(name: String) {
        #expect(RateLimit(name: name, quota: 1, window: .seconds(1)) != nil)
    }

    @Test(
        "another name is refused: it could not stand in a header",
        arguments: [
            "", " ", "a b", "a\"", "a;q=1", "a,b", "a=b", "a\r\nb", "a\u{0}", "é", "ａ", "a.b", "a/b",
            String(repeating: "x", count: 65),
        ])
    func badNames(name: String) {
        #expect(RateLimit(name: name, quota: 1, window: .seconds(1)) == nil)
        #expect(!RateLimit.isValid(name: name))
    }

    @Test("a quota is at least one", arguments: [(1, true), (0, false), (-1, false), (Int.min, false)])
    func quota(quota: Int, isTaken: Bool) {
        #expect((RateLimit(name: "test", quota: quota, window: .seconds(1)) != nil) == isTaken)
    }

    @Test("a burst is at least one", arguments: [(1, true), (0, false), (-1, false), (Int.min, false)])
    func burst(burst: Int, isTaken: Bool) {
        #expect((RateLimit(name: "test", quota: 60, window: .seconds(1), burst: burst) != nil) == isTaken)
    }

    @Test(
        "a window is at least a millisecond",
        arguments: [
            (Duration.milliseconds(1), true), (.nanoseconds(999_999), false), (.zero, false), (.seconds(-1), false),
        ])
    func window(window: Duration, isTaken: Bool) {
        #expect((RateLimit(name: "test", quota: 1, window: window) != nil) == isTaken)
    }

    @Test(
        "a figure beyond all use is refused instead of overflowing",
        arguments: [
            (Int.max, Duration.seconds(1), 1), (1, .seconds(Int64.max), 1), (1, .seconds(1), Int.max),
            (1, .seconds(86_400 * 366), 1_000_000_000), (1, .nanoseconds(Int64.max / 300), 301),
        ])
    func tooLarge(quota: Int, window: Duration, burst: Int) {
        #expect(RateLimit(name: "test", quota: quota, window: window, burst: burst) == nil)
    }

    @Test("the burst is the quota when it is left out")
    func defaultBurst() {
        #expect(RateLimit(name: "test", quota: 60, window: .seconds(60))?.burst == 60)
    }

    @Test(
        "an instance's share is the limit divided by their number, rounded down, at least one",
        arguments: [
            (1, 60, 20), (2, 30, 10), (7, 8, 2), (20, 3, 1), (21, 2, 1), (60, 1, 1), (61, 1, 1), (10_000, 1, 1),
            (0, 60, 20),
        ])
    func share(replicas: Int, quota: Int, burst: Int) throws {
        let limit = try #require(RateLimit(name: "test", quota: 60, window: .seconds(60), burst: 20))
        let share = limit.share(of: replicas)
        #expect(share == RateLimit(name: "test", quota: quota, window: .seconds(60), burst: burst))
    }

    @Test("the share of a limit that takes decades to refill takes no longer")
    func longShare() throws {
        let limit = try #require(RateLimit(name: "test", quota: 3, window: .seconds(86_400 * 366), burst: 150))
        let share = limit.share(of: 2)
        #expect(share.quota == 1)
        #expect(share.burst == 50)
    }

    @Test(
        "the emission interval is the window divided by the quota",
        arguments: [
            (60, Duration.seconds(60), Int64(1_000_000_000)), (1, .milliseconds(1), 1_000_000),
            (3, .seconds(1), 333_333_333), (1_000, .seconds(1), 1_000_000),
        ])
    func emissionInterval(quota: Int, window: Duration, interval: Int64) {
        #expect(RateLimit(name: "test", quota: quota, window: window)?.emissionInterval == interval)
    }
}
