import Dispatch
import Foundation
import NIOCore
import Synchronization

/// A client that sends exactly the bytes it is told to, over a blocking socket on threads of its own: it can send and
/// receive at the same time.
final class RawClient: Sendable {
    /// How a connection was found to have ended.
    enum Ending: Equatable {
        case closed
        case reset
        case stillOpen
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Long enough never to matter when the server does what it should.
    private static let patience = timeval(tv_sec: 10, tv_usec: 0)

    private let descriptor: CInt
    private let sending = DispatchQueue(label: "raw-client.sending")
    private let receiving = DispatchQueue(label: "raw-client.receiving")
    private let received = Mutex<[UInt8]>([])

    /// Connects; `receiveBuffer` shrinks the kernel's buffer so that it is full soon.
    init(port: Int, host: String = "127.0.0.1", receiveBuffer: CInt? = nil) throws {
        let address = try SocketAddress(ipAddress: host, port: port)
        descriptor = socket(address.protocol.rawValue, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "socket: \(errno)") }
        var patience = Self.patience
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        if var receiveBuffer {
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<CInt>.size))
        }
        let connected = unsafe address.withSockAddr { unsafe connect(descriptor, $0, socklen_t($1)) }
        // When this throws everything is initialised, so `deinit` closes the descriptor.
        guard connected == 0 else { throw Failure(description: "connect: \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) async throws {
        try await on(sending) { [descriptor] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = unsafe rest.withUnsafeBytes {
                    unsafe Foundation.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard sent > 0 else { throw Failure(description: "send: \(errno)") }
                rest = rest.dropFirst(sent)
            }
        }
    }

    /// Sends a little at once, from whatever thread this is; it fits into the socket's buffer.
    func sendNow(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes {
            unsafe Foundation.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
    }

    /// Sends what it can, until the server no longer takes it.
    func sendAsMuchAsIsTaken(_ bytes: [UInt8]) async {
        try? await send(bytes)
    }

    /// Ends this side of the connection; the answer can still be read.
    func finishSending() async throws {
        try await on(sending) { [descriptor] in _ = shutdown(descriptor, CInt(SHUT_WR)) }
    }

    /// Makes closing the connection a reset.
    func resetOnClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    /// Reads one response; `hasBody` is false for the answer to a `HEAD`.
    func response(hasBody: Bool = true) async throws -> RawResponse {
        try await on(receiving) { [self] in
            while true {
                if let response = received.withLock({ RawResponse(consuming: &$0, hasBody: hasBody) }) {
                    return response
                }
                if let ending = readMore() {
                    let text = received.withLock { String(decoding: $0, as: UTF8.self) }
                    throw Failure(description: "no response but \(ending) after \"\(text)\"")
                }
            }
        }
    }

    /// Reads on until the server closes, and tells what came and how it closed.
    func rest() async throws -> (text: String, ending: Ending) {
        try await on(receiving) { [self] in
            while true {
                if let ending = readMore() {
                    return (received.withLock { String(decoding: $0.take(), as: UTF8.self) }, ending)
                }
            }
        }
    }

    private func readMore() -> Ending? {
        var buffer = [UInt8](repeating: 0, count: 16384)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count > 0 {
            received.withLock { $0 += buffer.prefix(count) }
            return nil
        }
        if count == 0 { return .closed }
        return errno == ECONNRESET || errno == EPIPE ? .reset : .stillOpen
    }

    private func on<Result: Sendable>(
        _ queue: DispatchQueue, _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result(catching: work)) }
        }
    }
}

extension [UInt8] {
    fileprivate mutating func take() -> [UInt8] {
        let all = self
        self = []
        return all
    }
}

/// A response as it came over the wire.
struct RawResponse: Sendable, Equatable {
    let status: Int
    let head: String
    let body: String

    /// The values of a field.
    func values(_ name: String) -> [String] {
        head.split(separator: "\r\n").dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name.lowercased() else {
                return nil
            }
            return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
    }

    /// Cuts one response off the front of `bytes`, if it is complete.
    init?(consuming bytes: inout [UInt8], hasBody: Bool) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let head = String(decoding: bytes[..<end.upperBound], as: UTF8.self)
        let parts = head.split(separator: " ", maxSplits: 2)
        guard parts.count == 3, let status = Int(parts[1]) else { return nil }
        self.status = status
        self.head = head
        let lengths = head.lowercased().split(separator: "\r\n").filter { $0.hasPrefix("content-length:") }
        let length = hasBody ? lengths.first.flatMap { Int($0.dropFirst(15).trimmingPrefix(" ")) } ?? 0 : 0
        guard bytes.count >= end.upperBound + length else { return nil }
        body = String(decoding: bytes[end.upperBound..<(end.upperBound + length)], as: UTF8.self)
        bytes.removeFirst(end.upperBound + length)
    }
}
