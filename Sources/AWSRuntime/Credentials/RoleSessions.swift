package import Resilience
package import SigV4
import Synchronization

/// The credentials of one role, a session for each caller, so that AWS's trail names who asked.
///
/// A bounded number of sessions is kept; the least recently used one goes.
package final class RoleSessions: CredentialsSource {
    private let limit: Int
    private let makeCache: @Sendable (_ sessionName: String) -> CredentialsCache
    private let sessions = Mutex(Sessions())

    private struct Sessions {
        var caches: [String: (cache: CredentialsCache, lastUse: UInt64)] = [:]
        var clock: UInt64 = 0
    }

    /// Creates an empty set of sessions.
    ///
    /// - Parameters:
    ///   - limit: How many sessions are kept, at least 1.
    ///   - makeCache: Makes the cache of a session, by the session's name.
    package init(limit: Int, makeCache: @escaping @Sendable (_ sessionName: String) -> CredentialsCache) {
        self.limit = max(limit, 1)
        self.makeCache = makeCache
    }

    /// How many sessions are kept now.
    package var count: Int { sessions.withLock { $0.caches.count } }

    /// The session that was used last; `nil` before the first.
    package var latest: CredentialsCache? {
        sessions.withLock { sessions in sessions.caches.values.max { $0.lastUse < $1.lastUse }?.cache }
    }

    /// The credentials of the caller's session.
    package func credentials(
        for caller: String?, by deadline: Deadline
    ) async throws(CredentialsError) -> Credentials {
        try await cache(for: caller).credentials(for: nil, by: deadline)
    }

    /// Drops the credentials of the caller's session; one that has gone has dropped them already.
    package func invalidate(_ expired: Credentials, for caller: String?) -> Bool {
        let name = Self.sessionName(of: caller)
        let cache = sessions.withLock { $0.caches[name]?.cache }
        return cache?.invalidate(expired, for: nil) ?? true
    }

    /// The name of a caller's session, as CloudTrail shows it.
    package static func sessionName(of caller: String?) -> String {
        AssumedRole.sessionName(caller.map { "jobgate-\($0)" } ?? "jobgate")
    }

    private func cache(for caller: String?) -> CredentialsCache {
        let name = Self.sessionName(of: caller)
        return sessions.withLock { sessions in
            sessions.clock += 1
            if let cache = sessions.caches[name]?.cache {
                sessions.caches[name]?.lastUse = sessions.clock
                return cache
            }
            if sessions.caches.count >= limit,
                let oldest = sessions.caches.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                sessions.caches[oldest.key] = nil
            }
            // Only the empty cache is made here; fetching is done outside the lock.
            let cache = makeCache(name)
            sessions.caches[name] = (cache, sessions.clock)
            return cache
        }
    }
}
