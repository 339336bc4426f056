import Authentication
import GatewayAPI
import RateLimiting

/// Makes the rules for callers of a configuration and its keys.
package struct PolicyAssembly: Sendable {
    private let parts: SharedParts

    /// Makes policies that lean on `parts`.
    package init(_ parts: SharedParts) {
        self.parts = parts
    }

    /// The policy of a configuration.
    ///
    /// - Throws: ``ConfigurationError`` when there is no limit called `default`.
    func policy(
        of configuration: GatewayConfiguration, keys: [APIKeyRecord]
    ) throws(ConfigurationError) -> RequestPolicy {
        guard let defaultLimit = configuration.limits.first(where: { $0.name == GatewayConfiguration.defaultLimitName })
        else { throw ConfigurationError(problems: ["there is no limit `default`"]) }
        // Keys first: they cost the least, and nothing of one looks like a token.
        var authenticators: [any Authenticator] = [APIKeyAuthenticator(keys, usage: parts.keyUsage)]
        if let tokens = parts.keySets.authenticator(for: configuration.issuers) { authenticators.append(tokens) }
        var policy = RequestPolicy(
            authenticators: AuthenticatorChain(authenticators), limits: configuration.limits,
            defaultLimit: defaultLimit, targetNames: parts.targetNames, cors: configuration.cors)
        policy.addresses = configuration.addresses
        policy.failureLimit = configuration.failureLimit
        policy.readOnly = configuration.readOnly
        return policy
    }
}
