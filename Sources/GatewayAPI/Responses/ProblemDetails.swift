package import GatewayCore
package import HTTPServer

/// Writes a failure as RFC 9457 has it, with this gateway's extension members.
package enum ProblemDetails {
    /// The answer for a failure.
    ///
    /// - Parameters:
    ///   - error: The failure; its private cause is not written.
    ///   - instance: The request's path as sent, or a URN where none could be read (RFC 9457 `instance`).
    ///   - requestID: The request's identifier.
    /// - Returns: The answer, with every header that the failure asks for.
    package static func response(for error: GatewayError, instance: String, requestID: String) -> Response {
        let code = error.code
        let retryAfter = error.retryAfterSeconds
        let body = JSONWriter.object { writer in
            writer.member("type", "/problems/\(code.rawValue)")
            writer.member("title", code.title)
            writer.member("status", code.status)
            writer.member("detail", error.detail)
            writer.member("instance", instance)
            writer.member("code", code.rawValue)
            writer.member("requestId", requestID)
            writer.member("retryable", code.isRetryable)
            if let retryAfter { writer.member("retryAfterSeconds", Int(retryAfter)) }
            if let upstream = error.upstream {
                writer.member("upstream", upstream) { writer, upstream in
                    writer.member("service", upstream.service)
                    writer.member("operation", upstream.operation)
                    writer.member("errorCode", upstream.errorCode)
                    writer.member("requestId", upstream.requestID)
                    writer.member("httpStatus", upstream.httpStatus)
                }
            }
            if let hint = error.hint { writer.member("hint", hint) }
            if let job = error.job { writer.member("job", job) { JobDocument.write($1, to: &$0) } }
        }
        var headers: HeaderFields = ["Content-Type": "application/problem+json", "Cache-Control": "no-store"]
        if let retryAfter { headers.add("Retry-After", String(retryAfter)) }
        for (name, value) in error.headers { headers.add(name, value) }
        return Response(status: Status(code: code.status), headers: headers, body: body)
    }
}

extension GatewayError {
    /// The delay in whole seconds, rounded up, at least 1.
    var retryAfterSeconds: Int64? {
        retryAfter.map { duration in
            let (seconds, attoseconds) = duration.components
            return max(1, seconds + (attoseconds > 0 ? 1 : 0))
        }
    }

    /// What the server refused before any route saw it.
    package init(_ refusal: Refusal) {
        switch refusal {
        case .malformed(let sentence): self.init(.invalidRequest, sentence)
        case .headerTimeout: self.init(.requestTimeout, "The request's headers did not arrive in time.")
        case .requestTimeout: self.init(.requestTimeout, "The request's body did not arrive in time.")
        case .contentTooLarge(let limit):
            self.init(.contentTooLarge, "The body has more than \(limit) bytes.")
        case .targetTooLong(let limit):
            self.init(.uriTooLong, "The request line has more than \(limit) bytes.")
        case .expectationFailed: self.init(.expectationFailed, "The server knows only `Expect: 100-continue`.")
        case .headersTooLarge(let sentence): self.init(.headersTooLarge, sentence)
        case .unsupportedTransferCoding:
            self.init(.notImplemented, "The server knows only the transfer coding `chunked`.")
        case .tooManyConnections:
            self.init(.overloaded, "The gateway has as many connections as it takes.", retryAfter: .seconds(1))
        case .unsupportedVersion: self.init(.versionNotSupported, "The server speaks HTTP/1.1 and HTTP/1.0.")
        }
    }
}
