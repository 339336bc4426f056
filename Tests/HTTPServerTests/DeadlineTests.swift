import HTTPServer
import Testing

/// Each server here is impatient in one respect only, so that a test waits for nothing but the deadline it is about.
@Suite("Deadlines", .timeLimit(.minutes(1)))
struct DeadlineTests {
    private static let soon = Duration.milliseconds(500)

    @Test("a client that connects and says nothing is dropped without a word")
    func silentClient() async throws {
        try await withServer(limits: roomyLimits { $0.headerTimeout = Self.soon }) { test in
            let client = try test.client()
            #expect(try await client.rest() == ("", .closed))
        }
    }

    @Test("a client that stays silent after its request is dropped without a word")
    func idleClient() async throws {
        try await withServer(limits: roomyLimits { $0.idleTimeout = Self.soon }) { test in
            let client = try test.client()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().status == 200)
            #expect(try await client.rest() == ("", .closed))
        }
    }

    @Test("line breaks do not keep an idle connection open")
    func idleLineBreaks() async throws {
        try await withServer(limits: roomyLimits { $0.idleTimeout = Self.soon }) { test in
            let client = try test.client()
            let dripping = Task {
                while !Task.isCancelled {
                    try await client.send("\r\n")
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            let (text, _) = try await client.rest()
            #expect(text.isEmpty)
            dripping.cancel()
            _ = await dripping.result
        }
    }

    @Test(
        "a head that is not complete in time is answered 408",
        arguments: ["G", "GET / HTTP/1.1\r\nHost: a\r\n", "\r\nGET /"])
    func slowHead(bytes: String) async throws {
        try await withServer(limits: roomyLimits { $0.headerTimeout = Self.soon }) { test in
            let client = try test.client()
            try await client.send(bytes)
            let response = try await client.response()
            #expect(response.status == 408)
            #expect(response.body == "headerTimeout")
            #expect(response.values("Connection") == ["close"])
            #expect(try await client.rest() == ("", .closed))
            #expect(test.seen.all.isEmpty)
        }
    }

    @Test("a head that trickles is not given more time, and other clients are served meanwhile")
    func tricklingHead() async throws {
        try await withServer(limits: roomyLimits { $0.headerTimeout = .seconds(1) }) { test in
            let slow = try test.client()
            try await slow.send("GET / HTTP/1.1\r\n")
            let trickle = Task {
                while !Task.isCancelled {
                    try await slow.send("a:\r\n")
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            let other = try test.client()
            for _ in 0..<50 {
                try await other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await other.response().status == 200)
            }
            #expect(try await slow.response().status == 408)
            trickle.cancel()
            _ = await trickle.result
        }
    }

    @Test(
        "content that trickles is not given more time than the request",
        arguments: ["Content-Length: 50000", "Transfer-Encoding: chunked"])
    func tricklingContent(framing: String) async throws {
        try await withServer(limits: roomyLimits { $0.requestTimeout = .milliseconds(400) }) { test in
            let client = try test.client()
            try await client.send("PUT / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
            let trickle = Task {
                while !Task.isCancelled {
                    try await client.send(framing.hasPrefix("C") ? "b" : "1\r\nb\r\n")
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            let response = try await client.response()
            #expect(response.status == 408)
            #expect(response.body == "requestTimeout")
            trickle.cancel()
            _ = await trickle.result
            #expect(test.seen.all.isEmpty)
        }
    }

    @Test("a client that does not read its answer is dropped")
    func unreadAnswer() async throws {
        try await withServer(
            limits: roomyLimits { $0.requestTimeout = Self.soon },
            respond: { _ in Response(status: .ok, body: [UInt8](repeating: 1, count: 20_000_000)) }
        ) { test in
            let client = try test.client(receiveBuffer: 4096)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            while test.seen.all.isEmpty || test.server.openConnections > 0 { await Task.yield() }
            let (text, ending) = try await client.rest()
            #expect(text.utf8.count < 20_000_000)
            #expect(ending != .stillOpen)
        }
    }

    @Test("a responder may take longer than any of the deadlines")
    func slowResponder() async throws {
        let release = Latch()
        try await withServer(
            limits: roomyLimits {
                $0.headerTimeout = Self.soon
                $0.requestTimeout = Self.soon
                $0.idleTimeout = Self.soon
            },
            respond: { request in
                await release.wait()
                return echo(request)
            }
        ) { test in
            let client = try test.client()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            // Both silent ones come later and meet their deadlines one after the other.
            for _ in 0..<2 {
                let silent = try test.client()
                #expect(try await silent.rest() == ("", .closed))
            }
            release.open()
            #expect(try await client.response().status == 200)
            #expect(try await client.rest() == ("", .closed))
        }
    }
}
