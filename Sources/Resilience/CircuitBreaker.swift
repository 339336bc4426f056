import Synchronization

/// Stops calls to an upstream that keeps failing, and finds out with a few probes when it is well again.
///
/// It counts what it is told and nothing else: which answers are the upstream's failures is its caller's knowledge.
/// Every admitted call must be recorded once, with ``CircuitOutcome/abandoned`` if there is no verdict.
package final class CircuitBreaker: Sendable {
    private struct Ledger {
        var state: CircuitBreakerState
        /// The changes that are yet to be told, oldest first.
        var untold: [CircuitPhase] = []
        /// Whether some thread is telling; it tells what is added meanwhile as well.
        var isTelling = false

        mutating func nextUntold() -> CircuitPhase? {
            isTelling = !untold.isEmpty
            return untold.isEmpty ? nil : untold.removeFirst()
        }
    }

    private let ledger: Mutex<Ledger>
    private let onChange: @Sendable (CircuitPhase) -> Void

    /// Creates a closed breaker.
    ///
    /// - Parameters:
    ///   - settings: When it opens and closes.
    ///   - onChange: Told of each change of phase once, in order, one at a time and outside the lock, on the thread
    ///     of some call. Half-open is told with the first probe.
    package init(
        settings: CircuitBreakerSettings = .init(), onChange: @escaping @Sendable (CircuitPhase) -> Void = { _ in }
    ) {
        ledger = Mutex(Ledger(state: CircuitBreakerState(settings: settings)))
        self.onChange = onChange
    }

    /// The phase that a call at `now` would meet.
    package func phase(at now: ContinuousClock.Instant) -> CircuitPhase {
        ledger.withLock { $0.state.phase(at: now) }
    }

    /// How long a call that would be rejected at `now` should wait; `nil` when it would be admitted.
    ///
    /// It takes no permit, so that a call can fail before it waits for something else.
    package func retryAfter(at now: ContinuousClock.Instant) -> Duration? {
        ledger.withLock { $0.state.retryAfter(at: now) }
    }

    /// Admits or rejects one call.
    package func admit(at now: ContinuousClock.Instant) -> CircuitAdmission {
        change { $0.admit(at: now) }
    }

    /// Takes note of what became of an admitted call; one that outlived the phase it was admitted in has no say.
    package func record(_ outcome: CircuitOutcome, for permit: CircuitPermit, at now: ContinuousClock.Instant) {
        change { $0.record(outcome, for: permit, at: now) }
    }

    private func change<Result: Sendable>(_ body: (inout CircuitBreakerState) -> Result) -> Result {
        let (result, mustTell) = ledger.withLock { ledger in
            let before = ledger.state.phase
            let result = body(&ledger.state)
            guard ledger.state.phase != before else { return (result, false) }
            ledger.untold.append(ledger.state.phase)
            defer { ledger.isTelling = true }
            return (result, !ledger.isTelling)
        }
        if mustTell { tell() }
        return result
    }

    /// Tells every change until there is none left; one thread at a time does so, which keeps them in order.
    private func tell() {
        while let phase = ledger.withLock({ $0.nextUntold() }) { onChange(phase) }
    }
}
