package import Foundation
package import GatewayCore

/// Checks API keys against the records of a key file.
package struct APIKeyAuthenticator: Authenticator {
    private let records: [String: APIKeyRecord]

    /// Creates an authenticator that knows these keys.
    package init(_ records: [APIKeyRecord]) {
        self.records = Dictionary(records.map { ($0.id, $0) }) { first, _ in first }
    }

    /// Checks a key: shape, record, digest, revocation, expiry, in this order.
    ///
    /// The digest is compared in constant time, and an unknown identifier costs the same comparison, so that the
    /// time of an answer tells nothing about the file's contents.
    package func authenticate(
        _ credential: PresentedCredential, at now: Date
    ) async throws(AuthenticationFailure) -> Caller? {
        guard case .bearer(let text) = credential, let key = APIKey(text.expose()) else { return nil }
        let record = records[key.id]
        let isEqual = Self.isEqual(key.digest, record?.digest ?? Self.noDigest)
        guard let record, isEqual else { throw .unknown }
        guard record.revokedAt == nil else { throw .revoked(id: key.id) }
        if let expiresAt = record.expiresAt, now >= expiresAt { throw .expired(id: key.id) }
        return record.caller
    }

    private static let noDigest = [UInt8](repeating: 0, count: 32)

    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
