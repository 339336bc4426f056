package import Foundation

/// The clocks, the waiting and the dice of a client, so that a test can hold them.
package struct AWSClientTime: Sendable {
    /// The wall clock, for signatures.
    package var date: @Sendable () -> Date
    /// The clock that does not jump, for deadlines.
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Waits; throws when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void
    /// A random number from 0 up to 1.
    package var jitter: @Sendable () -> Double

    /// Creates a set of clocks.
    package init(
        date: @escaping @Sendable () -> Date, now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void, jitter: @escaping @Sendable () -> Double
    ) {
        self.date = date
        self.now = now
        self.sleep = sleep
        self.jitter = jitter
    }

    /// The system's.
    package static let system = AWSClientTime(
        date: { Date() }, now: { .now }, sleep: { try await Task.sleep(for: $0) }, jitter: { .random(in: 0..<1) })
}
