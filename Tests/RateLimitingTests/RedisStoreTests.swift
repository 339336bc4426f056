import GatewayCore
import GatewayTestSupport
import NIOEmbedded
import NIOPosix
import RateLimiting
import Synchronization
import Testing

@Suite("Redis store without a server")
struct RedisStoreTests {
    /// The pauses that were asked for; the last of so many ends the wait as a cancelled task's does.
    private final class Pauses: Sendable {
        private let state = Mutex<[Duration]>([])
        private let count: Int

        init(count: Int) {
            self.count = count
        }

        var all: [Duration] { state.withLock { $0 } }

        func sleep(_ duration: Duration) throws {
            let isLast = state.withLock { pauses in
                pauses.append(duration)
                return pauses.count == count
            }
            if isLast { throw CancellationError() }
        }
    }

    private func store(_ settings: RedisSettings, _ pauses: Pauses, jitter: Double) -> RedisStore {
        RedisStore(
            settings: settings, eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            sleep: { try pauses.sleep($0) }, jitter: { jitter })
    }

    private func nowhere() throws -> RedisSettings {
        RedisSettings(endpoint: try #require(RedisEndpoint(url: "unix:///nonexistent/redis.sock")))
    }

    @Test("the pauses between attempts double up to five seconds, and are spread over their whole length")
    func pauses() async throws {
        for jitter in [1, 0.25] {
            let pauses = Pauses(count: 10)
            await store(try nowhere(), pauses, jitter: jitter).run {}
            let ceilings = [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000].map(Duration.milliseconds)
            #expect(pauses.all == ceilings.map { $0 * jitter })
        }
    }

    @Test("a store that cannot be reached says so, and who asks it waits for nothing")
    func unreachable() async throws {
        let store = store(try nowhere(), Pauses(count: 1), jitter: 1)
        let limit = try #require(RateLimit(name: "default", quota: 1, window: .seconds(1)))
        #expect(store.failure == .notConnected)
        let changes = Mutex(0)
        await store.start { changes.withLock { $0 += 1 } }
        #expect(changes.withLock { $0 } == 1)
        guard case .connectFailed = store.failure else {
            Issue.record("\(String(describing: store.failure))")
            return
        }
        await #expect(throws: RedisError.notConnected) { try await store.consume(key: "a", limit: limit) }
    }

    @Test("a password that cannot be read is told, and read again at the next attempt")
    func password() async throws {
        let reads = Mutex(0)
        var settings = try nowhere()
        settings.password = { () throws(RedisError) in
            guard
                reads.withLock({
                    $0 += 1; return $0
                }) > 1
            else { throw .noPassword("it cannot be read") }
            return Secret("pass")
        }
        let store = store(settings, Pauses(count: 1), jitter: 1)
        await store.start {}
        #expect(store.failure == .noPassword("it cannot be read"))
        await store.start {}
        guard case .connectFailed = store.failure else {
            Issue.record("\(String(describing: store.failure))")
            return
        }
    }

    @Test("a silent store keeps its connection for half a second, or for twice its deadline")
    func patience() throws {
        var settings = try nowhere()
        #expect(settings.timeout == .milliseconds(50))
        #expect(settings.patience == .milliseconds(500))
        settings.timeout = .seconds(2)
        #expect(settings.patience == .seconds(4))
    }
}
