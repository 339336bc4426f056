/// How a store of rate limits stands.
package struct RateLimitStoreStatus: Sendable, Hashable {
    /// Why it does not count now; `nil` while it does.
    package let failure: RedisError?

    /// Whether it counts.
    package var isUp: Bool { failure == nil }

    /// Creates a status.
    package init(failure: RedisError?) {
        self.failure = failure
    }
}
