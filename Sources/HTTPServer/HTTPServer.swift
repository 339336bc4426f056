import NIOCore
import NIOHTTP1
package import NIOPosix

/// A small HTTP/1.1 server: bounded in bytes, connections and time, strict in what it takes for a request.
///
/// What it refuses by itself is put into words by `refuse`; every other request is answered by `respond`, in a task
/// that runs on the thread of the connection's event loop. When the client goes away the task is cancelled if the
/// method is a safe one (RFC 9110, section 9.2.1); what may change something runs to its end. A server serves once:
/// after `drain()` it cannot be started again. It never logs.
package final class HTTPServer: Sendable {
    private let limits: ServerLimits
    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private let service: HTTP1Connection.Service
    private let registry: ConnectionRegistry

    /// A server that does not serve yet.
    ///
    /// - Parameters:
    ///   - limits: What one client may take.
    ///   - eventLoopGroup: The threads that serve; to be shut down only after `run(on:)` has returned.
    ///   - refuse: Puts a refusal of the client at an address into a response; called on an event loop, must return
    ///     at once.
    ///   - respond: Answers a request. It must not block the thread, and should end soon when it is cancelled.
    package init(
        limits: ServerLimits, eventLoopGroup: MultiThreadedEventLoopGroup,
        refuse: @escaping @Sendable (Refusal, _ remoteAddress: String?) -> Response,
        respond: @escaping @Sendable (Request) async -> Response
    ) {
        self.limits = limits
        self.eventLoopGroup = eventLoopGroup
        service = HTTP1Connection.Service(
            limits: limits, date: HTTPDate(), turns: Turns(), refuse: refuse, respond: respond)
        registry = ConnectionRegistry(maxConnections: limits.maxConnections)
    }

    /// Connections served now, those included whose client is gone while its responder still works.
    package var openConnections: Int {
        registry.served
    }

    /// Stops accepting, closes idle connections, and lets requests in flight be answered with `Connection: close`.
    ///
    /// May be called from any thread, any number of times; returns at once.
    package func drain() {
        registry.drain(at: .now())
    }

    /// Serves until `drain()` is called or this task is cancelled, then until everything in flight is answered.
    ///
    /// When `ServerLimits.drainTimeout` has passed since draining began, the connections still open are closed and
    /// their responders cancelled. No connection and no responder is left when this returns.
    ///
    /// - Parameter socket: Closed when this returns.
    /// - Throws: `ListeningSocketError` or an error of the event loop if serving could not begin.
    package func run(on socket: ListeningSocket) async throws {
        defer { socket.close() }
        try await withTaskCancellationHandler {
            try await accept(on: socket)
        } onCancel: {
            drain()
        }
        let deadline = (registry.drainBegan ?? .now()) + TimeAmount(limits.drainTimeout)
        let ending = eventLoopGroup.any().scheduleTask(deadline: deadline) { [registry] in
            registry.abandonAll()
        }
        await registry.waitUntilEmpty()
        ending.cancel()
    }

    /// Accepts connections until draining begins.
    ///
    /// An accepting channel closes itself when accept(2) reports what it takes for the end, which on Linux may be
    /// an error of the one connection that was to be accepted, and is closed when it wants for descriptors. The socket
    /// is still ours then, and listens: after a pause a new channel goes on with it.
    private func accept(on socket: ListeningSocket) async throws {
        // While connections end, new ones must see the port closed.
        defer { socket.close() }
        var hasServed = false
        while registry.drainBegan == nil {
            do {
                let channel = try await bind(to: socket)
                hasServed = true
                if !registry.accepts(on: channel) {
                    channel.close(promise: nil)
                }
                try await channel.closeFuture.get()
            } catch {
                // Once it has served, it wants for descriptors or memory, and a pause may cure that.
                guard hasServed else { throw error }
            }
            guard registry.drainBegan == nil else { return }
            try await eventLoopGroup.any().scheduleTask(in: Self.acceptPause) {}.futureResult.get()
        }
    }

    private func bind(to socket: ListeningSocket) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: eventLoopGroup)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // The channel has made the backlog 128, whatever was asked for.
                    try socket.restoreBacklog()
                    try channel.pipeline.syncOperations.addHandler(AcceptFailureHandler())
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: Self.receiveBuffers)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try addHandlers(to: channel) }
            }
        return try await bootstrap.withBoundSocket(socket.descriptorForNIO()).get()
    }

    private func addHandlers(to channel: any Channel) throws {
        let id = ObjectIdentifier(channel)
        let admission = registry.admit(channel)
        guard admission != .turnedAway else { throw ChannelError.alreadyClosed }
        let gate = RequestGate(limits: limits)
        let connection = HTTP1Connection(channel: channel, gate: gate, service: service, admission: admission) {
            [registry] in registry.ended(id)
        }
        let ending = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        registry.note(id) {
            channel.eventLoop.execute { ending.value.abandon() }
        }
        do {
            try channel.pipeline.syncOperations.addHandlers([
                gate, ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: decoderLimits)), connection,
            ])
        } catch {
            registry.ended(id)
            throw error
        }
    }

    /// The gate has counted a head before the decoder sees it; these bounds are left for trailer fields.
    private var decoderLimits: NIOHTTPDecoderLimitConfiguration {
        var configuration = NIOHTTPDecoderLimitConfiguration()
        configuration.maxHeaderFieldSize = max(limits.maxRequestLineBytes, limits.maxHeaderBytes)
        configuration.maxHeaderListSize = limits.maxRequestLineBytes + limits.maxHeaderBytes
        configuration.maxHeaderFieldCount = limits.maxHeaderFields
        return configuration
    }

    private static let acceptPause = TimeAmount.milliseconds(200)

    private static var receiveBuffers: AdaptiveRecvByteBufferAllocator {
        AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2048, maximum: 16384)
    }
}
