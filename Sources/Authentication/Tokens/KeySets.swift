import Synchronization

/// The key sets of all issuers: one cache for each, which outlives a change of the configuration that leaves it alone.
package final class KeySets: Sendable {
    /// How one issuer's key set stands.
    package struct Status: Sendable, Hashable {
        /// The issuer's name.
        package var issuer: String
        /// Its key set.
        package var keySet: KeySetStatus

        /// Puts the parts together.
        package init(issuer: String, keySet: KeySetStatus) {
            self.issuer = issuer
            self.keySet = keySet
        }
    }

    private struct Member {
        var settings: TokenIssuer.KeySetSettings
        var cache: KeySetCache
    }

    private struct State {
        var members: [String: Member] = [:]
        var authenticator: JWTAuthenticator?
    }

    private let time: KeySetTime
    private let fetch: @Sendable (_ trustRootsPath: String?) -> DocumentFetch
    private let onFetch: @Sendable (Status) -> Void
    private let state = Mutex(State())

    /// How often a file is looked into.
    private static let fileInterval = Duration.seconds(2)

    /// Creates an empty collection.
    ///
    /// - Parameters:
    ///   - time: The clock.
    ///   - onFetch: Told how things stand after every fetch, for a log.
    ///   - fetch: Gives what fetches documents, by the certificate authorities to trust.
    package init(
        time: KeySetTime = .system, onFetch: @escaping @Sendable (Status) -> Void = { _ in },
        fetch: @escaping @Sendable (_ trustRootsPath: String?) -> DocumentFetch
    ) {
        self.time = time
        self.onFetch = onFetch
        self.fetch = fetch
    }

    /// What checks the tokens of these issuers, and of no others from now on; `nil` when there are none.
    ///
    /// Issuers that are as they were keep their keys, and when all are, the tokens that are remembered, too.
    package func authenticator(for issuers: [TokenIssuer]) -> JWTAuthenticator? {
        let (authenticator, new) = state.withLock { state -> (JWTAuthenticator?, [KeySetCache]) in
            if let authenticator = state.authenticator, authenticator.issuers == issuers { return (authenticator, []) }
            var members: [String: Member] = [:]
            var new: [KeySetCache] = []
            for issuer in issuers {
                if let known = state.members[issuer.name], known.settings == issuer.keySet {
                    members[issuer.name] = known
                } else {
                    let cache = cache(for: issuer)
                    members[issuer.name] = Member(settings: issuer.keySet, cache: cache)
                    new.append(cache)
                }
            }
            state.members = members
            let pairs = issuers.compactMap { issuer in members[issuer.name].map { (issuer: issuer, keys: $0.cache) } }
            state.authenticator = pairs.isEmpty ? nil : JWTAuthenticator(pairs)
            return (state.authenticator, new)
        }
        for cache in new { cache.refresh() }
        return authenticator
    }

    /// How the key sets stand, by issuer; asks nobody.
    package var statuses: [Status] {
        state.withLock { $0.members }.sorted { $0.key < $1.key }
            .map { Status(issuer: $0.key, keySet: $0.value.cache.status) }
    }

    /// Fetches every key set again, whether its time has come or not.
    package func refresh() {
        for cache in caches { cache.refresh(regardless: true) }
    }

    /// Fetches each key set again when its time has come, until the task is cancelled.
    package func run() async {
        while true {
            for cache in caches { cache.refresh() }
            do { try await time.sleep(.seconds(1)) } catch { return }
        }
    }

    private var caches: [KeySetCache] { state.withLock { $0.members.values.map(\.cache) } }

    private func cache(for issuer: TokenIssuer) -> KeySetCache {
        let settings = issuer.keySet
        let loader = KeySetLoader(settings.source, fetch: fetch(settings.trustRootsPath))
        let (name, onFetch) = (issuer.name, onFetch)
        var interval = settings.refresh
        if case .file = settings.source { interval = min(interval, Self.fileInterval) }
        return KeySetCache(
            interval: interval, time: time, onFetch: { onFetch(Status(issuer: name, keySet: $0)) }, load: loader.load)
    }
}
