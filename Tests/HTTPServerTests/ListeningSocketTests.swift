import Foundation
import HTTPServer
import NIOCore
import NIOPosix
import Testing

// A test that needs a port to stay its own, or to stay closed, uses a loopback address no other test uses.

@Suite("Listening sockets", .timeLimit(.minutes(1)))
struct ListeningSocketTests {
    private static let hasIPv6 = (try? ListeningSocket(host: "::1", port: 0, backlog: 1)) != nil

    /// A label of 64 letters, which no resolver is asked for.
    private static let impossibleName = String(repeating: "a", count: 64) + ".example"

    @Test("port 0 becomes a port at which clients can wait before anything serves")
    func anyPort() throws {
        let socket = try ListeningSocket(host: "127.0.0.2", port: 0, backlog: 16)
        #expect(socket.address.host == "127.0.0.2")
        #expect(socket.address.port > 0)
        _ = try RawClient(port: socket.address.port, host: "127.0.0.2")
        socket.close()
        #expect(throws: (any Error).self) { try RawClient(port: socket.address.port, host: "127.0.0.2") }
    }

    @Test("localhost is the IPv4 loopback address")
    func localhost() throws {
        let socket = try ListeningSocket(host: "localhost", port: 0, backlog: 16)
        #expect(socket.address.host == "127.0.0.1")
    }

    @Test("a port that is listened on is reported as in use")
    func addressInUse() throws {
        let first = try ListeningSocket(host: "127.0.0.1", port: 0, backlog: 16)
        let port = first.address.port
        #expect(throws: ListeningSocketError.addressInUse(host: "127.0.0.1", port: port)) {
            try ListeningSocket(host: "127.0.0.1", port: port, backlog: 16)
        }
    }

    @Test(
        "what cannot be listened on is named",
        arguments: [
            ("", 0, .unknownHost("")),
            (Self.impossibleName, 0, .unknownHost(Self.impossibleName)),
            ("127.0.0.1", -1, .invalidPort(-1)),
            ("127.0.0.1", 65536, .invalidPort(65536)),
            ("192.0.2.1", 0, .addressNotAvailable(host: "192.0.2.1", port: 0)),
        ] as [(String, Int, ListeningSocketError)])
    func errors(host: String, port: Int, error: ListeningSocketError) {
        #expect(throws: error) { try ListeningSocket(host: host, port: port, backlog: 16) }
        #expect(!error.description.isEmpty)
    }

    @Test("the duplicate is closed on exec, and outlives the socket")
    func duplicate() throws {
        let socket = try ListeningSocket(host: "127.0.0.1", port: 0, backlog: 16)
        let copy = try socket.descriptorForNIO()
        defer { close(copy) }
        #expect(fcntl(copy, F_GETFD) & FD_CLOEXEC != 0)
        socket.close()
        #expect(throws: ListeningSocketError.closed) { try socket.descriptorForNIO() }
        _ = try RawClient(port: socket.address.port)
    }

    @Test("the backlog is the one asked for while the server runs")
    func backlog() async throws {
        let socket = try ListeningSocket(host: "127.0.0.1", port: 0, backlog: 77)
        let copy = try socket.descriptorForNIO()
        defer { close(copy) }
        #expect(backlog(of: copy) == 77)
        try await serving(on: socket) {
            let client = try RawClient(port: socket.address.port)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().status == 200)
            #expect(backlog(of: copy) == 77)
        }
    }

    @Test("a port can be listened on again although connections to it are in TIME_WAIT")
    func restart() async throws {
        var port = 0
        for _ in 0..<3 {
            let socket = try ListeningSocket(host: "127.0.0.3", port: port, backlog: 16)
            port = socket.address.port
            try await serving(on: socket) {
                let client = try RawClient(port: socket.address.port, host: "127.0.0.3")
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                #expect(try await client.response().status == 200)
                // The side that closes first is the one that waits.
                #expect(try await client.rest() == ("", .closed))
                try await client.finishSending()
            }
        }
    }

    @Test("an accepting channel that fails is replaced, and clients are served on")
    func acceptFailure() async throws {
        // A port that was chosen is given up by the shutdown below, one that was asked for is not.
        let port = try ListeningSocket(host: "127.0.0.4", port: 0, backlog: 16).address.port
        let socket = try ListeningSocket(host: "127.0.0.4", port: port, backlog: 16)
        let copy = try socket.descriptorForNIO()
        defer { close(copy) }
        try await serving(on: socket) {
            for _ in 0..<3 {
                var client: RawClient?
                while client == nil {
                    client = try? RawClient(port: port, host: "127.0.0.4")
                    await Task.yield()
                }
                try await client?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client?.response().status == 200)
                shutdown(copy, CInt(SHUT_RDWR))
            }
        }
    }

    @Test("IPv6 clients are served and named by their address", .enabled(if: hasIPv6))
    func ipv6() async throws {
        try await withServer(host: "::1") { test in
            let client = try RawClient(port: test.port, host: "::1")
            try await client.send("GET / HTTP/1.1\r\nHost: [::1]:\(test.port)\r\n\r\n")
            #expect(try await client.response().status == 200)
            #expect(test.seen.all.map(\.remoteAddress) == ["::1"])
        }
    }

    @Test("the IPv6 wildcard serves IPv4 clients, named by their IPv4 address", .enabled(if: hasIPv6))
    func dualStack() async throws {
        try await withServer(host: "::") { test in
            for host in ["127.0.0.1", "::1"] {
                let client = try RawClient(port: test.port, host: host)
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.response().status == 200)
            }
            #expect(test.seen.all.map(\.remoteAddress) == ["127.0.0.1", "::1"])
        }
    }

    @Test("an IPv6 address may stand in brackets, as in a URL", .enabled(if: hasIPv6))
    func brackets() throws {
        let socket = try ListeningSocket(host: "[::1]", port: 0, backlog: 1)
        #expect(socket.address.host == "::1")
        socket.close()
    }

    @Test("only the IPv6 wildcard stands for IPv4 as well", .enabled(if: hasIPv6), arguments: [("::", 0), ("::1", 1)])
    func ipv6Only(host: String, expected: CInt) throws {
        let socket = try ListeningSocket(host: host, port: 0, backlog: 1)
        let copy = try socket.descriptorForNIO()
        defer { close(copy) }
        var value: CInt = -1
        var size = socklen_t(MemoryLayout<CInt>.size)
        #expect(unsafe getsockopt(copy, CInt(IPPROTO_IPV6), IPV6_V6ONLY, &value, &size) == 0)
        #expect(value == expected)
    }

    private func serving(on socket: ListeningSocket, _ body: () async throws -> Void) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = HTTPServer(
            limits: roomyLimits(), eventLoopGroup: group, refuse: { refusal, _ in Response(status: refusal.status) },
            respond: { echo($0) }
        )
        let run = Task { try await server.run(on: socket) }
        do {
            try await body()
        } catch {
            run.cancel()
            throw error
        }
        server.drain()
        try await run.value
        try await group.shutdownGracefully()
    }

    /// What the kernel keeps as the longest queue: for a listening socket it is in `tcpi_sacked` (tcp(7), `TCP_INFO`).
    private func backlog(of descriptor: CInt) -> Int {
        var information = tcp_info()
        var size = socklen_t(MemoryLayout<tcp_info>.size)
        guard unsafe getsockopt(descriptor, CInt(IPPROTO_TCP), TCP_INFO, &information, &size) == 0 else { return -1 }
        return Int(information.tcpi_sacked)
    }
}
