package import Foundation
package import GatewayCore

/// What is kept of an API key: everything but the key.
package struct APIKeyRecord: Sendable, Hashable {
    /// The key's public identifier.
    package internal(set) var id: String
    /// The name that people gave to the key's holder.
    package let name: String
    /// The SHA-256 digest of the key's whole text: 32 bytes.
    package internal(set) var digest: [UInt8]
    /// What the holder may do.
    package let scopes: Set<Scope>
    /// The name of the limit that counts the holder's requests; `nil` for the default one.
    package let limitName: String?
    /// What the holder may do it with.
    package let allowList: AllowList
    /// When the key was made.
    package internal(set) var createdAt: Date?
    /// From when on the key is refused; `nil` for never.
    package internal(set) var expiresAt: Date?
    /// When the key was revoked; `nil` while it is good.
    package var revokedAt: Date?
    /// The client that the key belongs to, together with its other keys; `nil` for a key that is a client of its own.
    package var client: String?

    /// Creates a record.
    package init(
        id: String, name: String, digest: [UInt8], scopes: Set<Scope>, limitName: String? = nil,
        allowList: AllowList = AllowList(), createdAt: Date? = nil, expiresAt: Date? = nil, revokedAt: Date? = nil
    ) {
        self.id = id
        self.name = name
        self.digest = digest
        self.scopes = scopes
        self.limitName = limitName
        self.allowList = allowList
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    /// Makes a new key and its record.
    package static func create(
        name: String, scopes: Set<Scope>, limitName: String? = nil, allowList: AllowList = AllowList(),
        at now: Date, expiresAt: Date? = nil
    ) -> (key: APIKey, record: APIKeyRecord) {
        let key = APIKey.random()
        let record = APIKeyRecord(
            id: key.id, name: name, digest: key.digest, scopes: scopes, limitName: limitName,
            allowList: allowList, createdAt: now, expiresAt: expiresAt)
        return (key, record)
    }

    /// The caller that a good key stands for.
    package var caller: Caller {
        Caller(
            id: client ?? id, name: name, proof: .apiKey(id: id), scopes: scopes, limitName: limitName,
            allowList: allowList)
    }
}
