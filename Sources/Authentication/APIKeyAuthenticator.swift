package import Foundation
package import GatewayCore

/// Checks API keys against the records of a key file.
package struct APIKeyAuthenticator: Authenticator {
    private let entries: [String: Entry]

    /// What a check needs, made once so that the check makes nothing.
    private struct Entry: Sendable {
        let record: APIKeyRecord
        let caller: Caller
        let usage: KeyUsage.Mark
    }

    /// Creates an authenticator that knows these keys; of two with one identifier, the first.
    ///
    /// - Parameters:
    ///   - records: The keys.
    ///   - usage: Learns when each was last used.
    package init(_ records: [APIKeyRecord], usage: KeyUsage = KeyUsage()) {
        let entries = records.map { record in
            (record.id, Entry(record: record, caller: record.caller, usage: usage.mark(of: record.id)))
        }
        self.entries = Dictionary(entries) { first, _ in first }
    }

    /// Checks a key: shape, record, digest, revocation, expiry, in this order.
    ///
    /// It is cheap in every case, so `mayVerify` does not matter. The digest is compared in constant time, and an
    /// unknown identifier costs the same comparison, so that the time of an answer tells nothing about the file's
    /// contents.
    package func authenticate(
        _ credential: PresentedCredential, at now: Date, mayVerify: Bool
    ) async throws(AuthenticationFailure) -> Caller? {
        guard case .bearer(let text) = credential, let key = APIKey(text.expose()) else { return nil }
        let entry = entries[key.id]
        let isEqual = Self.isEqual(key.digest, entry?.record.digest ?? Self.noDigest)
        guard let entry, isEqual else { throw .unknown }
        guard entry.record.revokedAt == nil else { throw .revoked(id: key.id) }
        if let expiresAt = entry.record.expiresAt, now >= expiresAt { throw .expired(id: key.id) }
        entry.usage.note(now)
        return entry.caller
    }

    private static let noDigest = [UInt8](repeating: 0, count: 32)

    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
