import Synchronization

/// A rate limiter for one instance: one number a caller, forgotten once it no longer matters.
///
/// The table is split into shards with a lock each. What a shard takes is bounded: see ``ArrivalTable``.
package final class InMemoryRateLimiter: RateLimiter {
    /// How many callers are remembered at most unless told otherwise; they take about 110 MiB.
    package static let defaultCapacity = shardCount * 49_152

    private static let shardCount = 64

    private let shards: [Shard]
    private let now: @Sendable () -> Int64
    private let keys: (first: UInt64, second: UInt64)

    /// Creates an empty limiter.
    ///
    /// - Parameters:
    ///   - capacity: How many callers are remembered at most, to the next multiple of 64. Beyond it those are forgotten
    ///     whose buckets are full again soonest.
    ///   - now: The time in nanoseconds, of a clock that does not go back.
    package init(
        capacity: Int = InMemoryRateLimiter.defaultCapacity,
        now: @escaping @Sendable () -> Int64 = InMemoryRateLimiter.monotonicNanoseconds
    ) {
        self.now = now
        keys = (.random(in: .min ... .max), .random(in: .min ... .max))
        let share = (max(1, capacity) + Self.shardCount - 1) / Self.shardCount
        shards = (0..<Self.shardCount).map { _ in Shard(capacity: share) }
    }

    /// How many callers are remembered.
    package var count: Int {
        shards.reduce(0) { sum, shard in sum + shard.table.withLock { $0.count } }
    }

    /// For how many callers there is room in the memory that is taken now.
    package var room: Int {
        shards.reduce(0) { sum, shard in sum + shard.table.withLock { $0.room } }
    }

    /// Counts one request; never suspends.
    package func consume(key: String, limit: RateLimit) async -> RateLimitDecision {
        consumeNow(key: key, limit: limit)
    }

    /// Counts one request.
    package func consumeNow(key: String, limit: RateLimit) -> RateLimitDecision {
        let now = now()
        let caller = fingerprint(key: key, limit: limit)
        let decision = shard(of: caller).table.withLock { $0.consume(caller, limit: limit, now: now) }
        return RateLimitDecision(limit: limit, decision: decision)
    }

    /// What ``consumeNow(key:limit:)`` would decide now, without counting anything.
    package func peekNow(key: String, limit: RateLimit) -> RateLimitDecision {
        let now = now()
        let caller = fingerprint(key: key, limit: limit)
        let decision = shard(of: caller).table.withLock { $0.peek(caller, limit: limit, now: now) }
        return RateLimitDecision(limit: limit, decision: decision)
    }

    /// Takes what a store has decided of a request for what this limiter knows: from then on it lets no more through at
    /// once than the store would have.
    ///
    /// - Parameters:
    ///   - decision: What the store decided.
    ///   - limit: The limit that the store counted.
    ///   - key: The caller's identifier.
    ///   - share: The limit that this limiter counts.
    func take(_ decision: GCRA.Decision, of limit: RateLimit, key: String, into share: RateLimit) {
        let (remaining, nextIn) =
            switch decision {
            case .allowed(let remaining, let nextIn): (remaining, nextIn)
            case .limited(let retryAfter): (0, retryAfter)
            }
        // Most callers are far from their limit, and cost nothing here.
        guard remaining < share.burst else { return }
        let sinceLast = share.emissionInterval - min(nextIn, share.emissionInterval)
        let ahead = share.emissionInterval * Int64(share.burst - remaining) - sinceLast
        let now = now()
        let caller = fingerprint(key: key, limit: share)
        shard(of: caller).table.withLock { $0.raise(caller, to: ahead, now: now) }
    }

    /// Forgets the callers that no longer matter, and gives their memory back to the system.
    ///
    /// Requests bring about the same by and by; this is for when there are none. It locks one shard at a time.
    package func sweep() {
        let now = now()
        for shard in shards { shard.table.withLock { $0.sweep(now: now) } }
    }

    /// Nanoseconds since the process first asked, on the clock that does not jump.
    package static let monotonicNanoseconds: @Sendable () -> Int64 = {
        let origin = ContinuousClock.now
        return { origin.duration(to: .now).nanoseconds }
    }()

    private func fingerprint(key: String, limit: RateLimit) -> ArrivalTable.Fingerprint {
        .init(first: hash(key, limit.name, keyed: keys.first), second: hash(key, limit.name, keyed: keys.second))
    }

    private func hash(_ key: String, _ limit: String, keyed secret: UInt64) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(secret)
        // The hash of a string is that of its bytes and an end, so that two are not run together.
        hasher.combine(key)
        hasher.combine(limit)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    private func shard(of caller: ArrivalTable.Fingerprint) -> Shard {
        shards[Int(caller.second % UInt64(Self.shardCount))]
    }

    private final class Shard: Sendable {
        let table: Mutex<ArrivalTable>

        init(capacity: Int) {
            table = Mutex(ArrivalTable(capacity: capacity))
        }
    }
}
