/// What a circuit breaker knows, as a value: time is an argument, and nothing waits.
///
/// Permits carry the phase that admitted their call, so that a call which outlives its phase has no say in a later
/// one. A moment earlier than one that was seen before counts as that one.
package struct CircuitBreakerState: Sendable {
    private enum Mode: Sendable {
        case closed
        case open(until: ContinuousClock.Instant)
        case halfOpen(successes: Int)
    }

    private struct Probe: Sendable {
        let id: UInt64
        let expiry: ContinuousClock.Instant
    }

    /// How soon a call that found every probe's place taken may ask again: a probe's end is not known beforehand.
    private static let probeWait = Duration.seconds(1)

    private let settings: CircuitBreakerSettings
    private var mode = Mode.closed
    private var generation: UInt64 = 0
    private var window: OutcomeWindow
    private var openFor: Duration
    /// The probes under way, in the order they were admitted, which is the order in which they expire.
    private var probes: [Probe] = []
    private var probesBegun: UInt64 = 0
    private var latest: ContinuousClock.Instant?

    /// Creates a closed breaker.
    package init(settings: CircuitBreakerSettings = .init()) {
        self.settings = settings
        window = OutcomeWindow(settings.window)
        openFor = settings.openDuration
    }

    /// The phase that the last change led to; an open breaker becomes half-open with its first probe.
    package var phase: CircuitPhase {
        switch mode {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }

    /// The phase that a call at `now` would meet: half-open as soon as a probe would be admitted.
    package func phase(at now: ContinuousClock.Instant) -> CircuitPhase {
        guard case .open(let end) = mode, end <= clamped(now) else { return phase }
        return .halfOpen
    }

    /// How long a call that is rejected at `now` should wait; `nil` when it would be admitted.
    package func retryAfter(at now: ContinuousClock.Instant) -> Duration? {
        let now = clamped(now)
        switch mode {
        case .closed:
            return nil
        case .open(let end):
            return end > now ? now.duration(to: end) : nil
        case .halfOpen:
            let current = probes.filter { $0.expiry > now }
            guard current.count >= settings.probes, let first = current.first else { return nil }
            return min(Self.probeWait, now.duration(to: first.expiry))
        }
    }

    /// Admits or rejects one call.
    package mutating func admit(at now: ContinuousClock.Instant) -> CircuitAdmission {
        let now = clamped(now)
        latest = now
        if let retryAfter = retryAfter(at: now) { return .rejected(retryAfter: retryAfter) }
        switch mode {
        case .closed:
            return .admitted(CircuitPermit(generation: generation, probe: nil))
        case .open:
            enter(.halfOpen(successes: 0))
        case .halfOpen:
            probes.removeAll { $0.expiry <= now }
        }
        probesBegun += 1
        probes.append(Probe(id: probesBegun, expiry: now.advanced(by: settings.probeLifetime)))
        return .admitted(CircuitPermit(generation: generation, probe: probesBegun))
    }

    /// Takes note of what became of an admitted call.
    ///
    /// The permit of an earlier phase, and that of a probe which lost its place or has reported, say nothing.
    package mutating func record(
        _ outcome: CircuitOutcome, for permit: CircuitPermit, at now: ContinuousClock.Instant
    ) {
        let now = clamped(now)
        latest = now
        guard permit.generation == generation else { return }
        switch mode {
        case .closed: count(outcome, at: now)
        case .open: break
        case .halfOpen(let successes): judge(outcome, of: permit, after: successes, at: now)
        }
    }

    private mutating func count(_ outcome: CircuitOutcome, at now: ContinuousClock.Instant) {
        guard outcome != .abandoned else { return }
        window.count(failed: outcome == .failure, at: now)
        // A success never opens: with the calls still few, the next failure will.
        guard outcome == .failure else { return }
        let (calls, failures) = window.totals(at: now)
        guard calls >= settings.minimumCalls, Double(failures) >= settings.failureRatio * Double(calls) else { return }
        openFor = settings.openDuration
        enter(.open(until: now.advanced(by: openFor)))
    }

    private mutating func judge(
        _ outcome: CircuitOutcome, of permit: CircuitPermit, after successes: Int, at now: ContinuousClock.Instant
    ) {
        guard let index = probes.firstIndex(where: { $0.id == permit.probe }) else { return }
        let probe = probes.remove(at: index)
        guard probe.expiry > now else { return }
        switch outcome {
        case .abandoned:
            break
        case .success where successes + 1 >= settings.successesToClose:
            window.clear()
            enter(.closed)
        case .success:
            mode = .halfOpen(successes: successes + 1)
        case .failure:
            // An upstream that answered a probe is on its way back: it is asked again as soon as at first.
            openFor = successes > 0 ? settings.openDuration : min(openFor * 2, settings.longestOpenDuration)
            enter(.open(until: now.advanced(by: openFor)))
        }
    }

    private mutating func enter(_ next: Mode) {
        mode = next
        generation += 1
        probes.removeAll()
    }

    /// The moment, or the latest that was seen: it may have been read before another thread came to the lock first.
    private func clamped(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        latest.map { max($0, now) } ?? now
    }
}
