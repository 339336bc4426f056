package import Resilience
import Synchronization

/// What becomes of requests that the store cannot count.
package enum StoreOutagePolicy: String, Sendable, Hashable, CaseIterable {
    /// They pass, uncounted.
    case open
    /// They are refused.
    case closed
    /// This instance counts them against its share of the limit.
    case local
}

/// A rate limiter for a fleet: every instance counts in one store.
///
/// No request waits for the store longer than the store's deadline, and none at all while there is no connection, while
/// the store leaves others without an answer, or while the circuit breaker is open; then the outage policy decides.
package final class RedisRateLimiter: RateLimiter {
    private struct Condition {
        var isUp = true
        var lastFailure: RedisError?
        /// The conditions that are yet to be told, oldest first.
        var untold: [RateLimitStoreStatus] = []
        /// Whether some thread is telling; it tells what is added meanwhile as well.
        var isTelling = false

        mutating func nextUntold() -> RateLimitStoreStatus? {
            isTelling = !untold.isEmpty
            return untold.isEmpty ? nil : untold.removeFirst()
        }
    }

    private let store: any RateLimitStore
    private let policy: StoreOutagePolicy
    private let replicas: Int
    private let breaker: CircuitBreaker
    private let local: InMemoryRateLimiter
    private let now: @Sendable () -> ContinuousClock.Instant
    private let onChange: @Sendable (RateLimitStoreStatus) -> Void
    private let condition = Mutex(Condition())

    /// Puts a store, a breaker and a policy together.
    ///
    /// - Parameters:
    ///   - store: What counts.
    ///   - policy: What becomes of requests that it cannot count.
    ///   - replicas: How many instances share the store.
    ///   - breaker: When the store is given a pause.
    ///   - local: What counts under ``StoreOutagePolicy/local``.
    ///   - now: The clock that does not jump.
    ///   - onChange: Told once of each change between up and down, in order and one at a time; at first
    ///     the store is taken to be up.
    package init(
        store: any RateLimitStore, policy: StoreOutagePolicy, replicas: Int, breaker: CircuitBreakerSettings,
        local: InMemoryRateLimiter = InMemoryRateLimiter(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        onChange: @escaping @Sendable (RateLimitStoreStatus) -> Void = { _ in }
    ) {
        self.store = store
        self.policy = policy
        self.replicas = replicas
        self.breaker = CircuitBreaker(settings: breaker)
        self.local = local
        self.now = now
        self.onChange = onChange
    }

    /// Counts one request.
    package func consume(key: String, limit: RateLimit) async -> RateLimitDecision {
        guard store.isResponsive, case .admitted(let permit) = breaker.admit(at: now()) else {
            return decideAlone(key: key, limit: limit)
        }
        do {
            let decision = try await store.consume(key: key, limit: limit)
            record(nil, for: permit)
            if policy == .local { local.take(decision, of: limit, key: key, into: limit.share(of: replicas)) }
            return RateLimitDecision(limit: limit, decision: decision)
        } catch {
            record(error, for: permit)
            return decideAlone(key: key, limit: limit)
        }
    }

    /// How the store stands.
    package var status: RateLimitStoreStatus {
        let lastFailure = condition.withLock { $0.lastFailure }
        return status(after: lastFailure)
    }

    /// Tries once to connect to the store.
    package func start() async { await store.start { self.noteChange() } }

    /// Keeps the store connected until the task is cancelled.
    package func run() async { await store.run { self.noteChange() } }

    /// Forgets the callers that no longer matter of what is counted here.
    package func sweep() { local.sweep() }

    /// Looks whether the store has come up or gone down, and tells if it has.
    private func noteChange() {
        let mustTell = condition.withLock { condition in
            let status = status(after: condition.lastFailure)
            guard status.isUp != condition.isUp else { return false }
            condition.isUp = status.isUp
            condition.untold.append(status)
            defer { condition.isTelling = true }
            return !condition.isTelling
        }
        guard mustTell else { return }
        while let status = condition.withLock({ $0.nextUntold() }) { onChange(status) }
    }

    private func status(after lastFailure: RedisError?) -> RateLimitStoreStatus {
        if let failure = store.failure { return RateLimitStoreStatus(failure: failure) }
        let isClosed = breaker.phase(at: now()) == .closed
        return RateLimitStoreStatus(failure: isClosed ? nil : lastFailure ?? .timedOut)
    }

    private func record(_ failure: RedisError?, for permit: CircuitPermit) {
        if let failure { condition.withLock { $0.lastFailure = failure } }
        // Without a connection nothing was waited for: that is for the store to mend, not for the breaker to pause.
        let outcome: CircuitOutcome = failure == nil ? .success : failure == .notConnected ? .abandoned : .failure
        breaker.record(outcome, for: permit, at: now())
        // Only what ends a phase can be news.
        if failure != nil || !condition.withLock({ $0.isUp }) { noteChange() }
    }

    private func decideAlone(key: String, limit: RateLimit) -> RateLimitDecision {
        switch policy {
        case .open: RateLimitDecision(uncounted: limit, isAllowed: true, nextIn: .seconds(1))
        case .closed: RateLimitDecision(uncounted: limit, isAllowed: false, nextIn: .seconds(1))
        case .local: local.consumeNow(key: key, limit: limit.share(of: replicas))
        }
    }
}
