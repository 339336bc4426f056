/// A bucket that fills with time up to its burst, kept as one moment: that at which it is full.
///
/// Each token taken moves the moment on by the time of one token, so that no fraction is ever lost to rounding.
struct TokenBucket: Sendable {
    /// The time of one token.
    let interval: Duration
    private let burst: Int
    private var fullAt: ContinuousClock.Instant?

    /// Creates a full bucket.
    init(burst: Int, interval: Duration) {
        self.burst = burst
        self.interval = interval
    }

    /// How many whole tokens there are at `now`.
    func tokens(at now: ContinuousClock.Instant) -> Int {
        guard let fullAt, fullAt > now else { return burst }
        let missing = now.duration(to: fullAt).attoseconds
        let time = interval.attoseconds
        return max(0, burst - Int(clamping: (missing + time - 1) / time))
    }

    /// The moment from `now` on at which there have been as many tokens as `count`, if none is taken before.
    func moment(ofToken count: Int, at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let full = max(fullAt ?? now, now)
        return max(now, full.advanced(by: interval * (count - burst)))
    }

    /// Takes tokens that are there.
    mutating func take(_ count: Int = 1, at now: ContinuousClock.Instant) {
        fullAt = max(fullAt ?? now, now).advanced(by: interval * count)
    }

    /// Gives one token back; a full bucket stays as it is.
    mutating func giveBack() {
        fullAt = fullAt?.advanced(by: .zero - interval)
    }
}
