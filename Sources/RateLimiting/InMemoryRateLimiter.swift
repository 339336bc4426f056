import Synchronization

/// A rate limiter for one instance: one number a caller, forgotten once it no longer matters.
///
/// The table is split by key into shards with a lock each. A theoretical arrival time that has passed says
/// the same as none, so such entries are swept whenever a shard has doubled since its last sweep.
package final class InMemoryRateLimiter: RateLimiter {
    private let shards: [Shard]
    private let now: @Sendable () -> Int64

    /// Creates an empty limiter.
    ///
    /// - Parameter now: The time in nanoseconds, of a clock that does not go back.
    package init(now: @escaping @Sendable () -> Int64 = InMemoryRateLimiter.monotonicNanoseconds) {
        self.now = now
        shards = (0..<16).map { _ in Shard() }
    }

    /// How many callers are remembered.
    package var count: Int {
        shards.reduce(0) { sum, shard in sum + shard.table.withLock { $0.arrivals.count } }
    }

    /// Counts one request; never suspends.
    package func consume(key: String, limit: RateLimit) async -> RateLimitDecision {
        consumeNow(key: key, limit: limit)
    }

    /// Counts one request.
    package func consumeNow(key: String, limit: RateLimit) -> RateLimitDecision {
        let now = now()
        let entry = Entry(key: key, limit: limit.name)
        let shard = shards[Int(UInt(bitPattern: entry.hashValue) % UInt(shards.count))]
        let decision = shard.table.withLock { $0.consume(entry, limit: limit, now: now) }
        return RateLimitDecision(limit: limit, decision: decision)
    }

    /// What ``consumeNow(key:limit:)`` would decide now; counts nothing.
    package func peekNow(key: String, limit: RateLimit) -> RateLimitDecision {
        let now = now()
        let entry = Entry(key: key, limit: limit.name)
        let shard = shards[Int(UInt(bitPattern: entry.hashValue) % UInt(shards.count))]
        let decision = shard.table.withLock { table in
            GCRA.decide(limit, arrival: table.arrivals[entry], now: max(now, table.latest)).0
        }
        return RateLimitDecision(limit: limit, decision: decision)
    }

    /// Nanoseconds since the process first asked, on the clock that does not jump.
    package static let monotonicNanoseconds: @Sendable () -> Int64 = {
        let origin = ContinuousClock.now
        return { origin.duration(to: .now).nanoseconds }
    }()

    private struct Entry: Hashable {
        let key: String
        let limit: String
    }

    private final class Shard: Sendable {
        let table = Mutex(Table())
    }

    private struct Table {
        var arrivals: [Entry: Int64] = [:]
        var sweepAt = 1_024
        var latest = Int64.min

        mutating func consume(_ entry: Entry, limit: RateLimit, now: Int64) -> GCRA.Decision {
            // The time was read before the lock: another thread's later reading may have come in first.
            let now = max(now, latest)
            latest = now
            let (decision, arrival) = GCRA.decide(limit, arrival: arrivals[entry], now: now)
            arrivals[entry] = arrival
            if arrivals.count >= sweepAt {
                arrivals = arrivals.filter { $0.value > now }
                sweepAt = max(1_024, arrivals.count * 2)
            }
            return decision
        }
    }
}
