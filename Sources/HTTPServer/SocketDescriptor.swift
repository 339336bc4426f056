import Foundation
import NIOCore

/// The system calls that make a descriptor listen.
enum SocketDescriptor {
    #if canImport(Darwin) || canImport(Musl)
    static let streamType = SOCK_STREAM
    #else
    static let streamType = CInt(SOCK_STREAM.rawValue)
    #endif

    /// A descriptor that listens on `address`, closed on exec, and can do so again right after the last one closed.
    static func listening(on address: SocketAddress, backlog: Int) throws(ListeningSocketError) -> CInt {
        let descriptor = socket(address.protocol.rawValue, streamType, CInt(IPPROTO_TCP))
        guard descriptor >= 0 else { throw .failed("socket", errno, at: address) }
        do throws(ListeningSocketError) {
            guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw .failed("fcntl", errno, at: address) }
            try set(SOL_SOCKET, SO_REUSEADDR, to: 1, on: descriptor, at: address)
            if address.protocol == .inet6 {
                // Only the wildcard stands for IPv4 as well, whatever the system's default is.
                let isWildcard = address.ipAddress == "::"
                try set(CInt(IPPROTO_IPV6), IPV6_V6ONLY, to: isWildcard ? 0 : 1, on: descriptor, at: address)
            }
            let bound = unsafe address.withSockAddr { unsafe bind(descriptor, $0, socklen_t($1)) }
            guard bound == 0 else { throw .failed("bind", errno, at: address) }
            // With SO_REUSEADDR it is not bind but listen that finds another listener.
            try startListening(on: descriptor, backlog: backlog, at: address)
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Listens, or sets the backlog of a descriptor that listens already.
    static func startListening(
        on descriptor: CInt, backlog: Int, at address: SocketAddress
    ) throws(ListeningSocketError) {
        guard listen(descriptor, CInt(clamping: max(1, backlog))) == 0 else {
            throw .failed("listen", errno, at: address)
        }
    }

    /// A duplicate that is closed on exec.
    static func duplicate(_ descriptor: CInt, at address: SocketAddress) throws(ListeningSocketError) -> CInt {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw .failed("fcntl", errno, at: address) }
        return copy
    }

    /// The address in a `sockaddr` of either family, as `SocketPort` tells it.
    static func address(from data: Data) -> SocketAddress? {
        unsafe data.withUnsafeBytes { bytes in
            switch bytes.count {
            case MemoryLayout<sockaddr_in>.size:
                unsafe SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self))
            case MemoryLayout<sockaddr_in6>.size:
                unsafe SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self))
            default:
                nil
            }
        }
    }

    private static func set(
        _ level: CInt, _ option: CInt, to value: CInt, on descriptor: CInt, at address: SocketAddress
    ) throws(ListeningSocketError) {
        var value = value
        let size = socklen_t(MemoryLayout<CInt>.size)
        guard unsafe setsockopt(descriptor, level, option, &value, size) == 0 else {
            throw .failed("setsockopt", errno, at: address)
        }
    }
}
