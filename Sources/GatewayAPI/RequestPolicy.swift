package import Authentication
package import GatewayCore
package import RateLimiting

/// The rules for callers, as they are at one moment; a request reads them once and sees no other.
package struct RequestPolicy: Sendable {
    /// Who is known.
    package var authenticators: AuthenticatorChain
    /// The names of the configured targets.
    package var targetNames: [String]
    /// Which pages may read the answers in a browser.
    package var cors: CORSPolicy
    /// Which address a request counts as coming from.
    package var addresses = ClientAddressPolicy()
    /// How often an address may fail to authenticate; `nil` for as often as it likes.
    package var failureLimit: RateLimit?
    /// Where cancels are switched off.
    package var readOnly = ReadOnlyPolicy()
    private let limits: [String: RateLimit]
    private let defaultLimit: RateLimit

    /// Creates a policy.
    ///
    /// - Parameters:
    ///   - authenticators: Who is known.
    ///   - limits: The named limits.
    ///   - defaultLimit: The limit of callers that name none.
    ///   - targetNames: The names of the configured targets.
    ///   - cors: Which pages may read the answers in a browser.
    package init(
        authenticators: AuthenticatorChain, limits: [RateLimit], defaultLimit: RateLimit,
        targetNames: [String] = ["default"], cors: CORSPolicy = CORSPolicy()
    ) {
        self.authenticators = authenticators
        self.targetNames = targetNames
        self.cors = cors
        self.limits = Dictionary(limits.map { ($0.name, $0) }) { $1 }
        self.defaultLimit = defaultLimit
    }

    /// The limit that counts a caller's requests; the default one where its name is not known.
    package func limit(for caller: Caller) -> RateLimit {
        caller.limitName.flatMap { limits[$0] } ?? defaultLimit
    }

    /// The names of the configured targets that a caller may use, sorted.
    package func targetNames(for caller: Caller) -> [String] {
        targetNames.filter(caller.mayUse(target:)).sorted()
    }
}
