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
    /// The keys that tokens are checked with.
    package let keySets: KeySets
    /// The names of the targets that the gateway runs with.
    package let targetNames: [String]

    /// Puts the parts together.
    package init(
        limiter: any RateLimiter, failures: FailedAuthenticationLimiter = FailedAuthenticationLimiter(),
        keyUsage: KeyUsage = KeyUsage(), keySets: KeySets, targetNames: [String]
    ) {
        self.limiter = limiter
        self.failures = failures
        self.keyUsage = keyUsage
        self.keySets = keySets
        self.targetNames = targetNames
    }
}
