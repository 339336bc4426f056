import RateLimiting

/// A token bucket in whole nanoseconds: the plain thing that the rate limiter must not be told apart from.
///
/// It holds at most `burst` requests' worth of nanoseconds, fills by one each nanosecond, and a request takes an
/// interval's worth.
struct TokenBucketModel {
    private let interval: Int64
    private let capacity: Int64
    private var level: Int64
    private var last: Int64

    /// A full bucket.
    init(burst: Int, interval: Int64, at now: Int64) {
        self.interval = interval
        capacity = Int64(burst) * interval
        level = capacity
        last = now
    }

    /// Takes one request.
    mutating func take(at now: Int64) -> GCRA.Decision {
        level = min(capacity, level + (now - last))
        last = now
        guard level >= interval else { return .limited(retryAfter: interval - level) }
        level -= interval
        return .allowed(remaining: Int(level / interval), nextIn: interval - level % interval)
    }
}
