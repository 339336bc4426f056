internal import Synchronization

/// Keeps the signing keys in use, so that each is derived once a day per credential, region and service.
///
/// It is bounded: when full, the key that was used longest ago gives way, which is how yesterday's go.
package final class SigningKeyCache: Sendable {
    /// Derives the key of a secret access key for a scope.
    package typealias Derivation = @Sendable (_ secretAccessKey: String, _ scope: CredentialScope) -> SigningKey

    private struct Subject: Hashable {
        let accessKeyID: String
        // Part of the name, lest a secret that was replaced under the same access key id sign on.
        let secretAccessKey: String
        let scope: CredentialScope

        // The secret adds nothing to how well these three spread.
        func hash(into hasher: inout Hasher) {
            hasher.combine(accessKeyID)
            hasher.combine(scope.day)
            hasher.combine(scope.service)
        }
    }

    private struct Entry {
        let key: SigningKey
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Subject: Entry] = [:]
        var uses: UInt64 = 0

        mutating func use(_ subject: Subject) -> SigningKey? {
            uses += 1
            guard let index = entries.index(forKey: subject) else { return nil }
            entries.values[index].lastUse = uses
            return entries.values[index].key
        }

        mutating func insert(_ key: SigningKey, for subject: Subject, capacity: Int) {
            if entries[subject] == nil, entries.count >= capacity,
                let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                entries[oldest.key] = nil
            }
            entries[subject] = Entry(key: key, lastUse: uses)
        }
    }

    private let capacity: Int
    private let derive: Derivation
    private let state = Mutex(State())

    /// Creates an empty cache for at most `capacity` keys, at least one.
    ///
    /// `derive` is for those who want to know when a key is derived.
    package init(capacity: Int = 64, derive: @escaping Derivation = SigningKey.init(secretAccessKey:scope:)) {
        self.capacity = max(capacity, 1)
        self.derive = derive
    }

    /// The number of keys held.
    package var count: Int { state.withLock { $0.entries.count } }

    /// The key of the credentials for the scope, derived if it is not held.
    ///
    /// Callers that need the same new key at the same time may each derive it; the lock is not held meanwhile.
    package func key(for credentials: Credentials, scope: CredentialScope) -> SigningKey {
        let subject = Subject(
            accessKeyID: credentials.accessKeyID, secretAccessKey: credentials.secretAccessKey, scope: scope)
        if let key = state.withLock({ $0.use(subject) }) { return key }
        let key = derive(credentials.secretAccessKey, scope)
        state.withLock { $0.insert(key, for: subject, capacity: capacity) }
        return key
    }
}

extension SigningKeyCache: CustomReflectable {
    /// The number of keys and the capacity: the names of the keys contain secrets.
    package var customMirror: Mirror {
        Mirror(self, children: ["count": count, "capacity": capacity], displayStyle: .class)
    }
}
