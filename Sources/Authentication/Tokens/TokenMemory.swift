import Crypto
package import GatewayCore
import Synchronization

/// The SHA-256 digest of a token: it stands for the token without giving it away.
package struct TokenDigest: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Digests a token's text.
    package init(_ text: String) {
        var text = text
        var hasher = SHA256()
        text.withUTF8 { unsafe hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        let digest = hasher.finalize()
        words = unsafe digest.withUnsafeBytes { bytes in
            unsafe (
                bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
                bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
            )
        }
    }

    /// A number that is spread evenly, to divide the tokens by.
    var bucket: UInt64 { words.3 }

    /// Whether the digests are the same.
    package static func == (left: TokenDigest, right: TokenDigest) -> Bool { left.words == right.words }

    /// Feeds a part of the digest, which is spread evenly as it is.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}

/// Tokens that were checked not long ago, so that one that comes often costs no signature check each time.
///
/// It holds at most ``capacity`` of them, the ones that were used last. An entry tells of which key set it is; the
/// holder of the keys says whether that one is still in force.
package final class TokenMemory: Sendable {
    /// What is known of a token.
    package struct Entry: Sendable {
        /// Who bears it.
        package var caller: Caller
        /// From when on it is good, in seconds since 1970.
        package var notBefore: Double?
        /// Until when it is known.
        package var until: Double
        /// The place of its issuer in the configuration.
        package var issuer: Int
        /// The key set that it was checked with.
        package var generation: UInt64

        /// Puts the parts together.
        package init(caller: Caller, notBefore: Double?, until: Double, issuer: Int, generation: UInt64) {
            self.caller = caller
            self.notBefore = notBefore
            self.until = until
            self.issuer = issuer
            self.generation = generation
        }
    }

    /// Two tables, of which the tokens in use are always in the young one.
    ///
    /// When that is full the old one is thrown away, and the young one is the old one from then on. So the tokens that
    /// are not used go, without any list of uses.
    private struct Shard {
        var young: [TokenDigest: Entry] = [:]
        var old: [TokenDigest: Entry] = [:]

        mutating func entry(_ digest: TokenDigest, limit: Int) -> Entry? {
            if let entry = young[digest] { return entry }
            guard let entry = old.removeValue(forKey: digest) else { return nil }
            insert(entry, digest, limit: limit)
            return entry
        }

        mutating func insert(_ entry: Entry, _ digest: TokenDigest, limit: Int) {
            if young.count >= limit, young[digest] == nil {
                old = young
                young = [:]
            }
            young[digest] = entry
        }
    }

    private final class LockedShard: Sendable {
        let value = Mutex(Shard())
    }

    /// How many tokens are held at most.
    package let capacity: Int
    private let limit: Int
    private let shards: [LockedShard]

    /// Creates an empty memory.
    ///
    /// - Parameters:
    ///   - capacity: How many tokens it holds at most, at least 2 for each of its shards.
    ///   - shards: How many parts it has, each with a lock of its own.
    package init(capacity: Int = 16_384, shards: Int = 16) {
        limit = max(1, capacity / shards / 2)
        self.capacity = limit * shards * 2
        self.shards = (0..<shards).map { _ in LockedShard() }
    }

    /// How many tokens are held now.
    package var count: Int {
        shards.reduce(0) { $0 + $1.value.withLock { $0.young.count + $0.old.count } }
    }

    /// What is known of a token.
    package func entry(_ digest: TokenDigest) -> Entry? {
        shard(digest).value.withLock { $0.entry(digest, limit: limit) }
    }

    /// Remembers a token.
    package func insert(_ entry: Entry, _ digest: TokenDigest) {
        shard(digest).value.withLock { $0.insert(entry, digest, limit: limit) }
    }

    /// Forgets a token.
    package func remove(_ digest: TokenDigest) {
        shard(digest).value.withLock { shard in
            shard.young[digest] = nil
            shard.old[digest] = nil
        }
    }

    private func shard(_ digest: TokenDigest) -> LockedShard {
        shards[Int(digest.bucket % UInt64(shards.count))]
    }
}
