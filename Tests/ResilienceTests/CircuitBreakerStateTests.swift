import GatewayTestSupport
import Resilience
import Testing

@Suite("Circuit breaker state")
struct CircuitBreakerStateTests {
    private let start = ContinuousClock.now

    /// Makes one call that ends at once; `false` when it was rejected.
    @discardableResult
    private func call(
        _ state: inout CircuitBreakerState, _ outcome: CircuitOutcome, at now: ContinuousClock.Instant
    ) -> Bool {
        guard case .admitted(let permit) = state.admit(at: now) else { return false }
        state.record(outcome, for: permit, at: now)
        return true
    }

    private func permit(_ state: inout CircuitBreakerState, at now: ContinuousClock.Instant) throws -> CircuitPermit {
        guard case .admitted(let permit) = state.admit(at: now) else { throw Rejected() }
        return permit
    }

    private struct Rejected: Error {}

    /// A breaker that opened at the start, by ten failures.
    private func opened(_ settings: CircuitBreakerSettings = .init()) -> CircuitBreakerState {
        var state = CircuitBreakerState(settings: settings)
        for _ in 0..<10 { call(&state, .failure, at: start) }
        return state
    }

    @Test("ten failures open a breaker and nine do not", arguments: [(9, CircuitPhase.closed), (10, .open)])
    func opens(failures: Int, phase: CircuitPhase) {
        var state = CircuitBreakerState()
        for _ in 0..<failures { call(&state, .failure, at: start) }
        #expect(state.phase == phase)
    }

    @Test(
        "a breaker opens when half of at least ten calls have failed",
        arguments: [(5, 5, true), (6, 5, false), (6, 6, true), (4, 4, false), (5, 4, false), (95, 94, false)])
    func ratio(successes: Int, failures: Int, isOpen: Bool) {
        var state = CircuitBreakerState()
        for _ in 0..<successes { call(&state, .success, at: start) }
        for _ in 0..<failures { call(&state, .failure, at: start) }
        #expect((state.phase == .open) == isOpen)
    }

    @Test("a success never opens a breaker")
    func successDoesNotOpen() {
        var state = CircuitBreakerState()
        for _ in 0..<9 { call(&state, .failure, at: start) }
        call(&state, .success, at: start)
        #expect(state.phase == .closed)
    }

    @Test(
        "failures count for as long as the window is, to a tenth of it",
        arguments: [(8_999, CircuitPhase.open), (10_000, .closed), (86_400_000, .closed)])
    func window(milliseconds: Int, phase: CircuitPhase) {
        var state = CircuitBreakerState()
        for _ in 0..<9 { call(&state, .failure, at: start) }
        call(&state, .failure, at: start + .milliseconds(milliseconds))
        #expect(state.phase == phase)
    }

    @Test("a call without a verdict is not counted")
    func abandoned() {
        var state = CircuitBreakerState()
        for _ in 0..<9 { call(&state, .failure, at: start) }
        for _ in 0..<50 { call(&state, .abandoned, at: start) }
        #expect(state.phase == .closed)
        call(&state, .failure, at: start)
        #expect(state.phase == .open)
    }

    @Test("an open breaker rejects for five seconds and says what is left of them", arguments: [0, 1, 4_999])
    func rejects(milliseconds: Int) {
        var state = opened()
        let now = start + .milliseconds(milliseconds)
        let left = Duration.milliseconds(5_000 - milliseconds)
        #expect(state.retryAfter(at: now) == left)
        #expect(state.admit(at: now) == .rejected(retryAfter: left))
        #expect(state.phase(at: now) == .open)
    }

    @Test("an open breaker is half-open once its time is over")
    func halfOpen() throws {
        var state = opened()
        #expect(state.phase(at: start + .seconds(5)) == .halfOpen)
        #expect(state.retryAfter(at: start + .seconds(5)) == nil)
        _ = try permit(&state, at: start + .seconds(5))
        #expect(state.phase == .halfOpen)
    }

