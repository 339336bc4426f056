import HTTPServer
import Testing

@Suite("Limits", .timeLimit(.minutes(1)))
struct LimitTests {
    private static func limits() -> ServerLimits {
        roomyLimits {
            $0.maxRequestLineBytes = 100
            $0.maxHeaderBytes = 200
            $0.maxHeaderFields = 5
            $0.maxBodyBytes = 50
        }
    }

    private static func exchange(_ bytes: String) async throws -> RawResponse {
        try await withServer(limits: limits()) { test in
            let client = try test.client()
            await client.sendAsMuchAsIsTaken(Array(bytes.utf8))
            let response = try await client.response()
            if response.status != 200 {
                #expect(response.values("Connection") == ["close"])
                #expect(try await client.rest() == ("", .closed))
                #expect(test.seen.all.isEmpty)
            }
            return response
        }
    }

    private static func requestLine(of length: Int) -> String {
        "GET /" + String(repeating: "a", count: length - 14) + " HTTP/1.1"
    }

    @Test(
        "a request line may be as long as the limit and no longer",
        arguments: [(99, 200), (100, 200), (101, 414), (5000, 414)])
    func requestLine(length: Int, status: Int) async throws {
        let response = try await Self.exchange("\(Self.requestLine(of: length))\r\nHost: a\r\n\r\n")
        #expect(response.status == status)
    }

    @Test("a request line without end is refused before it ends")
    func endlessRequestLine() async throws {
        #expect(try await Self.exchange("GET /" + String(repeating: "a", count: 100)).status == 414)
    }

    @Test(
        "header fields may be as large as the limit and no larger",
        arguments: [(199, 200), (200, 200), (201, 431), (5000, 431)])
    func headerBytes(size: Int, status: Int) async throws {
        // "Host: a", "X: " and their line breaks.
        let value = String(repeating: "b", count: size - 14)
        #expect(try await Self.exchange("GET / HTTP/1.1\r\nHost: a\r\nX: \(value)\r\n\r\n").status == status)
    }

    @Test("header fields may be as many as the limit and no more", arguments: [(5, 200), (6, 431), (60, 431)])
    func headerCount(count: Int, status: Int) async throws {
        let fields = String(repeating: "a:\r\n", count: count - 1)
        #expect(try await Self.exchange("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n").status == status)
    }

    @Test(
        "content of a known length may be as long as the limit and no longer",
        arguments: [(50, 200), (51, 413), (5_000_000, 413)])
    func contentLength(length: Int, status: Int) async throws {
        let body = String(repeating: "b", count: min(length, 100_000))
        let response = try await Self.exchange(
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\n\r\n\(body)")
        #expect(response.status == status)
    }

    @Test(
        "chunked content may be as long as the limit and no longer, nor may its chunks be too small by far",
        arguments: [(1, 50, 200), (1, 51, 413), (10, 5, 200), (2, 26, 413), (1, 100_000, 413), (50, 1, 413)])
    func chunkedContent(count: Int, size: Int, status: Int) async throws {
        let chunk = "\(String(size, radix: 16))\r\n\(String(repeating: "b", count: size))\r\n"
        let body = String(repeating: chunk, count: count) + "0\r\n\r\n"
        let head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(try await Self.exchange(head + body).status == status)
    }

    @Test(
        "trailer fields are bounded as header fields are",
        arguments: [(1, 200), (3, 200), (10, 431)])
    func trailers(count: Int, status: Int) async throws {
        let head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        let trailers = String(repeating: "a: b\r\n", count: count)
        #expect(try await Self.exchange("\(head)0\r\n\(trailers)\r\n").status == status)
    }

    @Test("the answer to a refused request is seen by a client that goes on sending")
    func refusalIsSeen() async throws {
        for _ in 0..<10 {
            let body = String(repeating: "b", count: 300_000)
            let response = try await Self.exchange(
                "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n\(body)")
            #expect(response.status == 413)
            #expect(response.body == "contentTooLarge(limit: 50)")
        }
    }

    @Test("one connection more than allowed is told so, and a place that becomes free is taken")
    func tooManyConnections() async throws {
        try await withServer(limits: roomyLimits { $0.maxConnections = 2 }) { test in
            let first = try test.client()
            let second = try test.client()
            for client in [first, second] {
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.response().status == 200)
            }
            let surplus = try test.client()
            let refused = try await surplus.response()
            #expect(refused.status == 503)
            #expect(refused.values("Connection") == ["close"])
            try await surplus.send("GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
            try await surplus.finishSending()
            #expect(try await surplus.rest() == ("", .closed))
            #expect(test.server.openConnections == 2)

            try await first.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            _ = try await first.response()
            try await first.finishSending()
            #expect(try await first.rest() == ("", .closed))
            // The server notes the end right after the client can see it.
            while test.server.openConnections == 2 { await Task.yield() }
            let third = try test.client()
            try await third.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await third.response().status == 200)
            #expect(test.seen.all.count == 4)
        }
    }

    @Test("clients beyond those that are told so are turned away, and the others are served on")
    func manySurplusConnections() async throws {
        try await withServer(limits: roomyLimits { $0.maxConnections = 1 }) { test in
            let served = try test.client()
            try await served.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await served.response()
            let surplus = try (0..<100).map { _ in try test.client() }
            try await served.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await served.response().status == 200)
            for client in surplus {
                let (text, _) = try await client.rest()
                #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 503 "))
            }
            #expect(test.server.openConnections == 1)
        }
    }
}
