import GatewayApp
import RateLimiting
import Resilience
import Testing

@Suite("Durations as text")
struct DurationTextTests {
    @Test(
        "are a whole number and a unit",
        arguments: [
            ("0ms", .zero), ("1ms", .milliseconds(1)), ("250ms", .milliseconds(250)), ("10s", .seconds(10)),
            ("5m", .seconds(300)), ("2h", .seconds(7_200)), ("90d", .seconds(7_776_000)), ("010s", .seconds(10)),
            ("36525d", .seconds(3_155_760_000)), ("876600h", .seconds(3_155_760_000)),
            ("52596000m", .seconds(3_155_760_000)), ("3155760000s", .seconds(3_155_760_000)),
            ("3155760001ms", .milliseconds(3_155_760_001)), ("3155760000000ms", .seconds(3_155_760_000)),
        ] as [(String, Duration)])
    func good(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(
        "are nothing else, and no longer than a century",
        arguments: [
            "", "10", "s", "ms", "10 s", " 10s", "10s ", "1.5s", "+1s", "-1s", "10S", "10sec", "1h30m", "1e3s",
            "1_000s",
            "\u{661}s", "\u{FF11}s", "\u{B2}s", "3155760001s", "36526d", "3155760000001ms", "9223372036854775807d",
            "9223372036854775808ms", "99999999999999999999999s",
        ])
    func bad(text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}

@Suite("Limits as text")
struct RateLimitTextTests {
    @Test(
        "are NAME=QUOTA/WINDOW, with :BURST where it is not the quota",
        arguments: [
            ("default=60/60s", "default", 60, .seconds(60), 60), ("a=1/1ms", "a", 1, .milliseconds(1), 1),
            ("batch=600/60s:100", "batch", 600, .seconds(60), 100), ("b_-9=5/1h:50", "b_-9", 5, .seconds(3_600), 50),
            ("y=1/366d", "y", 1, .seconds(31_622_400), 1),
            ("m=1000000000/1s", "m", 1_000_000_000, .seconds(1), 1_000_000_000),
        ] as [(String, String, Int, Duration, Int)])
    func good(text: String, name: String, quota: Int, window: Duration, burst: Int) {
        #expect(RateLimit(text: text) == RateLimit(name: name, quota: quota, window: window, burst: burst))
        #expect(RateLimit(text: text) != nil)
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "default", "=", "=60/60s", "default=", "default=60", "default=60/", "default=/60s", "default=60/60",
            "default=0/60s", "default=60/0s", "default=60/60s:", "default=60/60s:0", "default=60/60s:x",
            "default=60/60s:1:2", "default=6 0/60s", "default=+60/60s", "default=-1/60s", "default=60/60s/1",
            "default=1000000001/1s", "default=60/367d", "de fault=60/60s", "d\u{e9}fault=60/60s", "a=b=60/60s",
            "default=60/60s:10000000000", "default=60/60s:99999999999999999999", "default =60/60s",
            String(repeating: "a", count: 65) + "=60/60s",
        ])
    func bad(text: String) {
        #expect(RateLimit(text: text) == nil)
    }
}

@Suite("Budgets as text")
struct BudgetTextTests {
    @Test(
        "are RATE/WINDOW, with :BURST where it is not what one second brings",
        arguments: [
            ("8/s:200", 200, 8), ("8/s", 8, 8), ("8/1s:200", 200, 8), ("30/m", 1, 0.5), ("90/1m", 2, 1.5),
            ("3600/h:10", 10, 1), ("1/250ms", 4, 4), ("1/ms", 1_000, 1_000), ("864/d", 1, 0.01),
            ("1000000/s:1000000", 1_000_000, 1_000_000),
        ] as [(String, Int, Double)])
    func good(text: String, burst: Int, perSecond: Double) throws {
        let settings = try #require(BudgetSettings(text: text))
        #expect(settings.burst == burst)
        #expect(settings.refillPerSecond == perSecond)
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "8", "/s", "8/", "8/:200", ":200", "8/s:", "8/s:0", "8/s:-1", "8/s:x", "8/s:200:1", "0/s", "-8/s",
            "+8/s", " 8/s", "8 /s", "8/ s", "8/s ", "8.5/s", "8/0s", "8/1.5s", "8/sec", "8/S", "8/s/s", "off",
            "10000000/s", "1000001/s", "8/s:1000001", "1/d", "\u{665}/s", "8/\u{663}s", "8/\u{BD}s",
        ])
    func bad(text: String) {
        #expect(BudgetSettings(text: text) == nil)
    }
}
