import Foundation
import GatewayTestSupport
import NIOCore
import NIOPosix
import RateLimiting
import Synchronization
import Testing

@Suite("Redis store asked by a thread that is late")
struct RedisLateLoopTests {
    /// A store that takes the script, and lets every request pass at once.
    private final class PromptStore: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let flags: Flags

        init(_ flags: Flags) {
            self.flags = flags
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let isScript = String(buffer: unwrapInboundIn(data)).contains("SCRIPT")
            if !isScript { flags.hold() }
            let digest = String(repeating: "a", count: 40)
            let answer = isScript ? "$40\r\n\(digest)\r\n" : "*3\r\n:1\r\n:0\r\n:0\r\n"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            if !isScript { flags.hasAnswered.store(true, ordering: .releasing) }
        }
    }

    /// What two threads tell one another.
    private final class Flags: Sendable {
        static let longerThanTheDeadline: TimeInterval = 0.75

        let hasAnswered = Atomic(false)
        let isHeld = Atomic(false)
        /// The thread that is to be held from when the store has a request until its time is well over.
        let held = Mutex<(any EventLoop)?>(nil)

        func hold() {
            guard let eventLoop = held.withLock({ $0 }) else { return }
            eventLoop.execute {
                self.isHeld.store(true, ordering: .releasing)
                while !self.hasAnswered.load(ordering: .acquiring) { block(for: 0.001) }
                block(for: Self.longerThanTheDeadline)
            }
            while !isHeld.load(ordering: .acquiring) { block(for: 0.001) }
        }
    }

    private let flags = Flags()
    private let passes = GCRA.Decision.allowed(remaining: 9, nextIn: 1_000_000_000)

    private func limit() throws -> RateLimit {
        try #require(RateLimit(name: "default", quota: 10, window: .seconds(10)))
    }

    @Test("an answer that has come in time counts, however late the thread is that reads it")
    func answerInSocket() async throws {
        try await withStore { store, eventLoop in
            flags.held.withLock { $0 = eventLoop }
            let decision = try await store.consume(key: "a", limit: try limit())
            #expect(decision == passes)
        }
    }

    @Test("the time begins when the command is sent, not while the thread is busy with others")
    func busyBefore() async throws {
        try await withStore { store, eventLoop in
            eventLoop.execute {
                self.flags.isHeld.store(true, ordering: .releasing)
                block(for: Flags.longerThanTheDeadline)
            }
            while !flags.isHeld.load(ordering: .acquiring) { await Task.yield() }
            let decision = try await store.consume(key: "a", limit: try limit())
            #expect(decision == passes)
        }
    }

    /// Runs `body` with a store that is connected to, whose requests have half a second, and the thread of its
    /// connection.
    private func withStore(_ body: (RedisStore, any EventLoop) async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let (ours, theirs) = (group.next(), group.next())
        let flags = flags
        let server = try await ServerBootstrap(group: theirs)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PromptStore(flags))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let endpoint = try #require(RedisEndpoint(url: "redis://127.0.0.1:\(port)"))
        var settings = RedisSettings(endpoint: endpoint)
        settings.timeout = .milliseconds(500)
        let store = RedisStore(settings: settings, eventLoop: ours)
        await store.start {}
        #expect(store.failure == nil)
        let result: Result<Void, any Error>
        do { result = .success(try await body(store, ours)) } catch { result = .failure(error) }
        try await group.shutdownGracefully()
        try result.get()
    }
}

/// Keeps the thread from everything else.
private func block(for seconds: TimeInterval) {
    Thread.sleep(forTimeInterval: seconds)
}
