import GatewayApp
import RateLimiting

extension Setting {
    /// The settings of the store, but for those whose values may be secret or are paths.
    static let limiter = [
        Setting(
            key: "limiter.timeout", variable: "JOBGATE_LIMITER_TIMEOUT", standard: "50ms",
            good: ["1ms", "250ms", "5000ms"], bad: ["0ms", "5001ms", "6s", "50", "soon"]
        ) { "\(Int($0.limiter.timeout / .milliseconds(1)))ms" },
        Setting(
            key: "limiter.whenDown", variable: "JOBGATE_LIMITER_WHEN_DOWN", standard: "local",
            good: ["open", "closed", "local"], bad: ["memory", "OPEN", "on"]
        ) { $0.limiter.whenDown.rawValue },
        Setting(
            key: "limiter.replicas", variable: "JOBGATE_LIMITER_REPLICAS", standard: "1", good: ["1", "2", "10000"],
            bad: ["0", "10001", "-1", "two"]
        ) { "\($0.limiter.replicas)" },
        Setting(
            key: "limiter.prefix", variable: "JOBGATE_LIMITER_PREFIX", standard: "jobgate",
            good: ["a", "fleet-7:Jobgate_1.2", String(repeating: "x", count: 64)],
            bad: ["a b", "é", "{a}", String(repeating: "x", count: 65)]
        ) { $0.limiter.prefix },
    ]
}
