package import Authentication
package import GatewayAPI
package import RateLimiting

/// What outlives a change of the configuration: all that counts, remembers or holds connections.
package struct SharedParts: Sendable {
    /// Counts the callers' requests.
    package let limiter: any RateLimiter
    /// Counts failed authentications.
    package let failures: FailedAuthenticationLimiter
    /// When each key was last used.
    package let keyUsage: KeyUsage
    /// The names of the targets that the gateway runs with.
    package let targetNames: [String]

    /// Puts the parts together.
    package init(
        limiter: any RateLimiter, failures: FailedAuthenticationLimiter = FailedAuthenticationLimiter(),
        keyUsage: KeyUsage = KeyUsage(), targetNames: [String]
    ) {
        self.limiter = limiter
        self.failures = failures
        self.keyUsage = keyUsage
        self.targetNames = targetNames
    }
}
