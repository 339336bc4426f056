/// What a limiter says of one request, in the units that the answer's headers need.
package struct RateLimitDecision: Sendable, Hashable {
    /// The limit that counted the request.
    package let limit: RateLimit
    /// Whether the request may pass.
    package let isAllowed: Bool
    /// How many more requests could pass now.
    package let remaining: Int
    /// After how long one more could pass than could now; never zero.
    package let nextIn: Duration
    /// Whether the request was counted; of one that was not, nothing is known but whether it may pass.
    package let isCounted: Bool

    /// Creates a decision about a request that was counted.
    package init(limit: RateLimit, isAllowed: Bool, remaining: Int, nextIn: Duration) {
        self.limit = limit
        self.isAllowed = isAllowed
        self.remaining = remaining
        self.nextIn = nextIn
        isCounted = true
    }

    /// Creates a decision about a request that could not be counted; it may be tried again after `nextIn`.
    package init(uncounted limit: RateLimit, isAllowed: Bool, nextIn: Duration) {
        self.limit = limit
        self.isAllowed = isAllowed
        remaining = 0
        self.nextIn = nextIn
        isCounted = false
    }

    /// Reads GCRA's decision.
    package init(limit: RateLimit, decision: GCRA.Decision) {
        switch decision {
        case .allowed(let remaining, let nextIn):
            self.init(limit: limit, isAllowed: true, remaining: remaining, nextIn: .nanoseconds(nextIn))
        case .limited(let retryAfter):
            self.init(limit: limit, isAllowed: false, remaining: 0, nextIn: .nanoseconds(retryAfter))
        }
    }

    /// ``nextIn`` in whole seconds, rounded up, at least 1: a request sent then is not too early.
    package var nextInSeconds: Int64 {
        let (seconds, attoseconds) = nextIn.components
        return max(1, seconds + (attoseconds > 0 ? 1 : 0))
    }

    /// The `RateLimit-Policy` field (draft-ietf-httpapi-ratelimit-headers): the name quoted, quota and window.
    package var policyField: String {
        let (seconds, attoseconds) = limit.window.components
        return "\"\(limit.name)\";q=\(limit.quota);w=\(max(1, seconds + (attoseconds > 0 ? 1 : 0)))"
    }

    /// The `RateLimit` field: what remains, and the seconds until there is one more.
    package var limitField: String {
        "\"\(limit.name)\";r=\(remaining);t=\(nextInSeconds)"
    }
}

/// Counts requests against limits.
///
/// ``InMemoryRateLimiter`` counts for one instance, ``RedisRateLimiter`` for all that share a store.
package protocol RateLimiter: Sendable {
    /// Counts one request of `key` against `limit`.
    ///
    /// - Parameters:
    ///   - key: The caller's identifier.
    ///   - limit: The limit that applies to it.
    /// - Returns: Whether it may pass, and what remains.
    func consume(key: String, limit: RateLimit) async -> RateLimitDecision
}
