import AWSRuntime
import Foundation
import Resilience
import SigV4
import Testing

/// What a cache gives, when it asks its provider, and what it makes of the answers.
@Suite("The cache of credentials")
struct CredentialsCacheTests {
    private let bench = CacheBench()

    @Test("a hundred first requests at once make one fetch, and all have its credentials")
    func singleFlight() async throws {
        let answers = try await withThrowingTaskGroup(of: Credentials.self) { group in
            for _ in 0..<100 { group.addTask { try await bench.ask() } }
            await eventually("all wait") { bench.clock.sleepers == 100 }
            bench.provider.answer(bench.answer("ONE", 3_600))
            return try await group.reduce(into: Set()) { $0.insert($1.accessKeyID) }
        }
        #expect(answers == ["ONE"])
        #expect(bench.provider.asked == 1)
        #expect(bench.clock.sleepers == 0)
    }

    @Test("a failed first fetch is told to all who waited for it, and made once")
    func singleFailure() async throws {
        let failures = await withTaskGroup(of: CredentialsError?.self) { group in
            for _ in 0..<20 { group.addTask { await bench.failure() } }
            await eventually("all wait") { bench.clock.sleepers == 20 }
            bench.provider.answer(.down())
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(failures == .init(repeating: .failed(provider: "held", reason: "down"), count: 20))
        #expect(bench.provider.asked == 1)
    }

    @Test("a fetch has ten seconds")
    func fetchDeadline() async throws {
        bench.provider.answer(bench.answer("ONE", nil))
        _ = try await bench.ask(within: .seconds(60))
        #expect(bench.provider.deadlines.map(\.instant) == [bench.clock.now.advanced(by: .seconds(10))])
    }

    @Test("without credentials a failure is told for three seconds at the most, then the provider is asked again")
    func recoversEmptyHanded() async throws {
        for failures in 1...12 {
            bench.provider.answer(.down("failure \(failures)"))
            #expect(await bench.failure() == .failed(provider: "held", reason: "failure \(failures)"))
            #expect(await bench.failure() == .failed(provider: "held", reason: "failure \(failures)"))
            #expect(bench.provider.asked == failures)
            bench.clock.advance(by: .seconds(3))
        }
        bench.provider.answer(bench.answer("BACK", 3_600))
        #expect(try await bench.ask().accessKeyID == "BACK")
        #expect(bench.cache.status.failure == nil)
    }

    @Test("a background renewal delays no request, and its credentials serve from then on")
    func background() async throws {
        bench.provider.answer(bench.answer("OLD", 3_600))
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(3_600 - 14 * 60))
        #expect(try await bench.ask().accessKeyID == "OLD")
        #expect(try await bench.ask().accessKeyID == "OLD")
        await bench.settle(bench.answer("NEW", 3_600))
        #expect(try await bench.ask().accessKeyID == "NEW")
        #expect(bench.provider.asked == 2)
    }

