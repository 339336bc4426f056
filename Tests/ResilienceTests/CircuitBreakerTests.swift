import Dispatch
import GatewayTestSupport
import Resilience
import Synchronization
import Testing

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private final class Log<Entry: Sendable>: Sendable {
        private let entries = Mutex<[Entry]>([])
        var all: [Entry] { entries.withLock { $0 } }
        func append(_ entry: Entry) { entries.withLock { $0.append(entry) } }
    }

    private let start = ContinuousClock.now

    private func fail(_ breaker: CircuitBreaker, times: Int, at now: ContinuousClock.Instant) {
        for _ in 0..<times { end(breaker, .failure, at: now) }
    }

    private func end(_ breaker: CircuitBreaker, _ outcome: CircuitOutcome, at now: ContinuousClock.Instant) {
        guard case .admitted(let permit) = breaker.admit(at: now) else { return }
        breaker.record(outcome, for: permit, at: now)
    }

    @Test("each change of phase is told once and in order")
    func changes() {
        let log = Log<CircuitPhase>()
        let breaker = CircuitBreaker { log.append($0) }
        fail(breaker, times: 50, at: start)
        fail(breaker, times: 1, at: start + .seconds(5))
        for _ in 0..<5 { end(breaker, .success, at: start + .seconds(15)) }
        #expect(log.all == [.open, .halfOpen, .open, .halfOpen, .closed])
        #expect(breaker.phase(at: start + .seconds(15)) == .closed)
    }

    @Test("a breaker can be asked and told while it tells of a change")
    func outsideTheLock() {
        let log = Log<CircuitPhase>()
        let seen = Log<CircuitPhase>()
        let held = Mutex<CircuitBreaker?>(nil)
        let now = start
        let breaker = CircuitBreaker { phase in
            log.append(phase)
            guard let breaker = held.withLock({ $0 }) else { return }
            seen.append(breaker.phase(at: now))
            guard phase == .open, log.all.count == 1 else { return }
            // A change within a change is told after it.
            _ = breaker.admit(at: now + .seconds(5))
        }
        held.withLock { $0 = breaker }
        fail(breaker, times: 10, at: now)
        held.withLock { $0 = nil }
        #expect(log.all == [.open, .halfOpen])
        #expect(seen.all == [.open, .halfOpen])
    }

    @Test("asking for the time to wait tells of no change and takes no permit")
    func asking() {
        let log = Log<CircuitPhase>()
        let breaker = CircuitBreaker { log.append($0) }
        #expect(breaker.retryAfter(at: start) == nil)
        fail(breaker, times: 10, at: start)
        #expect(breaker.retryAfter(at: start + .seconds(2)) == .seconds(3))
        #expect(breaker.retryAfter(at: start + .seconds(5)) == nil)
        #expect(breaker.phase(at: start + .seconds(5)) == .halfOpen)
        #expect(log.all == [.open])
    }

    @Test("however many threads call, changes follow one another as they may", arguments: [1, 3])
    func threads(limit: Int) {
        let log = Log<CircuitPhase>()
        let tick = Atomic<Int>(0)
        let settings = CircuitBreakerSettings(
            openDuration: .milliseconds(50), longestOpenDuration: .milliseconds(50), probes: limit)
        let breaker = CircuitBreaker(settings: settings) { log.append($0) }
        let start = start
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            var generator = SplitMix64(seed: UInt64(thread))
            for _ in 0..<4_000 {
                let count = tick.add(1, ordering: .relaxed).newValue
                let now = start + .milliseconds(count)
                guard case .admitted(let permit) = breaker.admit(at: now) else { continue }
                let isUp = (count / 400).isMultiple(of: 2)
                let outcome: CircuitOutcome = Int.random(in: 0..<10, using: &generator) == 0 ? .abandoned : .success
                breaker.record(isUp ? outcome : .failure, for: permit, at: now)
            }
        }
        let phases = [.closed] + log.all
        #expect(phases.count > 10)
        for (before, after) in zip(phases, phases.dropFirst()) {
            switch (before, after) {
            case (.closed, .open), (.open, .halfOpen), (.halfOpen, .open), (.halfOpen, .closed): break
            default: Issue.record("from \(before) to \(after)")
            }
        }
    }

    @Test("of many threads that ask at once, as many get a probe's place as there are", arguments: [1, 3])
    func probes(limit: Int) {
        let breaker = CircuitBreaker(settings: CircuitBreakerSettings(probes: limit))
        fail(breaker, times: 10, at: start)
        let admitted = Atomic<Int>(0)
        let now = start + .seconds(5)
        DispatchQueue.concurrentPerform(iterations: 64) { _ in
            if case .admitted = breaker.admit(at: now) { admitted.add(1, ordering: .relaxed) }
        }
        #expect(admitted.load(ordering: .relaxed) == limit)
    }
}
