/// The one moment by which a piece of work must be done; it travels down through every call.
package struct Deadline: Sendable, Hashable, Comparable {
    /// The moment, on the clock that does not jump.
    package let instant: ContinuousClock.Instant

    /// Creates a deadline at a moment.
    package init(_ instant: ContinuousClock.Instant) {
        self.instant = instant
    }

    /// Whether one moment comes before another.
    package static func < (left: Deadline, right: Deadline) -> Bool { left.instant < right.instant }

    /// A deadline that lies `duration` after `now`.
    package static func after(_ duration: Duration, from now: ContinuousClock.Instant = .now) -> Deadline {
        Deadline(now.advanced(by: duration))
    }

    /// How long there is left at `now`, never less than zero.
    package func remaining(at now: ContinuousClock.Instant = .now) -> Duration {
        max(.zero, now.duration(to: instant))
    }

    /// Whether the moment has come.
    package func hasPassed(at now: ContinuousClock.Instant = .now) -> Bool {
        now >= instant
    }

    /// The earlier of this deadline and one that lies `duration` after `now`.
    package func capped(to duration: Duration, from now: ContinuousClock.Instant = .now) -> Deadline {
        Deadline(min(instant, now.advanced(by: duration)))
    }
}