    @Test("a failed early renewal keeps what works, and is tried again within half a minute")
    func failedRenewal() async throws {
        bench.provider.answer(bench.answer("OLD", 3_600))
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(3_600 - 14 * 60))
        for failures in 1...8 {
            #expect(try await bench.ask().accessKeyID == "OLD")
            await bench.settle(.down("failure \(failures)"))
            #expect(bench.cache.status.state == .ok)
            #expect(bench.cache.status.failure == .failed(provider: "held", reason: "failure \(failures)"))
            #expect(try await bench.ask().accessKeyID == "OLD")
            #expect(bench.provider.asked == 1 + failures)
            bench.clock.advance(by: .seconds(30))
        }
        _ = try await bench.ask()
        await bench.settle(bench.answer("NEW", 3_600))
        #expect(try await bench.ask().accessKeyID == "NEW")
        #expect(bench.cache.status.failure == nil)
    }

    @Test("a failure with credentials in hand does not hold back the first fetch once they are gone")
    func pauseEndsWithCredentials() async throws {
        bench.provider.answer(bench.answer("OLD", 3_600))
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(3_600 - 14 * 60))
        for failures in 1...8 {
            _ = try await bench.ask()
            await bench.settle(.down("failure \(failures)"))
            bench.clock.advance(by: .seconds(failures < 8 ? 30 : 3))
        }
        bench.clock.setWallClock(by: 3_600)
        bench.provider.answer(bench.answer("NEW", 3_600))
        #expect(try await bench.ask().accessKeyID == "NEW")
    }

    @Test("expired credentials are not given out, and not taken from a provider")
    func expired() async throws {
        bench.provider.answer(bench.answer("OLD", 60))
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(60))
        #expect(bench.cache.status.state == .idle)
        bench.provider.answer(bench.answer("STALE", 0))
        let failure = try #require(await bench.failure())
        #expect(failure.description.contains("had expired"))
        #expect(bench.cache.status.state == .none)
        bench.clock.advance(by: .seconds(3))
        bench.provider.answer(bench.answer("NEW", 60))
        #expect(try await bench.ask().accessKeyID == "NEW")
    }

    @Test("credentials whose time ends while a request waits for their renewal are not given to it")
    func expiredWhileWaiting() async throws {
        bench.provider.answer(bench.answer("OLD", 3_600))
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(3_599))
        let request = Task { try await bench.ask() }
        await eventually("it waits") { bench.clock.sleepers == 1 && bench.provider.open == 1 }
        bench.clock.advance(by: .seconds(2))
        await eventually("it goes on waiting") { bench.clock.sleepers == 1 }
        bench.provider.answer(bench.answer("NEW", 3_600))
        #expect(try await request.value.accessKeyID == "NEW")
    }

    @Test("credentials that outlive their expiry serve beyond it while the provider fails, and no request waits")
    func staticStability() async throws {
        bench.provider.answer(bench.answer("OLD", 3_600, outlives: true))
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(3_600 - 14 * 60))
        _ = try await bench.ask()
        await bench.settle(.down())
        for minute in 0..<60 {
            bench.clock.advance(by: .seconds(60))
            #expect(try await bench.ask(within: .zero).accessKeyID == "OLD")
            await bench.settle(.down("failure \(minute)"))
        }
        #expect(bench.cache.status.state == .expired)
        bench.clock.advance(by: .seconds(30))
        _ = try await bench.ask()
        await bench.settle(bench.answer("NEW", 3_600, outlives: true))
        #expect(try await bench.ask().accessKeyID == "NEW")
        #expect(bench.cache.status.state == .ok)
    }

    @Test("a provider that gives what has expired, as instance metadata may, is not asked by every request")
    func staleAnswers() async throws {
        bench.provider.answer(bench.answer("STALE", -60, outlives: true))
        #expect(try await bench.ask().accessKeyID == "STALE")
        for _ in 0..<10 { #expect(try await bench.ask(within: .zero).accessKeyID == "STALE") }
        #expect(bench.provider.asked == 1)
        #expect(bench.cache.status.state == .expired)
        bench.clock.advance(by: .seconds(30))
        #expect(try await bench.ask(within: .zero).accessKeyID == "STALE")
        await bench.settle(bench.answer("NEW", 3_600, outlives: true))
        #expect(try await bench.ask().accessKeyID == "NEW")
    }

    @Test("an answer that has expired does not replace credentials that are still good")
    func staleRenewal() async throws {
        bench.provider.answer(bench.answer("GOOD", 3_600, outlives: true))
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(3_600 - 14 * 60))
        _ = try await bench.ask()
        await bench.settle(bench.answer("STALE", -60, outlives: true))
        #expect(try await bench.ask().accessKeyID == "GOOD")
        #expect(bench.cache.status.state == .ok)
    }

    /// Lets a client learn that AWS's clock is that far from ours.
    private func learn(offset: TimeInterval) async throws {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = .gmt
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        try await bench.learn(format.string(from: bench.clock.date.addingTimeInterval(offset)))
        try #require(bench.skew.offset == offset)
    }

    @Test("a clock that is set after its skew was learned locks nobody out: new credentials say so")
    func skewThenSet() async throws {
        try await learn(offset: 25_200)
        // The machine's clock is put right: now what was learned is seven hours too much.
        bench.clock.setWallClock(by: 25_200)
        bench.provider.answer(bench.answer("NEW", 3_600))
        #expect(try await bench.ask().accessKeyID == "NEW")
        #expect(bench.skew.offset == 0)
        #expect(bench.cache.status.state == .ok)
    }

    @Test("a clock skew that was learned counts for the expiry", arguments: [-3_600.0, 3_600])
    func skew(offset: TimeInterval) async throws {
        bench.provider.answer(bench.answer("OLD", 1_800))
        _ = try await bench.ask()
        try await learn(offset: offset)
        #expect(bench.cache.status.state == (offset > 0 ? .idle : .ok))
        bench.clock.advance(by: .seconds(1_900))
        bench.provider.answer(bench.answer("NEW", 36_000))
        #expect(try await bench.ask().accessKeyID == (offset > 0 ? "NEW" : "OLD"))
    }

    @Test("a wall clock that was a day ahead for a while leaves nothing behind", arguments: [86_400.0, -86_400])
    func wallClock(jump: TimeInterval) async throws {
        bench.provider.answer(bench.answer("ONE", 3_600))
        _ = try await bench.ask()
        bench.clock.setWallClock(by: jump)
        bench.provider.answer(.success(ResolvedCredentials(bench.credentials("TWO", 3_600 - jump), source: "test")))
        for _ in 0..<3 {
            _ = await bench.failure(within: .zero)
            bench.clock.advance(by: .seconds(1))
        }
        bench.clock.setWallClock(by: -jump)
        bench.clock.advance(by: .seconds(3))
        #expect(try await bench.ask(within: .seconds(1)).accessKeyID == "ONE")
        #expect(bench.cache.status.state == .ok)
    }

    @Test("keys that do not expire are read again after the time that their provider says, in the background")
    func reread() async throws {
        bench.provider.answer(bench.answer("OLD", nil, rereadAfter: .seconds(60)))
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(59))
        #expect(try await bench.ask().accessKeyID == "OLD")
        #expect(bench.provider.asked == 1)
        bench.clock.advance(by: .seconds(1))
        #expect(try await bench.ask().accessKeyID == "OLD")
        await bench.settle(.down("half written"))
        bench.clock.advance(by: .seconds(1))
        #expect(try await bench.ask().accessKeyID == "OLD")
        await eventually("it is read again") { bench.provider.open == 1 }
        bench.provider.answer(bench.answer("NEW", nil, rereadAfter: .seconds(60)))
        await eventually("the failure is over") { bench.cache.status.failure == nil }
        #expect(try await bench.ask().accessKeyID == "NEW")
    }

    @Test("keys that neither expire nor change are fetched once")
    func lasting() async throws {
        bench.provider.answer(bench.answer("ONLY", nil))
        for _ in 0..<5 {
            #expect(try await bench.ask().accessKeyID == "ONLY")
            bench.clock.advance(by: .seconds(1_000_000))
        }
        #expect(bench.provider.asked == 1)
    }

    @Test("no text about a cache holds a secret")
    func secrets() async throws {
        bench.provider.answer(bench.answer("STALE", -1))
        let failure = try #require(await bench.failure())
        bench.clock.advance(by: .seconds(3))
        bench.provider.answer(bench.answer("GOOD", 3_600))
        let given = try await bench.ask()
        let resolved = ResolvedCredentials(given, source: "the test")
        var dumped = ""
        dump(bench.cache, to: &dumped)
        dump(resolved, to: &dumped)
        for text in [
            "\(failure)", String(reflecting: failure), "\(bench.cache.status)", "\(resolved)",
            String(reflecting: resolved), "\(bench.cache)", dumped,
        ] {
            #expect(!text.contains("secret-of") && !text.contains("token-of"), "\(text)")
        }
    }
}
