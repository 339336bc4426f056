package import Resilience

/// One HTTP request to an upstream service, signed and ready.
package struct TransportRequest: Sendable {
    /// The method.
    package var method: String
    /// Where it goes.
    package var endpoint: Endpoint
    /// The whole path, percent-encoded, and the query where there is one.
    package var target: String
    /// Every header but `Content-Length`, which the transport adds; `Host` is among them.
    package var headers: [(name: String, value: String)]
    /// The body.
    package var body: [UInt8]

    /// Creates a request.
    package init(
        method: String, endpoint: Endpoint, target: String, headers: [(name: String, value: String)], body: [UInt8]
    ) {
        self.method = method
        self.endpoint = endpoint
        self.target = target
        self.headers = headers
        self.body = body
    }
}

/// A whole HTTP answer.
package struct TransportResponse: Sendable {
    /// The status code.
    package var status: Int
    /// Every header field, in order.
    package var headers: [(name: String, value: String)]
    /// The whole body.
    package var body: [UInt8]

    /// Creates an answer.
    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header field, its name in any case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name }?.value
    }
}

/// Why there is no whole answer.
///
/// The associated text is for the log.
package enum TransportError: Error, Sendable, Hashable {
    /// No connection could be made: name resolution, refusal, no route, connect timeout.
    case connectFailed(String)
    /// The TLS handshake failed, or the server's certificate is not trusted.
    case tlsFailed(String)
    /// The connection was lost before an answer began.
    case connectionLost(String)
    /// What came was no HTTP, or it was cut short.
    case malformedAnswer(String)
    /// The body is larger than the cap.
    case responseTooLarge(limit: Int)
    /// The deadline passed.
    case timedOut
    /// The calling task was cancelled.
    case cancelled
}

/// Sends requests upstream.
///
/// An implementation verifies TLS, never follows redirects, never decompresses, caps the body at
/// ``maxResponseBytes`` and returns or throws by the deadline.
package protocol HTTPTransport: Sendable {
    /// Sends one request and collects its whole answer.
    func send(_ request: TransportRequest, deadline: Deadline) async throws(TransportError) -> TransportResponse
}

extension HTTPTransport {
    /// The largest body that is taken: 1 MiB.
    package static var maxResponseBytes: Int { 1 << 20 }
}
