/// Who a request comes from, once its credential has been checked.
package struct Caller: Sendable, Hashable {
    /// A stable identifier that is no secret; it names the caller in logs and keys its rate limit.
    package let id: String
    /// The name that people gave to the caller.
    package let name: String
    /// What the caller may do.
    package let scopes: Set<Scope>
    /// The name of the rate limit that counts the caller's requests; `nil` for the default one.
    package let limitName: String?
    /// The names of the targets that the caller may use; `nil` for all of them.
    package let allowedTargets: Set<String>?

    /// Creates a caller.
    package init(
        id: String, name: String, scopes: Set<Scope>, limitName: String? = nil, allowedTargets: Set<String>? = nil
    ) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.limitName = limitName
        self.allowedTargets = allowedTargets
    }

    /// Whether the caller's allow-list lets it use a target.
    package func mayUse(target name: String) -> Bool { allowedTargets?.contains(name) ?? true }
}
