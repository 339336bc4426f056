package import AWSRuntime
package import Foundation
import Synchronization

/// A clock that stands still until a test moves it.
package final class ManualClock: Sendable {
    private let state: Mutex<(date: Date, instant: ContinuousClock.Instant, slept: [Duration])>

    /// Starts at 2026-11-21T09:00:00Z, or elsewhere.
    package init(date: Date = Date(timeIntervalSince1970: 1_795_251_600)) {
        state = Mutex((date, .now, []))
    }

    /// The wall clock.
    package var date: Date { state.withLock { $0.date } }

    /// The clock that does not jump.
    package var now: ContinuousClock.Instant { state.withLock { $0.instant } }

    /// Every wait that was asked for, in order.
    package var slept: [Duration] { state.withLock { $0.slept } }

    /// Moves both clocks.
    package func advance(by duration: Duration) {
        state.withLock { state in
            state.date += duration / .seconds(1)
            state.instant += duration
        }
    }

    /// Waits by moving the clocks: it takes no time.
    package func sleep(_ duration: Duration) {
        state.withLock { $0.slept.append(duration) }
        advance(by: duration)
    }

    /// This clock as an AWS client's, with dice that always fall alike.
    package func time(jitter: Double = 1) -> AWSClientTime {
        AWSClientTime(
            date: { self.date }, now: { self.now },
            sleep: { duration in
                try Task.checkCancellation()
                self.sleep(duration)
            },
            jitter: { jitter })
    }
}
