package import Resilience

/// What stands before every attempt of a client: a breaker for an upstream that fails, a budget for one that throttles.
package struct UpstreamGuard: Sendable {
    /// Stops calls to an upstream that keeps failing; `nil` for none.
    package var breaker: CircuitBreaker?
    /// Keeps to what the upstream allows; `nil` for no bound.
    package var budget: UpstreamBudget?
    /// How much time an attempt must have had for its timeout to be held against the upstream.
    package var fairTime: Duration

    /// Puts a guard together; without parts it lets everything pass.
    package init(breaker: CircuitBreaker? = nil, budget: UpstreamBudget? = nil, fairTime: Duration = .zero) {
        self.breaker = breaker
        self.budget = budget
        self.fairTime = fairTime
    }

    /// How long an attempt should wait that the breaker would reject now; `nil` when it would not.
    ///
    /// For a look before the credentials are asked for: there is no use in fetching what cannot be used.
    func retryAfter(at now: ContinuousClock.Instant) -> Duration? {
        breaker?.retryAfter(at: now)
    }

    /// Waits for the right to make one attempt.
    ///
    /// The budget comes first, for it may take a while, and a permit of the breaker must be reported on. An open
    /// breaker is not waited for.
    ///
    /// - Returns: The permit to report on with ``record(_:for:at:)``; `nil` where there is no breaker.
    func admit(
        _ context: InvocationContext, now: () -> ContinuousClock.Instant
    ) async throws(AWSError.Reason) -> CircuitPermit? {
        if let retryAfter = retryAfter(at: now()) { throw .circuitOpen(retryAfter: retryAfter) }
        do {
            try await budget?.acquire(context.priority, caller: context.caller ?? "", by: context.deadline)
        } catch {
            switch error {
            case .spent(let retryAfter): throw .budgetSpent(retryAfter: retryAfter)
            case .cancelled: throw .cancelled
            }
        }
        switch breaker?.admit(at: now()) {
        case nil: return nil
        case .admitted(let permit): return permit
        case .rejected(let retryAfter):
            budget?.refund()
            throw .circuitOpen(retryAfter: retryAfter)
        }
    }

    /// Reports what became of an attempt.
    func record(_ outcome: CircuitOutcome, for permit: CircuitPermit?, at now: ContinuousClock.Instant) {
        if let permit { breaker?.record(outcome, for: permit, at: now) }
    }
}
