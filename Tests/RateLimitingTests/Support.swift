import RateLimiting
import Testing

extension RateLimit {
    /// A limit whose requests are `interval` nanoseconds apart.
    static func spaced(burst: Int, interval: Int64) throws -> RateLimit {
        // A quota whose window is a whole number of intervals and not shorter than a millisecond.
        let quota = Int(1_000_000 / interval + 1)
        return try #require(
            RateLimit(name: "test", quota: quota, window: .nanoseconds(Int64(quota) * interval), burst: burst))
    }
}

extension GCRA {
    /// How many requests pass at once at `now`.
    static func countOfPassing(_ limit: RateLimit, arrival: Int64?, now: Int64) -> Int {
        var arrival = arrival
        var count = 0
        while count <= limit.burst {
            let (decision, next) = decide(limit, arrival: arrival, now: now)
            guard case .allowed = decision else { break }
            count += 1
            arrival = next
        }
        return count
    }
}
