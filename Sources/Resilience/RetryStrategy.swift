/// When to ask again, and after how long: AWS's standard retry mode as of November 2026.
///
/// A pure function of its arguments: time, randomness and the quota are the caller's. Its figures are those of
/// the AWS SDKs' common specification ("standard" mode): full jitter under an exponential cap.
package struct RetryStrategy: Sendable, Hashable {
    /// How many attempts there are in all, the first one included.
    package var maxAttempts: Int
    /// The first ceiling of the delay after a transient failure.
    package var transientBase: Duration
    /// The first ceiling of the delay after being throttled.
    package var throttlingBase: Duration
    /// The ceiling that the delay never exceeds.
    package var maxDelay: Duration
    /// How far the server's wish may lengthen the computed delay.
    package var serverWishAllowance: Duration

    /// Creates a strategy; every default is AWS's.
    package init(
        maxAttempts: Int = 3, transientBase: Duration = .milliseconds(50), throttlingBase: Duration = .seconds(1),
        maxDelay: Duration = .seconds(20), serverWishAllowance: Duration = .seconds(5)
    ) {
        self.maxAttempts = maxAttempts
        self.transientBase = transientBase
        self.throttlingBase = throttlingBase
        self.maxDelay = maxDelay
        self.serverWishAllowance = serverWishAllowance
    }

    /// Why an attempt failed, as far as asking again goes.
    package enum Failure: Sendable, Hashable {
        /// A server's fault, a lost connection or a timeout.
        case transient
        /// The server asks for less.
        case throttling
    }

    /// How long to wait before the next attempt.
    ///
    /// - Parameters:
    ///   - failedAttempts: How many attempts have failed so far, at least 1.
    ///   - failure: Why the last one failed.
    ///   - serverWish: The delay that the server asked for, where it did (`x-amz-retry-after`).
    ///   - jitter: A random number from 0 up to 1.
    /// - Returns: The delay, or `nil` when there are no attempts left.
    package func delay(
        afterFailedAttempts failedAttempts: Int, failure: Failure, serverWish: Duration?, jitter: Double
    ) -> Duration? {
        guard failedAttempts < maxAttempts else { return nil }
        let base = failure == .throttling ? throttlingBase : transientBase
        // Beyond 2^20 the ceiling has long been reached; the cap keeps the shift defined.
        let growth = 1 << min(max(failedAttempts - 1, 0), 20)
        let computed = min(base * growth, maxDelay) * min(max(jitter, 0), 1)
        guard let serverWish else { return computed }
        return min(max(serverWish, computed), computed + serverWishAllowance)
    }
}
