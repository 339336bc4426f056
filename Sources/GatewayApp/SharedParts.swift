package import RateLimiting

/// What outlives a change of the configuration: all that counts, remembers or holds connections.
package struct SharedParts: Sendable {
    /// Counts the callers' requests.
    package let limiter: any RateLimiter
    /// The names of the targets that the gateway runs with.
    package let targetNames: [String]

    /// Puts the parts together.
    package init(limiter: any RateLimiter, targetNames: [String]) {
        self.limiter = limiter
        self.targetNames = targetNames
    }
}
