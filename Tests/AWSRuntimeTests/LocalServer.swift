import Foundation
import Synchronization

/// A server on a blocking socket of 127.0.0.1 that says exactly the bytes it is told to, a thread to each connection.
final class LocalServer: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// The port that it listens on.
    let port: Int
    private let listener: CInt
    private let state = Mutex(State())

    private struct State {
        var requests: [String] = []
        var connections: [CInt] = []
        var isStopped = false
    }

    /// Listens; `serve` is called for every connection and, when it returns, the connection is closed.
    init(_ serve: @escaping @Sendable (Connection) -> Void) throws {
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        port = try Self.bindToAnyPort(listener)
        guard listen(listener, 256) == 0 else { throw Failure(description: "listen: \(errno)") }
        let listener = listener
        Thread.detachNewThread { [weak self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                guard let self, keep(descriptor) else {
                    close(descriptor)
                    return
                }
                Thread.detachNewThread { [weak self] in
                    serve(Connection(descriptor: descriptor) { [weak self] text in self?.keep(text) })
                    self?.forget(descriptor)
                    close(descriptor)
                }
            }
        }
    }

    /// Listens and answers every request of every connection with the same bytes, then keeps or closes it.
    convenience init(answering answer: [UInt8], closing: Bool = true) throws {
        try self.init { connection in
            while connection.readRequest() {
                connection.send(answer)
                if closing { return }
            }
        }
    }

    /// The same for text.
    convenience init(answering answer: String, closing: Bool = true) throws {
        try self.init(answering: Array(answer.utf8), closing: closing)
    }

    deinit {
        state.withLock { state in
            state.isStopped = true
            for descriptor in state.connections { shutdown(descriptor, CInt(SHUT_RDWR)) }
        }
        // Wakes the thread that accepts.
        shutdown(listener, CInt(SHUT_RDWR))
        close(listener)
    }

    /// Every request so far, as it came.
    var requests: [String] { state.withLock { $0.requests } }

    /// A port of 127.0.0.1 that refuses connections for as long as `body` runs.
    static func withRefusingPort<Result>(_ body: (Int) async throws -> Result) async throws -> Result {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return try await body(bindToAnyPort(descriptor))
    }

    private func keep(_ descriptor: CInt) -> Bool {
        state.withLock { state in
            if !state.isStopped { state.connections.append(descriptor) }
            return !state.isStopped
        }
    }

    private func keep(_ request: String) {
        state.withLock { $0.requests.append(request) }
    }

    private func forget(_ descriptor: CInt) {
        state.withLock { state in state.connections.removeAll { $0 == descriptor } }
    }

    private static func bindToAnyPort(_ descriptor: CInt) throws -> Int {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                let bound = unsafe bind(descriptor, pointer, size)
                return bound == 0 ? unsafe getsockname(descriptor, pointer, &size) : bound
            }
        }
        guard result == 0 else { throw Failure(description: "bind: \(errno)") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

extension LocalServer {
    /// One accepted connection.
    struct Connection: Sendable {
        fileprivate let descriptor: CInt
        fileprivate let didRead: @Sendable (String) -> Void

        /// Reads a head and the body that its `Content-Length` announces; `false` when the client closed before.
        func readRequest() -> Bool {
            var bytes: [UInt8] = []
            while true {
                if let end = bytes.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound {
                    let head = String(decoding: bytes[..<end], as: UTF8.self).lowercased()
                    let field = head.split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                    let length = field.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
                    if bytes.count >= end + length {
                        didRead(String(decoding: bytes, as: UTF8.self))
                        return true
                    }
                }
                guard let more = receive() else { return false }
                bytes += more
            }
        }

        /// Sends all of it, or as much as the client takes.
        func send(_ bytes: [UInt8]) {
            var rest = bytes[...]
            while !rest.isEmpty {
                let sent = unsafe rest.withUnsafeBytes {
                    unsafe Foundation.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard sent > 0 else { return }
                rest = rest.dropFirst(sent)
            }
        }

        func send(_ text: String) {
            send(Array(text.utf8))
        }

        /// Makes closing the connection a reset.
        func resetOnClose() {
            var linger = linger(l_onoff: 1, l_linger: 0)
            let size = socklen_t(MemoryLayout<linger>.size)
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, size)
        }

        /// Keeps the kernel from taking what the client has not read.
        func limitSendBuffer(to bytes: CInt) {
            var bytes = bytes
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<CInt>.size))
        }

        /// Waits until the client closes.
        func waitForClose() {
            while receive() != nil {}
        }

        private func receive() -> [UInt8]? {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            return count > 0 ? Array(buffer.prefix(count)) : nil
        }
    }
}
