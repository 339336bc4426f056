/// What a circuit breaker does with calls.
package enum CircuitPhase: String, Sendable, Hashable {
    /// Every call is admitted, and counted.
    case closed
    /// Every call is rejected.
    case open
    /// A few calls are admitted as probes; what becomes of them opens or closes the breaker.
    case halfOpen = "half-open"
}

/// What a circuit breaker says to one call.
package enum CircuitAdmission: Sendable, Hashable {
    /// The call may be made; its outcome is to be recorded with the permit, once.
    case admitted(CircuitPermit)
    /// The call may not be made, and is not worth trying before `retryAfter` has gone by; never zero.
    case rejected(retryAfter: Duration)
}

/// What became of an admitted call.
package enum CircuitOutcome: Sendable, Hashable {
    /// The upstream answered and is well, whatever it answered.
    case success
    /// The upstream is unwell: a fault of its own, a timeout or a failed connection.
    case failure
    /// There is no verdict, as after a cancellation: nothing is counted and a probe's place is free again.
    case abandoned
}

/// The right to make one call, and to report on it.
package struct CircuitPermit: Sendable, Hashable {
    /// The phase that admitted the call, counted from the breaker's beginning.
    let generation: UInt64
    /// The place that the call has as a probe; `nil` when it was admitted while closed.
    let probe: UInt64?
}
