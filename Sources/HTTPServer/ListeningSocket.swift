import Foundation
import NIOCore
import Synchronization

/// A TCP socket that listens, owned by Foundation's `SocketPort`.
///
/// `SocketPort`'s own initialiser for an address binds at once and without SO_REUSEADDR: a restart would have to wait
/// until no connection of the last run is left in TIME_WAIT. So the descriptor is made here, given its options while
/// they still count, bound, and then handed to a `SocketPort`, which owns it and closes it in the end.
package final class ListeningSocket: Sendable {
    private let bound: SocketAddress
    private let backlog: Int
    private let owner: Mutex<SocketPort?>

    /// Binds and listens at once: from here on clients can connect, and wait.
    ///
    /// - Parameters:
    ///   - host: An IPv4 or IPv6 address, the latter with or without brackets, or a name. `::` takes IPv4 clients as
    ///     well.
    ///   - port: 0 lets the system choose one.
    ///   - backlog: Connections that may wait to be accepted; the system may allow fewer (net.core.somaxconn).
    /// - Throws: `ListeningSocketError`, which names what is wrong with the address.
    package init(host: String, port: Int, backlog: Int = 1024) throws(ListeningSocketError) {
        let requested = try Self.resolve(host: host, port: port)
        let descriptor = try SocketDescriptor.listening(on: requested, backlog: backlog)
        guard
            let owner = SocketPort(
                protocolFamily: requested.protocol.rawValue, socketType: SocketDescriptor.streamType,
                protocol: CInt(IPPROTO_TCP), socket: descriptor)
        else { throw .system(call: "SocketPort", code: 0) }
        bound = SocketDescriptor.address(from: owner.address) ?? requested
        self.backlog = backlog
        self.owner = Mutex(owner)
    }

    /// Where it listens; the port is the one the system chose if 0 was asked for.
    package var address: (host: String, port: Int) {
        (bound.ipAddress ?? "", bound.port ?? 0)
    }

    /// A duplicate of the descriptor, closed on exec.
    ///
    /// Whoever asks for it closes it: NIO closes what it is given, and so does `SocketPort`.
    ///
    /// - Throws: `ListeningSocketError.closed`, or the failure to duplicate.
    package func descriptorForNIO() throws(ListeningSocketError) -> CInt {
        let bound = bound
        return try withDescriptor { (descriptor) throws(ListeningSocketError) in
            try SocketDescriptor.duplicate(descriptor, at: bound)
        }
    }

    /// Sets the backlog again, in case someone else has set another one.
    func restoreBacklog() throws(ListeningSocketError) {
        let (bound, backlog) = (bound, backlog)
        try withDescriptor { (descriptor) throws(ListeningSocketError) in
            try SocketDescriptor.startListening(on: descriptor, backlog: backlog, at: bound)
        }
    }

    /// Closes the socket; clients that still wait are turned away once every duplicate is closed as well.
    package func close() {
        owner.withLock { owner in
            owner?.invalidate()
            owner = nil
        }
    }

    private func withDescriptor<Result>(
        _ body: (CInt) throws(ListeningSocketError) -> Result
    ) throws(ListeningSocketError) -> Result {
        try owner.withLock { (owner) throws(ListeningSocketError) -> Result in
            guard let owner else { throw .closed }
            return try body(owner.socket)
        }
    }

    /// Whether `host` is an address or a name that resolves to one; nothing is bound.
    package static func resolves(host: String) -> Bool {
        (try? resolve(host: host, port: 0)) != nil
    }

    private static func resolve(host: String, port: Int) throws(ListeningSocketError) -> SocketAddress {
        guard (0...65535).contains(port) else { throw .invalidPort(port) }
        guard !host.isEmpty else { throw .unknownHost(host) }
        var name = host == "localhost" ? "127.0.0.1" : host
        // As a URL writes an IPv6 address.
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        do {
            return try SocketAddress.makeAddressResolvingHost(name, port: port)
        } catch {
            throw .unknownHost(host)
        }
    }
}
