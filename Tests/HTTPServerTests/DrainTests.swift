import HTTPServer
import NIOCore
import NIOPosix
import Testing

// A test that needs a port to stay closed uses a loopback address no other test uses.

@Suite("Draining", .timeLimit(.minutes(1)))
struct DrainTests {
    @Test("idle connections are closed and new ones find the port closed")
    func idleConnections() async throws {
        try await withServer(host: "127.0.0.6") { test in
            let idle = try test.client()
            try await idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await idle.response().status == 200)
            let fresh = try test.client()
            while test.server.openConnections < 2 { await Task.yield() }
            test.server.drain()
            #expect(try await idle.rest() == ("", .closed))
            #expect(try await fresh.rest() == ("", .closed))
            while (try? test.client()) != nil { await Task.yield() }
        }
    }

    @Test("a request in flight is answered, and told that its connection is closed")
    func requestInFlight() async throws {
        let (started, release) = (Latch(), Latch())
        try await withServer { request in
            started.open()
            await release.wait()
            return echo(request)
        } _: { test in
            let client = try test.client()
            try await client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()
            test.server.drain()
            test.server.drain()
            release.open()
            let response = try await client.response()
            #expect(response.body == "GET /1\n")
            #expect(response.values("Connection") == ["close"])
            #expect(try await client.rest() == ("", .closed))
            #expect(test.seen.all.count == 1)
        }
    }

    @Test("a request half received may be completed, and is answered")
    func requestHalfReceived() async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            #expect(try await client.response(hasBody: false).status == 100)
            test.server.drain()
            try await client.send("hello")
            let response = try await client.response()
            #expect(response.body == "PUT /\nhello")
            #expect(response.values("Connection") == ["close"])
        }
    }

    @Test("when the time for draining is over, connections are closed and their responders cancelled")
    func drainTimeout() async throws {
        let started = Latch()
        let wasCancelled = Recorder<Bool>()
        try await withServer(
            limits: roomyLimits { $0.drainTimeout = .milliseconds(100) },
            respond: { request in
                started.open()
                await Latch().wait()
                wasCancelled.note(Task.isCancelled)
                return echo(request)
            }
        ) { test in
            let client = try test.client()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let unfinished = try test.client()
            try await unfinished.send("GET / HT")
            await started.wait()
            test.server.drain()
            #expect(try await client.rest().text.isEmpty)
            #expect(try await unfinished.rest().text.isEmpty)
        }
        #expect(wasCancelled.all == [true])
    }

    @Test("when the time for draining is over, a responder whose client is gone is cancelled, whatever its method")
    func drainTimeoutOfTheAbandoned() async throws {
        let started = Latch()
        let wasCancelled = Recorder<Bool>()
        try await withServer(
            limits: roomyLimits { $0.drainTimeout = .milliseconds(100) },
            respond: { request in
                started.open()
                await Latch().wait()
                wasCancelled.note(Task.isCancelled)
                return echo(request)
            }
        ) { test in
            var client: RawClient? = try test.client()
            client?.resetOnClose()
            try await client?.send("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()
            client = nil
        }
        #expect(wasCancelled.all == [true])
    }

    @Test("when run returns no responder is left, even one whose client is long gone")
    func nothingIsLeft() async throws {
        let started = Latch()
        let ended = Recorder<Bool>()
        try await withServer { request in
            started.open()
            await Latch().wait()
            for _ in 0..<100 { await Task.yield() }
            ended.note(true)
            return echo(request)
        } _: { test in
            var client: RawClient? = try test.client()
            client?.resetOnClose()
            try await client?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()
            client = nil
        }
        #expect(ended.all == [true])
    }

    @Test("cancelling the task that runs the server drains it")
    func cancellation() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let (started, release) = (Latch(), Latch())
        let server = HTTPServer(
            limits: roomyLimits(), eventLoopGroup: group, refuse: { refusal, _ in Response(status: refusal.status) },
            respond: { request in
                started.open()
                await release.wait()
                return echo(request)
            })
        let socket = try ListeningSocket(host: "127.0.0.1", port: 0, backlog: 16)
        let run = Task { try await server.run(on: socket) }
        let client = try RawClient(port: socket.address.port)
        try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await started.wait()
        run.cancel()
        release.open()
        #expect(try await client.response().values("Connection") == ["close"])
        try await client.finishSending()
        try await run.value
        #expect(server.openConnections == 0)
        try await group.shutdownGracefully()
    }

    @Test("a server that was drained before it ran returns at once")
    func drainedBefore() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = HTTPServer(
            limits: roomyLimits(), eventLoopGroup: group, refuse: { refusal, _ in Response(status: refusal.status) },
            respond: { echo($0) }
        )
        server.drain()
        let socket = try ListeningSocket(host: "127.0.0.5", port: 0, backlog: 16)
        try await server.run(on: socket)
        #expect(throws: (any Error).self) { try RawClient(port: socket.address.port, host: "127.0.0.5") }
        try await group.shutdownGracefully()
    }
}
