import AWSRuntime
import Foundation
import Synchronization
import Testing

/// A clock that stands still until a test moves it; who sleeps on it sleeps until then, or until cancelled.
final class HeldClock: Sendable {
    private struct State {
        var date = Date(timeIntervalSince1970: 1_795_251_600)
        var instant = ContinuousClock.Instant.now
        var lastID = 0
        var sleepers: [Int: (end: ContinuousClock.Instant, continuation: CheckedContinuation<Void, any Error>)] = [:]
    }

    private let state = Mutex(State())

    /// The wall clock; it starts at 2026-11-21T09:00:00Z.
    var date: Date { state.withLock { $0.date } }

    /// The clock that does not jump.
    var now: ContinuousClock.Instant { state.withLock { $0.instant } }

    /// How many sleep now.
    var sleepers: Int { state.withLock { $0.sleepers.count } }

    /// Moves both clocks and wakes whose time has come.
    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.date += duration / .seconds(1)
            state.instant += duration
            let due = state.sleepers.filter { $0.value.end <= state.instant }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    /// Sets the wall clock alone, as an operator or a time server does.
    func setWallClock(by seconds: TimeInterval) {
        state.withLock { $0.date += seconds }
    }

    /// This clock as an AWS client's, with dice that always fall alike.
    func time(jitter: Double = 1) -> AWSClientTime {
        AWSClientTime(
            date: { self.date }, now: { self.now }, sleep: { try await self.sleep($0) }, jitter: { jitter })
    }

    private func sleep(_ duration: Duration) async throws {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    guard !Task.isCancelled else { return .failure(CancellationError()) }
                    guard duration > .zero else { return .success(()) }
                    state.sleepers[id] = (state.instant + duration, continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
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
