import HTTPServer
import Synchronization
import Testing

@Suite("Staying connected", .timeLimit(.minutes(1)))
struct PersistenceTests {
    @Test(
        "the connection is closed behind the response where the client says so, or its version does",
        arguments: [
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: CLOSE\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n",
            "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
            "GET / HTTP/1.0\r\n\r\n",
        ])
    func closesAsTheClientWants(bytes: String) async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send(bytes + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == 200)
            #expect(response.values("Connection") == ["close"])
            #expect(try await client.rest() == ("", .closed))
            #expect(test.seen.all.count == 1)
        }
    }

    @Test("a client of HTTP/1.0 that asks for it stays connected, and is told so")
    func keepAliveOfHTTP10() async throws {
        try await withServer { test in
            let client = try test.client()
            for number in 0..<3 {
                try await client.send("GET /\(number) HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let response = try await client.response()
                #expect(response.body == "GET /\(number)\n")
                #expect(response.values("Connection") == ["keep-alive"])
            }
        }
    }

    @Test("a responder's Connection: close closes the connection")
    func closesAsTheResponderWants() async throws {
        try await withServer { _ in
            Response(status: .ok, headers: ["connection": "Close"])
        } _: { test in
            let client = try test.client()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().values("Connection") == ["close"])
            #expect(try await client.rest() == ("", .closed))
            #expect(test.seen.all.count == 1)
        }
    }

    @Test(
        "a request that offers another protocol is answered in this one, and is the connection's last",
        arguments: [
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA",
            "Upgrade: TLS/1.0",
        ])
    func upgrade(fields: String) async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send(
                "POST /x HTTP/1.1\r\nHost: a\r\n\(fields)\r\nContent-Length: 3\r\n\r\nabc"
                    + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == 200)
            #expect(response.body == "POST /x\nabc")
            #expect(response.values("Connection") == ["close"])
            #expect(try await client.rest() == ("", .closed))
        }
    }

    @Test("a client that waits for leave to send its content gets it")
    func expectContinue() async throws {
        try await withServer { test in
            let client = try test.client()
            for framing in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
                try await client.send("PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\(framing)\r\n\r\n")
                #expect(try await client.response(hasBody: false).head == "HTTP/1.1 100 Continue\r\n\r\n")
                try await client.send(framing.hasPrefix("C") ? "hello" : "5\r\nhello\r\n0\r\n\r\n")
                #expect(try await client.response().body == "PUT /x\nhello")
            }
        }
    }

    @Test(
        "no leave is given where none is needed",
        arguments: [
            "PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
            "PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            "PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
            "PUT /x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
        ])
    func needlessExpectation(bytes: String) async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send(bytes)
            #expect(try await client.response().status == 200)
        }
    }

    @Test(
        "a request that will not be taken is refused instead of being sent for",
        arguments: [
            ("Expect: 100-continue\r\nContent-Length: 65537", 413),
            ("Expect: 100-continue\r\nContent-Length: 5\r\nHost: b", 400),
            ("Expect: something\r\nContent-Length: 5", 417),
            ("Expect: 100-continue, something\r\nContent-Length: 5", 417),
            ("Expect: 100-continue\r\nExpect: 100-continue\r\nContent-Length: 5", 417),
        ])
    func refusedExpectation(fields: String, status: Int) async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send("PUT / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n")
            #expect(try await client.response().status == status)
            #expect(try await client.rest() == ("", .closed))
        }
    }

    @Test("a client that ends its side behind its requests gets its answers")
    func halfClose() async throws {
        try await withServer { request in
            for _ in 0..<20 { await Task.yield() }
            return echo(request)
        } _: { test in
            let client = try test.client()
            try await client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            try await client.finishSending()
            #expect(try await client.response().body == "GET /1\n")
            #expect(try await client.response().body == "GET /2\n")
            #expect(try await client.rest() == ("", .closed))
        }
    }

    @Test(
        "a client that ends its side within a request is told that it was incomplete",
        arguments: [
            "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell",
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        ])
    func incomplete(bytes: String) async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send(bytes)
            try await client.finishSending()
            #expect(try await client.response().status == 400)
            #expect(try await client.rest() == ("", .closed))
            #expect(test.seen.all.isEmpty)
        }
    }

    @Test("a client that sends nothing and ends its side is not answered")
    func silence() async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.finishSending()
            #expect(try await client.rest() == ("", .closed))
        }
    }

    @Test("the responder of a client that resets its connection is cancelled")
    func resetCancels() async throws {
        let (started, ended) = (Latch(), Latch())
        let wasCancelled = Recorder<Bool>()
        try await withServer { request in
            started.open()
            await Latch().wait()
            wasCancelled.note(Task.isCancelled)
            ended.open()
            return echo(request)
        } _: { test in
            var client: RawClient? = try test.client()
            client?.resetOnClose()
            try await client?.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()
            client = nil
            await ended.wait()
            #expect(wasCancelled.all == [true])
        }
    }
    @Test("the responder of a client that has ended its side is cancelled when its time is over")
    func halfCloseCancels() async throws {
        var limits = ServerLimits()
        limits.halfCloseTimeout = .milliseconds(20)
        let wasCancelled = Recorder<Bool>()
        try await withServer(limits: limits) { request in
            await Latch().wait()
            wasCancelled.note(Task.isCancelled)
            return echo(request)
        } _: { test in
            let client = try test.client()
            try await client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
            try await client.finishSending()
            #expect(try await client.response().body == "GET /1\n")
            #expect(try await client.response().body == "GET /2\n")
            #expect(wasCancelled.all == [true, true])
        }
    }

    @Test("a responder that changes something runs to its end although its client is gone")
    func resetLeavesUnsafeRequests() async throws {
        let (started, gone, ended) = (Latch(), Latch(), Latch())
        let wasCancelled = Recorder<Bool>()
        try await withServer { request in
            guard request.method == "DELETE" else { return echo(request) }
            started.open()
            await gone.wait()
            wasCancelled.note(Task.isCancelled)
            ended.open()
            return echo(request)
        } _: { test in
            var client: RawClient? = try test.client()
            client?.resetOnClose()
            try await client?.send("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n")
            await started.wait()
            client = nil
            // The one loop has seen the reset once it has answered a request that came after it.
            let other = try test.client()
            try await other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await other.response().status == 200)
            gone.open()
            await ended.wait()
            #expect(wasCancelled.all == [false])
        }
    }
    @Test("clients that send many requests at once do not keep another waiting for the last of them")
    func fairness() async throws {
        let (start, begun) = (Latch(), Recorder<String>())
        let other = Mutex<RawClient?>(nil)
        try await withServer { request in
            if request.target == "/0" {
                begun.note(request.target)
                await start.wait()
            }
            if request.target == "/1" {
                // The other request is at the socket now, while the requests behind this one are in memory already.
                other.withLock { $0.take() }?.sendNow("GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
            }
            return echo(request)
        } _: { test in
            let waiting = try test.client()
            try await waiting.send("GET /accepted HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await waiting.response().status == 200)
            other.withLock { $0 = waiting }
            var greedy: [RawClient] = []
            for _ in 0..<20 {
                let client = try test.client()
                greedy.append(client)
                try await client.send((0..<50).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
            }
            while begun.all.count < greedy.count { await Task.yield() }
            start.open()
            #expect(try await waiting.response().status == 200)
            for client in greedy {
                for _ in 0..<50 { _ = try await client.response() }
            }
            let place = try #require(test.seen.all.map(\.target).firstIndex(of: "/other"))
            // Each of the greedy clients may have had a few answered before the loop looked at its sockets.
            #expect(place < 20 * 20)
        }
    }

    @Test(
        "no request behind a Connection: close is run, however that is written",
        arguments: [
            "HTTP/1.1\r\nConnection: close", "HTTP/1.1\r\nConnection: close\t", "HTTP/1.1\r\nConnection: \tclose \t",
            "HTTP/1.1\r\nConnection: keep-alive, close", "HTTP/1.1\r\nConnection: keep-alive\r\nConnection: Close",
            "HTTP/1.0\r\nConnection: keep-alive, close", "HTTP/1.0\r\nConnection: close, keep-alive",
            "HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close",
            "HTTP/1.0\r\nConnection: close\r\nProxy-Connection: keep-alive", "HTTP/1.0\r\nProxy-Connection: keep-alive",
        ])
    func closeIsFinal(head: String) async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send("GET /first \(head)\r\nHost: a\r\n\r\nDELETE /second HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == 200)
            #expect(try await client.rest() == ("", .closed))
            #expect(test.seen.all.map(\.target) == ["/first"])
        }
    }
}
