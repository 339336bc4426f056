import HTTPServer
import NIOPosix
import Testing

@Suite("Requests and responses", .timeLimit(.minutes(1)))
struct ExchangeTests {
    @Test("a request is answered with its length, a date and an open connection")
    func simpleRequest() async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send("GET /a%20b?x=1 HTTP/1.1\r\nHost: localhost\r\nX-Thing:One \t\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == 200)
            #expect(response.head.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(response.body == "GET /a%20b?x=1\n")
            #expect(response.values("Content-Length") == ["15"])
            #expect(response.values("Date").first?.hasSuffix(" GMT") == true)
            #expect(response.values("Connection").isEmpty)

            let request = try #require(test.seen.all.first)
            #expect(request.method == "GET")
            #expect(request.path == "/a%20b")
            #expect(request.query == "x=1")
            #expect(request.headers["x-thing"] == ["One"])
            #expect(request.version == (1, 1))
            #expect(request.remoteAddress == "127.0.0.1")

            try await client.send("POST /again HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello")
            #expect(try await client.response().body == "POST /again\nhello")
            #expect(test.server.openConnections == 1)
        }
    }

    @Test("twenty requests sent at once are answered in order, one at a time")
    func pipelining() async throws {
        let running = Recorder<Int>()
        try await withServer { request in
            running.note(1)
            // Later requests would overtake if they were not held back.
            for _ in 0..<(40 - 2 * request.body.count) { await Task.yield() }
            running.note(-1)
            return echo(request)
        } _: { test in
            let client = try test.client()
            let requests = (0..<20).map { number in
                let body = String(repeating: "b", count: number)
                return "POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: \(number)\r\n\r\n\(body)"
            }
            try await client.send(requests.joined())
            for number in 0..<20 {
                let body = String(repeating: "b", count: number)
                #expect(try await client.response().body == "POST /\(number)\n\(body)")
            }
        }
        #expect(running.all == (0..<20).flatMap { _ in [1, -1] })
    }

    @Test("a request that arrives byte by byte is the same request")
    func byteByByte() async throws {
        try await withServer { test in
            let client = try test.client()
            let text =
                "\r\nPOST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
            for byte in (text + text).utf8 { try await client.send([byte]) }
            #expect(try await client.response().body == "POST /x\nabcd")
            #expect(try await client.response().body == "POST /x\nabcd")
        }
    }

    @Test("chunked content arrives whole, and its trailer fields are dropped")
    func chunkedContent() async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send(
                "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                    + "4;note=x\r\n\r\n\r\n\r\nA\r\n0123456789\r\n0\r\nX-Late: 1\r\nHost: b\r\n\r\n"
                    + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().body == "PUT /c\n\r\n\r\n0123456789")
            #expect(try await client.response().body == "GET /next\n")
            #expect(test.seen.all.first?.headers.contains("x-late") == false)
            #expect(test.seen.all.first?.headers["host"] == ["a"])
        }
    }

    @Test("HEAD is answered with the length of what GET would bring, and nothing else")
    func head() async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\n\r\n")
            let head = try await client.response(hasBody: false)
            #expect(head.status == 200)
            #expect(head.values("Content-Length") == ["8"])
            #expect(try await client.response().body == "GET /y\n")
        }
    }

    @Test("a status without content is sent without content", arguments: [204, 304])
    func noContent(code: Int) async throws {
        try await withServer { _ in
            Response(status: Status(code: code), body: Array("never".utf8))
        } _: { test in
            let client = try test.client()
            for _ in 0..<2 {
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try await client.response(hasBody: false)
                #expect(response.status == code)
                #expect(response.values("Content-Length").isEmpty)
            }
        }
    }

    @Test("a status that could not end an exchange becomes 500", arguments: [0, 100, 101, 199, 600, 1000])
    func impossibleStatus(code: Int) async throws {
        try await withServer { _ in
            Response(status: Status(code: code))
        } _: { test in
            let client = try test.client()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().status == 500)
        }
    }

    @Test("nothing a responder puts into a field can end the field or the head")
    func headerInjection() async throws {
        try await withServer { request in
            var fields: HeaderFields = ["X-Value": "a\r\nX-Injected: 1\r\n\r\nbody\u{0}\n", "X-Bad\r\nX-Name: 1": "x"]
            fields.add("X Space", "1")
            fields.add("", "1")
            fields.add("X-Text", "tab\there, é")
            return Response(status: .ok, headers: fields, body: [])
        } _: { test in
            let client = try test.client()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            let response = try await client.response()
            #expect(response.values("X-Value") == ["a  X-Injected: 1    body"])
            #expect(response.values("X-Injected").isEmpty)
            #expect(response.values("X-Name").isEmpty)
            #expect(response.values("X-Text") == ["tab\there, é"])
            #expect(!response.head.contains("X Space"))
            #expect(try await client.rest() == ("", .closed))
        }
    }

    @Test("the framing fields of a responder are ignored")
    func framingFields() async throws {
        try await withServer { _ in
            Response(
                status: .ok,
                headers: ["content-length": "999", "Transfer-Encoding": "chunked", "Keep-Alive": "timeout=1"],
                body: Array("four".utf8))
        } _: { test in
            let client = try test.client()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await client.response()
            #expect(response.values("Content-Length") == ["4"])
            #expect(response.values("Transfer-Encoding").isEmpty)
            #expect(response.values("Keep-Alive").isEmpty)
            #expect(response.body == "four")
        }
    }

    @Test("a responder runs on the event loop's thread, before and after it waits")
    func threadOfTheResponder() async throws {
        let onLoop = Recorder<Bool>()
        try await withServer { request in
            onLoop.note(MultiThreadedEventLoopGroup.currentEventLoop != nil)
            try? await Task.sleep(for: .milliseconds(1))
            onLoop.note(MultiThreadedEventLoopGroup.currentEventLoop != nil)
            return echo(request)
        } _: { test in
            let client = try test.client()
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await client.response()
        }
        #expect(onLoop.all == [true, true])
    }

    @Test("a large response arrives whole although the client reads it late")
    func largeResponse() async throws {
        try await withServer { _ in
            Response(status: .ok, body: [UInt8](repeating: UInt8(ascii: "x"), count: 4_000_000))
        } _: { test in
            let client = try test.client(receiveBuffer: 4096)
            try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().body.utf8.count == 4_000_000)
            #expect(try await client.response().body.utf8.count == 4_000_000)
        }
    }
}
