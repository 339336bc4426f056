import AWSRuntime
import Foundation
import Resilience
import SigV4
import Testing

/// Who waits for whom and for how long, and what a refusal by AWS drops.
@Suite("Waiting for credentials, and dropping them")
struct CredentialsCacheWaitTests {
    private let bench = CacheBench()

    @Test("a waiter leaves at its own deadline, and the fetch goes on for the others")
    func deadline() async throws {
        let hasty = Task { await bench.failure(within: .seconds(2)) }
        await eventually("the hasty one waits") { bench.clock.sleepers == 1 && bench.provider.open == 1 }
        let patient = Task { try await bench.ask(within: .seconds(9)) }
        await eventually("both wait") { bench.clock.sleepers == 2 }
        bench.clock.advance(by: .seconds(2))
        #expect(await hasty.value?.description.contains("deadline") == true)
        #expect(bench.clock.sleepers == 1)
        bench.provider.answer(bench.answer("ONE", 3_600))
        #expect(try await patient.value.accessKeyID == "ONE")
        #expect(bench.provider.asked == 1)
    }

    @Test("a waiter leaves when it is cancelled, also the one that began the fetch, which goes on for the others")
    func cancellation() async throws {
        let first = Task { await bench.failure() }
        await eventually("the first waits") { bench.clock.sleepers == 1 && bench.provider.open == 1 }
        let second = Task { try await bench.ask() }
        await eventually("both wait") { bench.clock.sleepers == 2 }
        first.cancel()
        #expect(await first.value != nil)
        bench.provider.answer(bench.answer("ONE", 3_600))
        #expect(try await second.value.accessKeyID == "ONE")
        #expect(bench.provider.asked == 1)
    }

