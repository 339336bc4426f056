package import AWSRuntime
package import Resilience
import Synchronization

/// A transport that answers from a script and keeps what it was sent.
package final class StubTransport: HTTPTransport {
    /// One step of the script.
    package typealias Step = Result<TransportResponse, TransportError>

    private let state: Mutex<(script: [Step], requests: [TransportRequest], deadlines: [Deadline])>
    private let onSend: @Sendable () -> Void

    /// Plays a script; when it is over, every further request is answered with `connectionLost`.
    ///
    /// - Parameters:
    ///   - script: The answers, in order.
    ///   - onSend: Called at each request, for example to move a clock.
    package init(_ script: [Step], onSend: @escaping @Sendable () -> Void = {}) {
        state = Mutex((script, [], []))
        self.onSend = onSend
    }

    /// Every request so far.
    package var requests: [TransportRequest] { state.withLock { $0.requests } }

    /// The deadline of every request so far.
    package var deadlines: [Deadline] { state.withLock { $0.deadlines } }

    /// Plays the next step.
    package func send(_ request: TransportRequest, deadline: Deadline) async throws(TransportError) -> TransportResponse
    {
        onSend()
        let step = state.withLock { state -> Step in
            state.requests.append(request)
            state.deadlines.append(deadline)
            return state.script.isEmpty ? .failure(.connectionLost("the script is over")) : state.script.removeFirst()
        }
        return try step.get()
    }
}

extension StubTransport.Step {
    /// An answer with a JSON body.
    package static func json(_ status: Int, _ body: String, headers: [(name: String, value: String)] = []) -> Self {
        .success(
            TransportResponse(
                status: status, headers: [("Content-Type", "application/json")] + headers, body: Array(body.utf8)))
    }
}

extension TransportRequest {
    /// The values of a header field, its name in any case.
    package func values(_ name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The body as text.
    package var bodyText: String { String(decoding: body, as: UTF8.self) }

    /// The names that the `Authorization` header says are signed.
    package var signedHeaders: [String] {
        let authorization = values("Authorization").first ?? ""
        let field = authorization.split(separator: ", ").first { $0.hasPrefix("SignedHeaders=") } ?? ""
        return field.dropFirst("SignedHeaders=".count).split(separator: ";").map(String.init)
    }
}
