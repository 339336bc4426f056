import AWSRuntime
import Dispatch
import NIOPosix
import Resilience
import Testing

@Suite("The transport on AsyncHTTPClient", .timeLimit(.minutes(1)))
struct AsyncHTTPClientTransportTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    /// Runs a test with a transport that is shut down after it.
    private func withTransport<Result>(
        _ body: (AsyncHTTPClientTransport) async throws -> Result
    ) async throws -> Result {
        let transport = AsyncHTTPClientTransport(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, connectTimeout: .seconds(5), trustRootsPath: nil)
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(transport))
        } catch {
            result = .failure(error)
        }
        try await transport.shutdown()
        return try result.get()
    }

    private func request(
        port: Int, method: String = "GET", target: String = "/", scheme: String = "http", body: String = ""
    ) throws -> TransportRequest {
        let endpoint = try EndpointResolver(region: "eu-west-1")
            .endpoint(
                for: AWSService(
                    signingName: "sample", hostPrefix: "sample", fipsHostPrefix: "sample", configurationName: "SAMPLE",
                    wireProtocol: .restJSON),
                override: .init(url: "\(scheme)://127.0.0.1:\(port)", source: "the test"))
        return TransportRequest(
            method: method, endpoint: endpoint, target: target,
            headers: [("Host", endpoint.authority), ("X-Amz-Date", "20261121T090000Z")], body: Array(body.utf8))
    }

    /// Sends one request to a server and gives what came of it.
    private func exchange(
        _ server: LocalServer, method: String = "GET", target: String = "/", body: String = "",
        within: Duration = .seconds(30)
    ) async throws -> Result<TransportResponse, TransportError> {
        try await withTransport { transport in
            let request = try request(port: server.port, method: method, target: target, body: body)
            do throws(TransportError) {
                return .success(try await transport.send(request, deadline: .after(within)))
            } catch {
                return .failure(error)
            }
        }
    }

    private func failure(_ server: LocalServer, within: Duration = .seconds(30)) async throws -> TransportError {
        try await #require(throws: TransportError.self) { try await exchange(server, within: within).get() }
    }

    @Test("a PUT without a body has Content-Length: 0, one Host, the target as it is and no transfer coding")
    func emptyPut() async throws {
        let server = try LocalServer(answering: Self.ok)
        let target = "/metadata-transfer-jobs/ab-1/cancel"
        _ = try await exchange(server, method: "PUT", target: target).get()
        let text = try #require(server.requests.first)
        let lines = text.split(separator: "\r\n").map { $0.lowercased() }
        #expect(text.hasPrefix("PUT \(target) HTTP/1.1\r\n"))
        #expect(lines.filter { $0.hasPrefix("host:") } == ["host: 127.0.0.1:\(server.port)"])
        #expect(lines.filter { $0.hasPrefix("content-length:") } == ["content-length: 0"])
        #expect(!lines.contains { $0.hasPrefix("transfer-encoding:") })
        #expect(lines.contains("x-amz-date: 20261121t090000z"))
    }

    @Test("a POST has its body's length and its body")
    func post() async throws {
        let server = try LocalServer(answering: Self.ok)
        _ = try await exchange(server, method: "POST", body: #"{"a":1}"#).get()
        let text = try #require(server.requests.first)
        #expect(text.lowercased().contains("\r\ncontent-length: 7\r\n"))
        #expect(!text.lowercased().contains("transfer-encoding"))
        #expect(text.hasSuffix("\r\n\r\n" + #"{"a":1}"#))
    }

    @Test("a GET announces no body")
    func get() async throws {
        let server = try LocalServer(answering: Self.ok)
        _ = try await exchange(server).get()
        let text = try #require(server.requests.first).lowercased()
        #expect(!text.contains("content-length") && !text.contains("transfer-encoding"))
    }

    @Test("status, headers and body come as they were sent, whatever the status", arguments: [200, 400, 404, 429, 500])
    func answers(status: Int) async throws {
        let server = try LocalServer(
            answering:
                "HTTP/1.1 \(status) Words\r\nX-Amzn-RequestId: r\r\nA: 1\r\nA: 2\r\nContent-Length: 4\r\n\r\nbody")
        let response = try await exchange(server).get()
        #expect(response.status == status)
        #expect(response.header("x-amzn-requestid") == "r")
        #expect(response.headers.filter { $0.name == "A" }.map(\.value) == ["1", "2"])
        #expect(response.body == Array("body".utf8))
    }

    @Test("a chunked body is put together")
    func chunked() async throws {
        let server = try LocalServer(
            answering: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n5\r\na\":1}\r\n0\r\n\r\n")
        #expect(try await exchange(server).get().body == Array(#"{"a":1}"#.utf8))
    }

    @Test("a compressed body is not unpacked")
    func compressed() async throws {
        let bytes: [UInt8] = [0x1F, 0x8B, 8, 0]
        let server = try LocalServer(
            answering: Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n".utf8) + bytes)
        #expect(try await exchange(server).get().body == bytes)
    }

    @Test("a redirect is an answer, not a way to go", arguments: [301, 302, 303, 307, 308])
    func redirect(status: Int) async throws {
        let other = try LocalServer(answering: Self.ok)
        let server = try LocalServer(
            answering:
                "HTTP/1.1 \(status) Moved\r\nLocation: http://127.0.0.1:\(other.port)/\r\nContent-Length: 0\r\n\r\n")
        #expect(try await exchange(server).get().status == status)
        #expect(server.requests.count == 1)
        #expect(other.requests.isEmpty)
    }

    @Test("a body of 1 MiB is taken")
    func largestBody() async throws {
        let body = [UInt8](repeating: 0x61, count: 1 << 20)
        let server = try LocalServer(
            answering: Array("HTTP/1.1 200 OK\r\nContent-Length: \(1 << 20)\r\n\r\n".utf8) + body)
        #expect(try await exchange(server).get().body.count == 1 << 20)
    }

    @Test("the body of a failure over 1 MiB is left out, for its status says enough", arguments: [302, 404, 503])
    func tooLargeFailure(status: Int) async throws {
        let body = [UInt8](repeating: 0x61, count: (1 << 20) + 1)
        let head = "HTTP/1.1 \(status) Words\r\nX-Amzn-RequestId: r\r\nContent-Length: \(body.count)\r\n\r\n"
        let response = try await exchange(LocalServer(answering: Array(head.utf8) + body)).get()
        #expect(response.status == status)
        #expect(response.header("x-amzn-requestid") == "r")
        #expect(response.body.isEmpty)
    }

    @Test("a body over 1 MiB is refused, its length announced or not")
    func tooLarge() async throws {
        let body = [UInt8](repeating: 0x61, count: (1 << 20) + 1)
        for head in ["Content-Length: \(body.count)\r\n", "Connection: close\r\n"] {
            let server = try LocalServer(answering: Array("HTTP/1.1 200 OK\r\n\(head)\r\n".utf8) + body)
            #expect(try await failure(server) == .responseTooLarge(limit: 1 << 20))
        }
    }

    @Test(
        "an answer that is cut short is malformed, never a whole one",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
        ])
    func cutShort(answer: String) async throws {
        guard case .malformedAnswer = try await failure(LocalServer(answering: answer)) else {
            Issue.record("it was told as something else")
            return
        }
    }

    @Test("a connection that is reset before the answer is lost, one that is reset within it a malformed answer")
    func reset() async throws {
        let before = try LocalServer { connection in
            _ = connection.readRequest()
            connection.resetOnClose()
        }
        guard case .connectionLost = try await failure(before) else {
            Issue.record("a reset before the answer was told as something else")
            return
        }
        let within = try LocalServer { connection in
            _ = connection.readRequest()
            connection.resetOnClose()
            // More than the two sockets hold: when it is sent, the client has read the head.
            connection.limitSendBuffer(to: 4096)
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(1 << 20)\r\n\r\n")
            connection.send([UInt8](repeating: 0x61, count: 900 << 10))
        }
        guard case .malformedAnswer = try await failure(within) else {
            Issue.record("a reset within the answer was told as something else")
            return
        }
    }

    @Test(
        "an answer that is no HTTP is malformed",
        arguments: [
            "garbage\r\n\r\n", "\u{0}\u{1}\u{2}", "SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 abc OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ])
    func garbage(answer: String) async throws {
        guard case .malformedAnswer = try await failure(LocalServer(answering: answer)) else {
            Issue.record("it was told as something else")
            return
        }
    }

    @Test("a connection that is closed without a word is lost")
    func closed() async throws {
        guard case .connectionLost = try await failure(LocalServer { _ = $0.readRequest() }) else {
            Issue.record("it was told as something else")
            return
        }
    }

    @Test("a refused connection is a failed connect, told at once")
    func refused() async throws {
        let error = try await LocalServer.withRefusingPort { port in
            try await withTransport { transport in
                try await #require(throws: TransportError.self) {
                    _ = try await transport.send(request(port: port), deadline: .after(.seconds(30)))
                }
            }
        }
        guard case .connectFailed = error else {
            Issue.record("the error is \(error)")
            return
        }
    }

    @Test("TLS with a server that speaks none fails as TLS")
    func noTLS() async throws {
        let server = try LocalServer { $0.send("HTTP/1.1 400 Bad Request\r\n\r\n") }
        let error = try await withTransport { transport in
            try await #require(throws: TransportError.self) {
                let request = try request(port: server.port, scheme: "https")
                _ = try await transport.send(request, deadline: .after(.seconds(30)))
            }
        }
        guard case .tlsFailed = error else {
            Issue.record("the error is \(error)")
            return
        }
    }

    @Test(
        "the deadline covers an answer that does not begin, a slow head and a slow body",
        arguments: ["", "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":"])
    func deadline(answer: String) async throws {
        let server = try LocalServer { connection in
            _ = connection.readRequest()
            connection.send(answer)
            connection.waitForClose()
        }
        let start = ContinuousClock.now
        #expect(try await failure(server, within: .milliseconds(200)) == .timedOut)
        #expect(start.duration(to: .now) >= .milliseconds(200))
    }

    @Test("after the deadline nothing is sent")
    func passedDeadline() async throws {
        let server = try LocalServer(answering: Self.ok)
        #expect(try await failure(server, within: .zero) == .timedOut)
        #expect(server.requests.isEmpty)
    }

    @Test("a cancelled task ends its exchange as cancelled")
    func cancelled() async throws {
        let (requests, arrived) = AsyncStream.makeStream(of: Void.self)
        let server = try LocalServer { connection in
            _ = connection.readRequest()
            arrived.yield()
            connection.waitForClose()
        }
        let task = Task { try await failure(server) }
        for await _ in requests { break }
        task.cancel()
        #expect(try await task.value == .cancelled)
    }

    @Test("a hundred requests to one host are in flight at once")
    func concurrency() async throws {
        let count = 100
        let all = DispatchGroup()
        for _ in 0..<count { all.enter() }
        // No request is answered before every one has arrived.
        let server = try LocalServer { connection in
            guard connection.readRequest() else { return }
            all.leave()
            let isComplete = all.wait(timeout: .now() + 20) == .success
            connection.send(isComplete ? Self.ok : "HTTP/1.1 503 Not All\r\nContent-Length: 0\r\n\r\n")
        }
        let statuses = try await withTransport { transport in
            let request = try request(port: server.port)
            return try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<count {
                    group.addTask { try await transport.send(request, deadline: .after(.seconds(30))).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(statuses == .init(repeating: 200, count: count))
        for _ in server.requests.count..<count { all.leave() }
    }

    @Test("requests one after the other share a connection")
    func keepAlive() async throws {
        let (connections, connected) = AsyncStream.makeStream(of: Void.self)
        let server = try LocalServer { connection in
            connected.yield()
            while connection.readRequest() { connection.send(Self.ok) }
        }
        try await withTransport { transport in
            for _ in 0..<3 { _ = try await transport.send(request(port: server.port), deadline: .after(.seconds(30))) }
        }
        connected.finish()
        #expect(await connections.reduce(into: 0) { count, _ in count += 1 } == 1)
        #expect(server.requests.count == 3)
    }
}