    @Test("a request that is cancelled before it asks does not wait")
    func cancelledBefore() async throws {
        let request = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await bench.failure()
        }
        #expect(await request.value != nil)
        await eventually("the fetch is everyone's") { bench.provider.open == 1 }
        bench.provider.answer(bench.answer("ONE", 3_600))
        await eventually("what came is kept") { bench.cache.status.state == .ok }
    }

    @Test("many waiters that come, leave and are cancelled all end, and one fetch is under way at a time")
    func crowd() async throws {
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<300 {
                group.addTask {
                    let request = Task { await bench.failure(within: .seconds(1 + index % 7)) }
                    if index.isMultiple(of: 3) { request.cancel() }
                    _ = await request.value
                }
            }
            group.addTask {
                for _ in 0..<8 {
                    for _ in 0..<200 { await Task.yield() }
                    bench.clock.advance(by: .seconds(1))
                }
                bench.provider.answer(bench.answer("ONE", 3_600))
            }
        }
        await eventually("what came is kept") { bench.cache.status.state == .ok }
        #expect(bench.clock.sleepers == 0)
        #expect(bench.provider.asked == 1)
    }

    @Test("with good credentials in hand a source that hangs delays a request two seconds, and later ones not at all")
    func hungRenewal() async throws {
        bench.provider.answer(bench.answer("OLD", 3_600))
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(3_600 - 9 * 60))
        let first = Task { try await bench.ask() }
        await eventually("the first waits") { bench.clock.sleepers == 1 && bench.provider.open == 1 }
        bench.clock.advance(by: .milliseconds(1_500))
        let second = Task { try await bench.ask() }
        await eventually("the second waits") { bench.clock.sleepers == 2 }
        bench.clock.advance(by: .milliseconds(500))
        #expect(try await first.value.accessKeyID == "OLD")
        #expect(try await second.value.accessKeyID == "OLD")
        #expect(try await bench.ask(within: .zero).accessKeyID == "OLD")
        // The provider keeps to its ten seconds; the next renewal is not waited for.
        bench.clock.advance(by: .seconds(8))
        await bench.settle(.down("no answer in time"))
        bench.clock.advance(by: .seconds(30))
        #expect(try await bench.ask(within: .zero).accessKeyID == "OLD")
        await bench.settle(bench.answer("NEW", 3_600))
        #expect(try await bench.ask().accessKeyID == "NEW")
        #expect(bench.provider.asked == 3)
    }

    @Test("a renewal in the foreground gives its credentials to the request that waited")
    func foreground() async throws {
        bench.provider.answer(bench.answer("OLD", 3_600))
        _ = try await bench.ask()
        bench.clock.advance(by: .seconds(3_600 - 9 * 60))
        bench.provider.answer(bench.answer("NEW", 3_600))
        #expect(try await bench.ask().accessKeyID == "NEW")
    }

    @Test("a fetch that never ends, against its promise, does not keep the cache from ever fetching again")
    func lostFetch() async throws {
        #expect(await bench.failure(within: .zero) != nil)
        await eventually("it is asked") { bench.provider.asked == 1 }
        bench.clock.advance(by: .seconds(20))
        let request = Task { try await bench.ask() }
        await eventually("it is asked again") { bench.provider.asked == 2 }
        let lost = bench.answer("LOST", 3_600)
        bench.provider.answer(lost)
        bench.provider.answer(bench.answer("FOUND", 3_600))
        #expect(try await request.value.accessKeyID == "FOUND")
        #expect(try await bench.ask().accessKeyID == "FOUND")
    }

    @Test("credentials that AWS refused are dropped and others fetched, once for all who were refused")
    func invalidation() async throws {
        bench.provider.answer(bench.answer("OLD", 3_600))
        let old = try await bench.ask()
        for _ in 0..<10 { #expect(bench.cache.invalidate(old, for: nil)) }
        bench.provider.answer(bench.answer("NEW", 3_600))
        let new = try await bench.ask()
        #expect(new.accessKeyID == "NEW")
        #expect(bench.cache.invalidate(old, for: nil))
        #expect(try await bench.ask() == new)
        #expect(bench.provider.asked == 2)
    }

    @Test("a refusal of what is not kept, or was never given, drops nothing")
    func foreignInvalidation() async throws {
        bench.provider.answer(bench.answer("KEPT", 3_600))
        let kept = try await bench.ask()
        #expect(bench.cache.invalidate(bench.credentials("OTHER", 3_600), for: nil))
        #expect(bench.cache.invalidate(bench.credentials("KEPT", 7_200), for: nil))
        #expect(try await bench.ask() == kept)
        #expect(bench.provider.asked == 1)
    }

    @Test("there is nothing else to give where keys neither expire nor are read again")
    func nothingElse() async throws {
        bench.provider.answer(bench.answer("ONLY", nil))
        let only = try await bench.ask()
        #expect(!bench.cache.invalidate(only, for: nil))
        #expect(try await bench.ask() == only)
        let reread = CacheBench()
        reread.provider.answer(reread.answer("FILE", nil, rereadAfter: .seconds(60)))
        #expect(reread.cache.invalidate(try await reread.ask(), for: nil))
    }

    @Test("refusals without end make one fetch in five seconds, whether the source gives the same or others")
    func refusalStorm() async throws {
        for isSame in [true, false] {
            let bench = CacheBench()
            bench.provider.answer(bench.answer("KEY", 36_000))
            let end = bench.clock.date.addingTimeInterval(36_000)
            for step in 0..<100 {
                let given = try await bench.ask()
                let next = Credentials(
                    accessKeyID: isSame ? "KEY" : "KEY\(step)", secretAccessKey: given.secretAccessKey,
                    sessionToken: given.sessionToken, expiration: end)
                if bench.cache.invalidate(given, for: nil) {
                    bench.provider.answer(.success(ResolvedCredentials(next, source: "the test")))
                }
                bench.clock.advance(by: .milliseconds(250))
            }
            _ = try await bench.ask()
            #expect(bench.provider.asked == 1 + 5, "the source gives \(isSame ? "the same" : "others")")
        }
    }

    @Test("a refusal is followed by a fetch at once, even just after a failed renewal")
    func invalidationAfterFailure() async throws {
        bench.provider.answer(bench.answer("OLD", 3_600))
        let old = try await bench.ask()
        bench.clock.advance(by: .seconds(3_600 - 14 * 60))
        _ = try await bench.ask()
        await bench.settle(.down())
        #expect(bench.cache.invalidate(old, for: nil))
        bench.provider.answer(bench.answer("NEW", 3_600))
        #expect(try await bench.ask().accessKeyID == "NEW")
    }

    @Test("a refusal while a renewal is under way waits for that one")
    func invalidationDuringRenewal() async throws {
        bench.provider.answer(bench.answer("OLD", 3_600))
        let old = try await bench.ask()
        bench.clock.advance(by: .seconds(3_600 - 14 * 60))
        _ = try await bench.ask()
        await eventually("the renewal is under way") { bench.provider.open == 1 }
        #expect(bench.cache.invalidate(old, for: nil))
        let request = Task { try await bench.ask() }
        await eventually("the request waits") { bench.clock.sleepers == 1 }
        bench.provider.answer(bench.answer("NEW", 3_600))
        #expect(try await request.value.accessKeyID == "NEW")
        #expect(bench.provider.asked == 2)
    }
}
