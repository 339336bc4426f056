/// When a circuit breaker opens, how long it stays open, and what closes it again.
///
/// A figure outside its range counts as the nearest one in it.
package struct CircuitBreakerSettings: Sendable, Hashable {
    /// How far back calls are counted, at least 10 ms.
    package let window: Duration
    /// How many calls the window must hold before their failures say anything, at least 1.
    package let minimumCalls: Int
    /// The share of failed calls in the window that opens the breaker, from 0.01 to 1.
    package let failureRatio: Double
    /// How long the breaker rejects every call once it opens, at least 1 ms.
    package let openDuration: Duration
    /// How long it rejects at most after failed probes in a row, at least ``openDuration``.
    package let longestOpenDuration: Duration
    /// How many probes may be under way at once while half-open, at least 1.
    package let probes: Int
    /// How many probes must succeed in a row to close the breaker, at least 1.
    package let successesToClose: Int
    /// After how long a probe that has not reported loses its place, at least 1 ms.
    package let probeLifetime: Duration

    /// Creates settings.
    ///
    /// The defaults are for an upstream that answers in well under a second and is asked a few times a second:
    /// ten calls in ten seconds are enough to tell an outage from bad luck, half of them failing is more than
    /// retries can make good, and an upstream that comes back is found within five to ten seconds. A probe keeps
    /// its place for the first open time and thirty seconds more, which is longer than a call may take.
    package init(
        window: Duration = .seconds(10), minimumCalls: Int = 10, failureRatio: Double = 0.5,
        openDuration: Duration = .seconds(5), longestOpenDuration: Duration = .seconds(10), probes: Int = 1,
        successesToClose: Int = 2, probeLifetime: Duration = .seconds(35)
    ) {
        self.window = max(window, .milliseconds(10))
        self.minimumCalls = max(minimumCalls, 1)
        self.failureRatio = failureRatio.isNaN ? 1 : min(max(failureRatio, 0.01), 1)
        self.openDuration = max(openDuration, .milliseconds(1))
        self.longestOpenDuration = max(longestOpenDuration, self.openDuration)
        self.probes = max(probes, 1)
        self.successesToClose = max(successesToClose, 1)
        self.probeLifetime = max(probeLifetime, .milliseconds(1))
    }
}
