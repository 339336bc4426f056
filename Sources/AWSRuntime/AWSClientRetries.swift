package import Resilience

/// How patient a client is: when it asks again, what it pays for that, and how long one attempt may take.
package struct AWSClientRetries: Sendable {
    /// When to ask again, and after how long.
    package var strategy: RetryStrategy
    /// What retries are paid from; one for all calls of a client.
    package var quota: RetryQuota
    /// How long one attempt may take; as long as the call has when `nil`.
    package var attemptTimeout: Duration?

    /// Creates a full quota and AWS's standard strategy, unless told otherwise.
    package init(
        strategy: RetryStrategy = RetryStrategy(), quota: RetryQuota = RetryQuota(), attemptTimeout: Duration? = nil
    ) {
        self.strategy = strategy
        self.quota = quota
        self.attemptTimeout = attemptTimeout
    }
}
