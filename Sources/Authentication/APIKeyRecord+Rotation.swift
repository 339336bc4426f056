package import Foundation

extension APIKeyRecord {
    /// Why a key cannot be rotated.
    package enum RotationProblem: Error, Sendable, Hashable {
        /// It was revoked.
        case revoked
        /// Its time is over.
        case expired
        /// It expires, and how long its successor should live is not known: it has no `createdAt`.
        case unknownLifetime
    }

    /// Makes a key that takes this one's place, and ends this one after an overlap.
    ///
    /// The new key has everything that the old one has; only its identifier, its digest and its dates are its own.
    /// Both belong to one client, for which this key's identifier serves where none was named, so that the caller
    /// stays the same in logs and limits.
    ///
    /// - Parameters:
    ///   - now: When the key is made.
    ///   - overlap: How long this key stays good, at the most; it never lives longer than it would have.
    ///   - expiresAt: When the new key expires; where it is `nil`, it lives as long as this one was made to live.
    /// - Returns: The new key and its record.
    /// - Throws: ``RotationProblem`` for a key that is not good at `now`; then it is as it was.
    package mutating func rotate(
        at now: Date, overlap: Duration, expiresAt: Date? = nil
    ) throws(RotationProblem) -> (key: APIKey, record: APIKeyRecord) {
        guard revokedAt == nil else { throw .revoked }
        if let end = self.expiresAt, now >= end { throw .expired }
        let newEnd = if let expiresAt { expiresAt } else { try successorsEnd(from: now) }
        client = client ?? id
        let key = APIKey.random()
        var record = self
        record.id = key.id
        record.digest = key.digest
        record.createdAt = now
        record.expiresAt = newEnd
        let end = now.addingTimeInterval(overlap / .seconds(1))
        self.expiresAt = min(self.expiresAt ?? end, end)
        return (key, record)
    }

    /// As long a life as this key was given, counted from `now`; `nil` for one without end.
    private func successorsEnd(from now: Date) throws(RotationProblem) -> Date? {
        guard let expiresAt else { return nil }
        guard let createdAt, createdAt < expiresAt else { throw .unknownLifetime }
        return now.addingTimeInterval(expiresAt.timeIntervalSince(createdAt))
    }
}