    @Test("asking whether a call would be rejected takes no probe's place")
    func asking() throws {
        var state = opened()
        for _ in 0..<10 { #expect(state.retryAfter(at: start + .seconds(5)) == nil) }
        _ = try permit(&state, at: start + .seconds(5))
    }

    @Test("as many probes are under way at once as are set, and others are told to ask soon", arguments: [1, 3])
    func probes(limit: Int) throws {
        var state = opened(CircuitBreakerSettings(probes: limit))
        let now = start + .seconds(5)
        let permits = try (0..<limit).map { _ in try permit(&state, at: now) }
        #expect(Set(permits).count == limit)
        #expect(state.admit(at: now) == .rejected(retryAfter: .seconds(1)))
        #expect(state.retryAfter(at: now) == .seconds(1))
        state.record(.success, for: permits[0], at: now)
        #expect(state.retryAfter(at: now) == nil)
    }

    @Test("two successes in a row close a breaker, which then counts from nothing")
    func closes() {
        var state = opened()
        let now = start + .seconds(5)
        #expect(call(&state, .success, at: now))
        #expect(state.phase == .halfOpen)
        #expect(call(&state, .success, at: now))
        #expect(state.phase == .closed)
        for _ in 0..<9 { call(&state, .failure, at: now) }
        #expect(state.phase == .closed)
    }

    @Test("failed probes in a row lengthen the open time to its limit, and closing takes it back")
    func growth() throws {
        let settings = CircuitBreakerSettings(longestOpenDuration: .seconds(12))
        var state = opened(settings)
        var now = start
        for seconds in [5, 10, 12, 12] {
            #expect(state.retryAfter(at: now) == .seconds(seconds))
            now += .seconds(seconds)
            #expect(call(&state, .failure, at: now))
        }
        now += .seconds(12)
        for _ in 0..<2 { #expect(call(&state, .success, at: now)) }
        for _ in 0..<10 { call(&state, .failure, at: now) }
        #expect(state.retryAfter(at: now) == .seconds(5))
    }

    @Test("a probe that fails after one that succeeded opens for the first open time again")
    func wayDown() {
        var state = opened()
        #expect(call(&state, .failure, at: start + .seconds(5)))
        #expect(call(&state, .success, at: start + .seconds(15)))
        #expect(call(&state, .failure, at: start + .seconds(15)))
        #expect(state.retryAfter(at: start + .seconds(15)) == .seconds(5))
    }

    @Test(
        "a call admitted before a breaker opened has no say afterwards",
        arguments: [CircuitOutcome.success, .failure, .abandoned])
    func late(outcome: CircuitOutcome) throws {
        var state = CircuitBreakerState()
        let early = try (0..<30).map { _ in try permit(&state, at: start) }
        for _ in 0..<10 { call(&state, .failure, at: start) }
        for permit in early[..<10] { state.record(outcome, for: permit, at: start) }
        #expect(state.retryAfter(at: start) == .seconds(5))
        let probe = try permit(&state, at: start + .seconds(5))
        for permit in early[10..<20] { state.record(outcome, for: permit, at: start + .seconds(5)) }
        #expect(state.phase == .halfOpen)
        #expect(state.retryAfter(at: start + .seconds(5)) != nil)
        state.record(.success, for: probe, at: start + .seconds(5))
        #expect(call(&state, .success, at: start + .seconds(5)))
        for permit in early[20...] { state.record(outcome, for: permit, at: start + .seconds(5)) }
        #expect(state.phase == .closed)
    }

    @Test(
        "a probe of an earlier half-open phase has no say in a later one",
        arguments: [CircuitOutcome.success, .failure])
    func lateProbe(outcome: CircuitOutcome) throws {
        var state = opened(CircuitBreakerSettings(probes: 2, successesToClose: 1))
        let slow = try permit(&state, at: start + .seconds(5))
        #expect(call(&state, .failure, at: start + .seconds(5)))
        let current = try permit(&state, at: start + .seconds(15))
        state.record(outcome, for: slow, at: start + .seconds(15))
        #expect(state.phase == .halfOpen)
        state.record(.success, for: current, at: start + .seconds(15))
        #expect(state.phase == .closed)
    }

    @Test("a probe without a verdict leaves its place and what was counted so far")
    func abandonedProbe() {
        var state = opened()
        let now = start + .seconds(5)
        for outcome in [CircuitOutcome.abandoned, .success, .abandoned, .success] {
            #expect(state.phase != .closed)
            #expect(call(&state, outcome, at: now))
        }
        #expect(state.phase == .closed)
    }

    @Test("a probe reports once")
    func reportsOnce() throws {
        var state = opened()
        let probe = try permit(&state, at: start + .seconds(5))
        for _ in 0..<3 { state.record(.success, for: probe, at: start + .seconds(5)) }
        #expect(state.phase == .halfOpen)
    }

    @Test(
        "a probe that never reports loses its place and its say", arguments: [CircuitOutcome.success, .failure])
    func silentProbe(outcome: CircuitOutcome) throws {
        var state = opened(CircuitBreakerSettings(successesToClose: 1))
        let silent = try permit(&state, at: start + .seconds(5))
        let end = start + .seconds(40)
        #expect(state.admit(at: end - .milliseconds(1)) == .rejected(retryAfter: .milliseconds(1)))
        _ = try permit(&state, at: end)
        state.record(outcome, for: silent, at: end)
        #expect(state.phase == .halfOpen)
    }

    @Test("a moment that was read earlier counts as the latest")
    func timeGoingBack() {
        var state = opened()
        #expect(call(&state, .success, at: start + .seconds(5)))
        #expect(call(&state, .success, at: start))
        #expect(state.phase == .closed)
    }

    @Test("settings out of their range count as the nearest in it")
    func ranges() {
        let settings = CircuitBreakerSettings(
            window: .zero, minimumCalls: 0, failureRatio: .nan, openDuration: .seconds(-1), longestOpenDuration: .zero,
            probes: -1, successesToClose: 0, probeLifetime: .zero)
        let nearest = CircuitBreakerSettings(
            window: .milliseconds(10), minimumCalls: 1, failureRatio: 1, openDuration: .milliseconds(1),
            longestOpenDuration: .milliseconds(1), probes: 1, successesToClose: 1, probeLifetime: .milliseconds(1))
        #expect(settings == nearest)
    }

    @Test("a breaker opens exactly when a list of all calls says so", arguments: UInt64(1)...20)
    func list(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var state = CircuitBreakerState()
        var calls: [(second: Int, failed: Bool)] = []
        var elapsed = 0
        var openings = 0
        for _ in 0..<2_000 {
            if !calls.isEmpty { elapsed += Int.random(in: 0..<1_500, using: &generator) }
            let now = start + .milliseconds(elapsed)
            let failed = Int.random(in: 0..<100, using: &generator) < 38
            #expect(call(&state, failed ? .failure : .success, at: now))
            // Windows begin with their first call and move on by whole seconds.
            calls.append((elapsed / 1_000, failed))
            let recent = calls.filter { $0.second > elapsed / 1_000 - 10 }
            let mustOpen = failed && recent.count >= 10 && recent.count(where: \.failed) * 2 >= recent.count
            #expect((state.phase == .open) == mustOpen)
            guard mustOpen else { continue }
            openings += 1
            state = CircuitBreakerState()
            calls = []
            elapsed = 0
        }
        #expect(openings > 0)
    }
}
