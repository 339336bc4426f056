/// Who a request comes from, once its credential has been checked.
package struct Caller: Sendable, Hashable {
    /// How a caller proved who it is; nothing of it is secret.
    package enum Proof: Sendable, Hashable {
        /// An API key, by its public identifier.
        case apiKey(id: String)
        /// A token, by the configured name of its issuer.
        case token(issuer: String)

        /// What names the credential in logs: the key's identifier, or the issuer's configured name.
        package var name: String {
            switch self {
            case .apiKey(let id): id
            case .token(let issuer): issuer
            }
        }
    }

    /// A stable identifier that is no secret; it names the caller in logs and keys its rate limit.
    ///
    /// It is the same for every credential of one client.
    package let id: String
    /// The name that people gave to the caller.
    package let name: String
    /// The credential that the request carried.
    package let proof: Proof
    /// What the caller may do.
    package let scopes: Set<Scope>
    /// The name of the rate limit that counts the caller's requests; `nil` for the default one.
    package let limitName: String?
    /// What the caller may do it with.
    package let allowList: AllowList

    /// Creates a caller.
    package init(
        id: String, name: String, proof: Proof, scopes: Set<Scope>, limitName: String? = nil,
        allowList: AllowList = AllowList()
    ) {
        self.id = id
        self.name = name
        self.proof = proof
        self.scopes = scopes
        self.limitName = limitName
        self.allowList = allowList
    }

    /// Whether the caller's allow-list lets it use a target.
    package func mayUse(target name: String) -> Bool { allowList.targets.allows(name) }
}
