import Synchronization
import Testing

/// A clock that stands still until a test moves it; who sleeps on it sleeps until then.
final class SteppedClock: Sendable {
    private struct State {
        var now: ContinuousClock.Instant
        var nextID = 0
        var cancelled: Set<Int> = []
        var sleepers: [Int: (end: ContinuousClock.Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var mostSleepers = 0
        var sleeps = 0
    }

    let start: ContinuousClock.Instant
    private let state: Mutex<State>

    init() {
        start = .now
        state = Mutex(State(now: start))
    }

    var now: ContinuousClock.Instant { state.withLock { $0.now } }

    /// How many sleep now, the most that ever did at once, and how often a sleep was begun.
    var sleepers: (now: Int, most: Int, begun: Int) {
        state.withLock { ($0.sleepers.count, $0.mostSleepers, $0.sleeps) }
    }

    func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.now += duration
            let due = state.sleepers.filter { $0.value.end <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.nextID += 1
            state.sleeps += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    guard duration > .zero else { return .success(()) }
                    state.sleepers[id] = (state.now + duration, continuation)
                    state.mostSleepers = max(state.mostSleepers, state.sleepers.count)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}

/// Lets other tasks run until something holds; an issue is recorded if it does not within half a minute.
func eventually(
    _ expectation: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () -> Bool
) async {
    let end = ContinuousClock.now + .seconds(30)
    while !condition() {
        guard ContinuousClock.now < end else {
            Issue.record("never came true: \(expectation)", sourceLocation: sourceLocation)
            return
        }
        await Task.yield()
    }
}
