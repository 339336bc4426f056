import AWSRuntime
import Foundation
import Resilience
import SigV4
import Synchronization
import Testing

/// One role, a session for each caller.
@Suite("The sessions of a role")
struct RoleSessionsTests {
    /// Sessions whose credentials bear the session's name, and the names in the order they were made.
    private final class Bench: Sendable {
        private let madeNames = Mutex<[String]>([])
        private let skew = ClockSkew()

        var made: [String] { madeNames.withLock { $0 } }

        func sessions(limit: Int) -> RoleSessions {
            RoleSessions(limit: limit) { name in
                self.madeNames.withLock { $0.append(name) }
                let credentials = Credentials(
                    accessKeyID: name, secretAccessKey: "secret", expiration: Date(timeIntervalSinceNow: 3_600))
                return CredentialsCache(StaticCredentialsProvider(credentials), skew: self.skew)
            }
        }
    }

    private let bench = Bench()

    private func name(_ sessions: RoleSessions, _ caller: String?) async throws -> String {
        try await sessions.credentials(for: caller, by: .after(.seconds(30))).accessKeyID
    }

    @Test("each caller has a session of its own, and the gateway itself one more")
    func sessions() async throws {
        let sessions = bench.sessions(limit: 10)
        #expect(sessions.latest == nil && sessions.count == 0)
        for caller in ["alice", "bob", nil, "alice", "bob", nil] {
            #expect(try await name(sessions, caller) == (caller.map { "jobgate-\($0)" } ?? "jobgate"))
        }
        #expect(bench.made == ["jobgate-alice", "jobgate-bob", "jobgate"])
        #expect(sessions.count == 3)
    }

    @Test(
        "a session's name is held to 64 of the characters that STS allows",
        arguments: [
            ("alice", "jobgate-alice"), ("a.b_c@d=e,f+g-h", "jobgate-a.b_c@d=e,f+g-h"),
            ("https://idp.example/u 1", "jobgate-https---idp.example-u-1"), ("jürgen", "jobgate-j-rgen"),
            ("e\u{301}", "jobgate-e-"), ("\u{1F600}\r\n", "jobgate----"), ("", "jobgate-"),
            (String(repeating: "a", count: 56), "jobgate-" + String(repeating: "a", count: 56)),
            (String(repeating: "a", count: 57), "jobgate-" + String(repeating: "a", count: 56)),
            (String(repeating: "ü", count: 500), "jobgate-" + String(repeating: "-", count: 56)),
        ])
    func names(caller: String, expected: String) throws {
        let name = RoleSessions.sessionName(of: caller)
        #expect(name == expected)
        // The pattern and the bounds of RoleSessionName in STS's model.
        #expect(try #/[A-Za-z0-9_+=,.@-]{2,64}/#.wholeMatch(in: name) != nil)
    }

    @Test("the least recently used session goes when there are too many")
    func bound() async throws {
        let sessions = bench.sessions(limit: 2)
        for caller in ["a", "b", "a", "c"] { _ = try await name(sessions, caller) }
        #expect(sessions.count == 2)
        _ = try await name(sessions, "a")
        #expect(bench.made == ["jobgate-a", "jobgate-b", "jobgate-c"])
        _ = try await name(sessions, "b")
        #expect(bench.made == ["jobgate-a", "jobgate-b", "jobgate-c", "jobgate-b"])
        #expect(sessions.count == 2)
    }

    @Test("there is room for one session at the least", arguments: [1, 0, -5])
    func least(limit: Int) async throws {
        let sessions = bench.sessions(limit: limit)
        for caller in ["a", "a", "b"] { _ = try await name(sessions, caller) }
        #expect(sessions.count == 1)
        #expect(bench.made == ["jobgate-a", "jobgate-b"])
    }

    @Test("a caller that comes for the first time a hundred times at once has one session")
    func concurrentFirstUse() async throws {
        let sessions = bench.sessions(limit: 5)
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await name(sessions, "alice") } }
            for try await name in group { #expect(name == "jobgate-alice") }
        }
        #expect(bench.made == ["jobgate-alice"])
    }

    @Test("the latest session is the one that was used last")
    func latest() async throws {
        let sessions = bench.sessions(limit: 5)
        _ = try await name(sessions, "a")
        let first = try #require(sessions.latest)
        _ = try await name(sessions, "b")
        #expect(sessions.latest !== first)
        _ = try await name(sessions, "a")
        #expect(sessions.latest === first)
    }

    @Test("a refusal drops the credentials of the caller's own session alone")
    func invalidation() async throws {
        let benches = Mutex<[String: CacheBench]>([:])
        let sessions = RoleSessions(limit: 5) { name in
            let bench = CacheBench()
            bench.provider.answer(bench.answer(name, 3_600))
            benches.withLock { $0[name] = bench }
            return bench.cache
        }
        let alice = try await sessions.credentials(for: "alice", by: .after(.seconds(30)))
        let bob = try await sessions.credentials(for: "bob", by: .after(.seconds(30)))
        #expect(sessions.invalidate(alice, for: "bob"))
        #expect(sessions.invalidate(alice, for: "alice"))
        #expect(try await sessions.credentials(for: "bob", by: .after(.seconds(30))) == bob)
        let asked = benches.withLock { $0.mapValues(\.provider.asked) }
        #expect(asked == ["jobgate-alice": 1, "jobgate-bob": 1])
        #expect(benches.withLock { $0["jobgate-alice"]?.cache.status.state } == CredentialsStatus.State.none)
    }

    @Test("a refusal that comes when the session has gone neither makes one nor drives another out")
    func invalidationAfterEviction() async throws {
        let sessions = bench.sessions(limit: 1)
        let gone = try await sessions.credentials(for: "gone", by: .after(.seconds(30)))
        _ = try await name(sessions, "here")
        #expect(sessions.invalidate(gone, for: "gone"))
        _ = try await name(sessions, "here")
        #expect(bench.made == ["jobgate-gone", "jobgate-here"])
    }
}
