package import GatewayCore

/// Whose tokens are taken, and what they are worth here.
package struct TokenIssuer: Sendable, Hashable {
    /// Where the keys come from, and for how long they are used.
    package struct KeySetSettings: Sendable, Hashable {
        /// Where they come from.
        package var source: KeySetSource
        /// How long they are used before they are fetched again.
        package var refresh = Duration.seconds(600)
        /// A PEM file of the certificate authorities to trust for them; the system's when `nil`.
        package var trustRootsPath: String?

        /// Settings with the usual times.
        package init(_ source: KeySetSource) {
            self.source = source
        }
    }

    /// What one of the issuer's own scopes or roles allows here.
    package struct ScopeMapping: Sendable, Hashable {
        /// The issuer's name for it.
        package var external: String
        /// Our scopes.
        package var scopes: Set<Scope>

        /// Maps a name.
        package init(_ external: String, to scopes: Set<Scope>) {
            self.external = external
            self.scopes = scopes
        }
    }

    /// The name that the configuration gives it, 1 to 64 of `[A-Za-z0-9_-]`.
    package var name: String
    /// The `iss` of its tokens, byte for byte.
    package var issuer: String
    /// A token's `aud` has to hold one of these, byte for byte.
    package var audiences: [String]
    /// Its keys.
    package var keySet: KeySetSettings
    /// The algorithms that its tokens may be signed with.
    package var algorithms: Set<SigningAlgorithm> = [.rs256, .es256]
    /// How far its clock may be from ours.
    package var leeway = Duration.seconds(60)
    /// How long a token may live, from `iat` to `exp`; `nil` for any time.
    package var maxLifetime: Duration?
    /// What its scopes allow; with none, its scopes that are named as ours are ours.
    package var scopes: [ScopeMapping] = []
    /// The name of the rate limit of its callers, one by one; `nil` for the default one.
    package var limitName: String?
    /// What its callers may use.
    package var allowList = AllowList()

    /// Creates an issuer with the usual settings.
    package init(name: String, issuer: String, audiences: [String], keySet: KeySetSettings) {
        self.name = name
        self.issuer = issuer
        self.audiences = audiences
        self.keySet = keySet
    }

    /// Our scopes that a token's own ones stand for; those that say nothing here are left out.
    func scopes(for external: [String]) -> Set<Scope> {
        guard !scopes.isEmpty else { return Set(external.compactMap(Scope.init(rawValue:))) }
        return external.reduce(into: []) { result, name in
            for mapping in scopes where mapping.external.isSame(as: name) { result.formUnion(mapping.scopes) }
        }
    }
}
