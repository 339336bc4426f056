import GatewayCore
package import RateLimiting

/// Counts failed authentications by client address, so that a flood of bad credentials costs little.
///
/// It does not guard keys against guessing, which their length does: it bounds noise and the cost of signature checks.
/// So it never stands in the way of a credential that is known to be good without one; who shares an address with a
/// bad neighbour is not locked out.
package struct FailedAuthenticationLimiter: Sendable {
    private let limiter: InMemoryRateLimiter

    /// Counts in `limiter`, which counts nothing else.
    package init(_ limiter: InMemoryRateLimiter = InMemoryRateLimiter()) {
        self.limiter = limiter
    }

    /// After how long the address may fail again; `nil` while it may fail now.
    ///
    /// Asking counts nothing.
    func pause(of address: String?, limit: RateLimit?) -> Duration? {
        guard let limit else { return nil }
        let decision = limiter.peekNow(key: Self.key(of: address), limit: limit)
        return decision.isAllowed ? nil : decision.nextIn
    }

    /// Counts a failure.
    ///
    /// - Returns: `nil` where the address may fail so; after how long it may fail again where it has failed too often.
    func count(_ address: String?, limit: RateLimit?) -> Duration? {
        guard let limit else { return nil }
        let decision = limiter.consumeNow(key: Self.key(of: address), limit: limit)
        return decision.isAllowed ? nil : decision.nextIn
    }

    /// Forgets the addresses that no longer matter, and gives their memory back.
    package func sweep() {
        limiter.sweep()
    }

    /// Whom an address counts for; connections without one count together.
    private static func key(of address: String?) -> String {
        guard let address else { return "" }
        return address.utf8.contains(UInt8(ascii: ":")) ? IPAddress(address)?.allotment ?? address : address
    }
}
