import HTTPServer
import NIOCore
import NIOPosix
import Synchronization

/// A server on a port of its own, and the requests its responder has seen.
struct TestServer: Sendable {
    let server: HTTPServer
    let host: String
    let port: Int
    let seen: Recorder<Request>

    func client(receiveBuffer: CInt? = nil) throws -> RawClient {
        try RawClient(port: port, host: host, receiveBuffer: receiveBuffer)
    }
}

/// Values in the order they were noted, from any thread.
final class Recorder<Value: Sendable>: Sendable {
    private let state = Mutex<[Value]>([])

    func note(_ value: Value) {
        state.withLock { $0.append(value) }
    }

    var all: [Value] {
        state.withLock { $0 }
    }
}

/// Opens once; whoever waits goes on then, or when its task is cancelled.
final class Latch: Sendable {
    private let stream: AsyncStream<Never>
    private let opening: AsyncStream<Never>.Continuation

    init() {
        (stream, opening) = AsyncStream.makeStream()
    }

    func open() {
        opening.finish()
    }

    func wait() async {
        for await _ in stream {}
    }
}

/// Limits that no test should meet by accident, and a drain that does not wait long.
func roomyLimits(_ change: (inout ServerLimits) -> Void = { _ in }) -> ServerLimits {
    var limits = ServerLimits()
    limits.headerTimeout = .seconds(60)
    limits.requestTimeout = .seconds(60)
    limits.drainTimeout = .seconds(5)
    change(&limits)
    return limits
}

/// The method, the target and the content, one below the other.
func echo(_ request: Request) -> Response {
    let text = "\(request.method) \(request.target)\n" + String(decoding: request.body, as: UTF8.self)
    return Response(status: .ok, headers: ["Content-Type": "text/plain"], body: Array(text.utf8))
}

/// Serves while `body` runs, then drains; nothing is left behind.
func withServer<Result: Sendable>(
    limits: ServerLimits = roomyLimits(), host: String = "127.0.0.1",
    respond: @escaping @Sendable (Request) async -> Response = { echo($0) },
    _ body: @Sendable (TestServer) async throws -> Result
) async throws -> Result {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let seen = Recorder<Request>()
    let server = HTTPServer(
        limits: limits, eventLoopGroup: group,
        refuse: { refusal, address in
            let headers: HeaderFields = ["X-Refused": "yes", "X-Remote-Address": address ?? "none"]
            return Response(status: refusal.status, headers: headers, body: Array("\(refusal)".utf8))
        },
        respond: { request in
            seen.note(request)
            return await respond(request)
        })
    let outcome: Swift.Result<Result, any Error>
    do {
        let socket = try ListeningSocket(host: host, port: 0, backlog: 128)
        let test = TestServer(server: server, host: host, port: socket.address.port, seen: seen)
        outcome = .success(
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await server.run(on: socket) }
                let result = try await body(test)
                server.drain()
                try await tasks.waitForAll()
                return result
            })
    } catch {
        outcome = .failure(error)
    }
    try await group.shutdownGracefully()
    return try outcome.get()
}
