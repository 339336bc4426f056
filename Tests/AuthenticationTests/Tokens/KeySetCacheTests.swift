import Authentication
import GatewayTestSupport
import Synchronization
import Testing

@Suite("Key set cache")
struct KeySetCacheTests {
    private let signer = TestSigner("one")

    @Test("a hundred that ask at once share one fetch")
    func singleFlight() async throws {
        let issuer = ScriptedKeySet(signer)
        issuer.hold()
        let cache = issuer.cache()
        let found = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<100 { group.addTask { try await cache.key("one", for: .es256).key.id } }
            await issuer.hasBegun(1)
            issuer.release()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(found == [String?](repeating: "one", count: 100))
        #expect(issuer.fetches == 1)
    }

    @Test("a hundred unknown keys make one fetch")
    func unknownKeys() async throws {
        let issuer = ScriptedKeySet(signer)
        let cache = issuer.cache()
        _ = try await cache.key("one", for: .es256)
        issuer.clock.advance(by: .seconds(30))
        let refused = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 { group.addTask { await Self.isUnknown("unknown-\(number)", cache) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(refused == [Bool](repeating: true, count: 100))
        #expect(issuer.fetches == 2)
    }

    @Test("a key that has been added is found by the first token that names it")
    func rotation() async throws {
        let issuer = ScriptedKeySet(signer)
        let cache = issuer.cache()
        let first = try await cache.key("one", for: .es256).generation
        issuer.answer(.success(keySetDocument(TestSigner("two"))))
        issuer.clock.advance(by: .seconds(30))
        let second = try await cache.key("two", for: .es256)
        #expect(second.key.id == "two")
        #expect(second.generation != first)
        #expect(cache.generation == second.generation)
        #expect(await Self.isUnknown("one", cache))
    }

    @Test("who gives up ends neither the fetch nor the wait of others")
    func cancellation() async throws {
        let issuer = ScriptedKeySet(signer)
        issuer.hold()
        let cache = issuer.cache()
        let leaving = Task { try await cache.key("one", for: .es256).key.id }
        await issuer.hasBegun(1)
        let staying = Task { try await cache.key("one", for: .es256).key.id }
        leaving.cancel()
        await #expect(throws: KeySetCache.Missing.self) { try await leaving.value }
        issuer.release()
        #expect(try await staying.value == "one")
        #expect(issuer.fetches == 1)
    }

    @Test("nobody waits for a fetch longer than the patience lasts")
    func patience() async throws {
        let issuer = ScriptedKeySet(signer)
        issuer.hold()
        let cache = issuer.cache(patience: {})
        await #expect(throws: KeySetCache.Missing.self) { try await cache.key("one", for: .es256) }
        issuer.release()
        while cache.status.keys == 0 { await Task.yield() }
        #expect(try await cache.key("one", for: .es256).key.id == "one")
        #expect(issuer.fetches == 1)
    }

    @Test(
        "a fetch that fails or brings no keys leaves the last good ones, and says so",
        arguments: [
            .failure(.timedOut), .success(Array("{}".utf8)), .success([]), .success(Array(#"{"keys":[]}"#.utf8)),
        ] as [Result<[UInt8], KeySetFault>])
    func lastGood(answer: Result<[UInt8], KeySetFault>) async throws {
        let reports = Mutex<[KeySetStatus.State]>([])
        let issuer = ScriptedKeySet(signer)
        let cache = issuer.cache(onFetch: { status in reports.withLock { $0.append(status.state) } })
        #expect(cache.status.state == .none)
        let generation = try await cache.key("one", for: .es256).generation
        issuer.answer(answer)
        issuer.clock.advance(by: .seconds(600))
        cache.refresh()
        while reports.withLock({ $0.count }) < 2 { await Task.yield() }
        #expect(try await cache.key("one", for: .es256).generation == generation)
        #expect(cache.status.state == .stale)
        #expect(cache.status.keys == 1)
        issuer.answer(.success(keySetDocument(signer)))
        issuer.clock.advance(by: .seconds(1))
        cache.refresh()
        while reports.withLock({ $0.count }) < 3 { await Task.yield() }
        #expect(reports.withLock { $0 } == [.ok, .stale, .ok])
        #expect(cache.generation == generation)
    }

    @Test("keys are fetched again when it is asked for, whatever the time")
    func regardless() async throws {
        let issuer = ScriptedKeySet(signer)
        let cache = issuer.cache()
        _ = try await cache.key("one", for: .es256)
        cache.refresh()
        #expect(issuer.fetches == 1)
        cache.refresh(regardless: true)
        await issuer.hasBegun(2)
    }

    private static func isUnknown(_ name: String, _ cache: KeySetCache) async -> Bool {
        do {
            _ = try await cache.key(name, for: .es256)
            return false
        } catch .refused(.unknownKey) {
            return true
        } catch {
            return false
        }
    }
}
