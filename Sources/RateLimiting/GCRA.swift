/// The generic cell rate algorithm: a leaky bucket kept as one number, the theoretical arrival time.
///
/// A request conforms when it comes no earlier than the theoretical arrival time less the burst tolerance. It is
/// a pure function: time is an argument, in nanoseconds of any clock that does not go back.
/// Source: ITU-T I.371, virtual scheduling form.
///
/// No caller owes more than a whole burst: an arrival time further off than that comes from a limit that was changed or
/// from a clock that was set back, and counts as a bucket that is just empty.
package enum GCRA {
    /// What came of one request.
    package enum Decision: Sendable, Hashable {
        /// The request may pass.
        ///
        /// `remaining` more could pass now; one more than that after `nextIn` nanoseconds.
        case allowed(remaining: Int, nextIn: Int64)
        /// The request may not pass before `retryAfter` nanoseconds have gone by.
        case limited(retryAfter: Int64)
    }

    /// Decides one request.
    ///
    /// - Parameters:
    ///   - limit: The limit that counts it.
    ///   - arrival: The caller's theoretical arrival time; `nil` for one that was not seen before.
    ///   - now: The time of the request.
    /// - Returns: The decision, and the caller's theoretical arrival time from now on.
    package static func decide(_ limit: RateLimit, arrival: Int64?, now: Int64) -> (Decision, arrival: Int64) {
        let interval = limit.emissionInterval
        let burstTolerance = interval * Int64(limit.burst - 1)
        let theoretical = min(max(arrival ?? now, now), now + burstTolerance + interval)
        let early = theoretical - now - burstTolerance
        guard early <= 0 else {
            return (.limited(retryAfter: early), theoretical)
        }
        let next = theoretical + interval
        // What the burst still holds, in whole requests, and how far the next whole one is away.
        let slack = burstTolerance + interval - (next - now)
        let remaining = slack / interval
        let nextIn = interval - slack % interval
        return (.allowed(remaining: Int(remaining), nextIn: nextIn), next)
    }
}
