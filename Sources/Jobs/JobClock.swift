/// The clock that waiting for a job goes by, so that a test can hold it.
package struct JobClock: Sendable {
    /// The time, on a clock that does not jump.
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Waits; `false` when the wait was cut short, because the task is cancelled or the program is shutting down.
    package var sleep: @Sendable (Duration) async -> Bool

    /// Creates a clock.
    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant, sleep: @escaping @Sendable (Duration) async -> Bool
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The system's.
    package static let system = JobClock(
        now: { .now },
        sleep: { duration in
            do {
                try await Task.sleep(for: duration)
                return true
            } catch {
                return false
            }
        })
}
