import Foundation
package import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// Finds out whether an endpoint can be reached, without asking it anything: name, connection, TLS.
package struct EndpointProbe: Sendable {
    /// How far a probe came.
    package enum Finding: Sendable, Hashable {
        /// There is a connection; a trusted one where the scheme is `https`.
        case reached
        /// The host's name has no address.
        case nameNotResolved
        /// No connection could be made. The text is for the operator.
        case notConnected(String)
        /// The TLS handshake failed, or the certificate is not trusted. The text is for the operator.
        case notTrusted(String)
        /// It took too long.
        case timedOut
    }

    private let group: any EventLoopGroup
    private let trustRootsPath: String?

    /// Creates a probe.
    ///
    /// - Parameters:
    ///   - group: The loops that its connections run on.
    ///   - trustRootsPath: A PEM file of the certificate authorities to trust; the system's when `nil`.
    package init(group: any EventLoopGroup, trustRootsPath: String?) {
        self.group = group
        self.trustRootsPath = trustRootsPath
    }

    /// Connects to an endpoint and closes the connection again.
    ///
    /// - Parameters:
    ///   - endpoint: Where to.
    ///   - timeout: How long connection and handshake may take together.
    /// - Returns: How far it came.
    package func probe(_ endpoint: Endpoint, timeout: Duration = .seconds(5)) async -> Finding {
        let port = endpoint.port ?? (endpoint.scheme == "https" ? 443 : 80)
        let nanoseconds = TimeAmount.nanoseconds(timeout.wholeNanoseconds)
        let handshake = group.any().makePromise(of: Void.self)
        let deadline = group.any().scheduleTask(in: nanoseconds) { handshake.fail(ProbeTimeout()) }
        defer { deadline.cancel() }
        let channel: any Channel
        do {
            let context = try endpoint.scheme == "https" ? NIOSSLContext(configuration: configuration()) : nil
            channel = try await ClientBootstrap(group: group).connectTimeout(nanoseconds)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard let context else { return }
                        let name = Self.isAddress(endpoint.host) ? nil : endpoint.host
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                        try pipeline.addHandler(HandshakeHandler(done: handshake))
                    }
                }
                .connect(host: endpoint.host, port: port).get()
        } catch {
            handshake.fail(error)
            return Self.finding(of: error)
        }
        if endpoint.scheme == "http" { handshake.succeed() }
        let finding: Finding
        do {
            try await handshake.futureResult.get()
            finding = .reached
        } catch {
            finding = Self.finding(of: error)
        }
        channel.close(promise: nil)
        return finding
    }

    private func configuration() -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let trustRootsPath { tls.trustRoots = .file(trustRootsPath) }
        return tls
    }

    private static func isAddress(_ host: String) -> Bool {
        (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }

    private static func finding(of error: any Error) -> Finding {
        switch error {
        case is ProbeTimeout: .timedOut
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: .notTrusted("\(error)")
        case let error as NIOConnectionError where error.connectionErrors.isEmpty && error.dnsAError != nil:
            .nameNotResolved
        case let error as NIOConnectionError: finding(of: error.connectionErrors.first?.error ?? ChannelError.eof)
        case ChannelError.connectTimeout: .timedOut
        case ChannelError.eof: .notConnected("the connection was closed")
        case let error as IOError: .notConnected(reason(of: error.errnoCode))
        default: .notConnected("\(error)")
        }
    }

    private static func reason(of code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET: "connection reset"
        case EHOSTUNREACH, ENETUNREACH: "no route to the host"
        case ETIMEDOUT: "the host does not answer"
        default: "system error \(code)"
        }
    }
}

private struct ProbeTimeout: Error {}

/// Tells when the handshake is over, or why it is not.
private final class HandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = NIOAny
    private let done: EventLoopPromise<Void>

    init(done: EventLoopPromise<Void>) {
        self.done = done
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { done.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        done.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        done.fail(ChannelError.eof)
        context.fireChannelInactive()
    }
}
