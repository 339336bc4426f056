import NIOCore
import NIOPosix
import NIOSSL

/// One connection to a store, with commands in a pipeline.
struct RedisConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<RedisCommandHandler>
    private let signal: RedisCommandHandler.Signal

    private init(channel: any Channel, handler: RedisCommandHandler) {
        self.channel = channel
        signal = handler.signal
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    }

    /// Makes a connection; TLS is agreed on with the first command.
    ///
    /// - Parameters:
    ///   - endpoint: Where to.
    ///   - eventLoop: Where the connection lives.
    ///   - tls: The rules of TLS, for an endpoint that uses it.
    ///   - timeout: How long it may take, name resolution included.
    ///   - patience: How long the store may be silent while commands wait.
    /// - Returns: The connection, over which nothing was said yet.
    /// - Throws: ``RedisError/connectFailed(_:)`` or ``RedisError/tlsFailed(_:)``.
    static func connect(
        to endpoint: RedisEndpoint, on eventLoop: any EventLoop, tls: NIOSSLContext?, timeout: TimeAmount,
        patience: TimeAmount
    ) async throws(RedisError) -> RedisConnection {
        let initialize: @Sendable (any Channel) -> EventLoopFuture<RedisConnection> = { channel in
            channel.eventLoop.makeCompletedFuture {
                let handler = RedisCommandHandler(patience: patience)
                if let tls {
                    let handshake = try NIOSSLClientHandler(context: tls, serverHostname: endpoint.tlsName)
                    try channel.pipeline.syncOperations.addHandler(handshake)
                }
                try channel.pipeline.syncOperations.addHandlers([ByteToMessageHandler(RESPDecoder()), handler])
                return RedisConnection(channel: channel, handler: handler)
            }
        }
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(timeout)
        do {
            switch endpoint.address {
            case .host(let host, let port):
                return try await bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .connect(host: host, port: port, channelInitializer: initialize)
            case .unix(let path):
                return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize)
            }
        } catch {
            guard case .connectionLost(let reason) = RedisError(connection: error) else {
                throw RedisError(connection: error)
            }
            throw .connectFailed(reason)
        }
    }

    /// Sends a command and waits so long at most for its answer.
    ///
    /// The time begins when the event loop sends it: what passes before is not the store's. Waiting does not end with the
    /// task's cancellation: the deadline is near.
    func send(_ command: RESPCommand, within timeout: TimeAmount) async throws(RedisError) -> RESPValue {
        let result = await withCheckedContinuation { continuation in
            channel.eventLoop.execute {
                handler.value.send(command, by: .now() + timeout) { continuation.resume(returning: $0) }
            }
        }
        return try result.get()
    }

    /// Whether a command's time is over and nothing was heard from the store since it was sent.
    var isStalled: Bool { signal.isStalled }

    /// Gives the connection up.
    func close(_ reason: RedisError) {
        channel.eventLoop.execute { handler.value.close(reason) }
    }

    /// Waits until the connection is closed.
    func waitUntilClosed() async {
        // How it was closed is told to whoever waits for an answer.
        try? await channel.closeFuture.get()
    }

    /// Why the connection ended; `nil` while it has not.
    func endReason() async -> RedisError? {
        await withCheckedContinuation { continuation in
            channel.eventLoop.execute { continuation.resume(returning: handler.value.endReason) }
        }
    }
}

extension RedisEndpoint {
    /// The name that the store's certificate must have; `nil` for an address, which it is then checked for.
    var tlsName: String? {
        guard case .host(let host, let port) = address else { return nil }
        do {
            _ = try SocketAddress(ipAddress: host, port: port)
            return nil
        } catch {
            return host
        }
    }
}
