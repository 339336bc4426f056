/// How much an upstream may be asked, and how long calls wait for their turn.
///
/// A figure outside its range counts as the nearest one in it. The figures that stand unless set are those of an
/// AWS account's throttle of the DMS API: a burst of 200, and 8 more each second.
package struct BudgetSettings: Sendable, Hashable {
    /// How many tokens there are when nothing was asked for long, from 1 to 1,000,000.
    package let burst: Int
    /// How many tokens are added each second, from 0.001 to 1,000,000; fractions count.
    package let refillPerSecond: Double
    /// How long ordinary work waits for a token at most, from nothing to an hour.
    package let longestWait: Duration
    /// How long urgent work waits for a token at most, from nothing to an hour.
    package let longestUrgentWait: Duration

    /// Creates settings.
    package init(
        burst: Int = 200, refillPerSecond: Double = 8, longestWait: Duration = .seconds(1),
        longestUrgentWait: Duration = .seconds(5)
    ) {
        self.burst = min(max(burst, 1), 1_000_000)
        self.refillPerSecond = refillPerSecond.isNaN ? 0.001 : min(max(refillPerSecond, 0.001), 1_000_000)
        self.longestWait = min(max(longestWait, .zero), .seconds(3_600))
        self.longestUrgentWait = min(max(longestUrgentWait, .zero), .seconds(3_600))
    }

    /// The time of one token, in whole nanoseconds, rounded up so that no more is given than was set.
    package var tokenInterval: Duration {
        .nanoseconds(Int64((1_000_000_000 / refillPerSecond).rounded(.up)))
    }

    /// How long work of `priority` waits at most.
    package func longestWait(of priority: BudgetPriority) -> Duration {
        switch priority {
        case .ordinary: longestWait
        case .urgent: longestUrgentWait
        }
    }
}
