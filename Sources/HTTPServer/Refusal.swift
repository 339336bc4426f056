/// What the server refuses by itself, before any responder sees it.
///
/// After a refusal the connection is always closed: there is no telling where the next request would begin.
package enum Refusal: Error, Sendable, Hashable {
    /// The bytes are no acceptable request; the sentence says why and may be shown to the client.
    case malformed(String)
    /// The request's head took longer than `ServerLimits.headerTimeout`.
    case headerTimeout
    /// The whole request took longer than `ServerLimits.requestTimeout`.
    case requestTimeout
    /// The content is longer than `limit` bytes.
    case contentTooLarge(limit: Int)
    /// The request line is longer than `limit` bytes.
    case targetTooLong(limit: Int)
    /// An `Expect` other than `100-continue`.
    case expectationFailed
    /// The header fields are too many or too large; the sentence may be shown to the client.
    case headersTooLarge(String)
    /// A `Transfer-Encoding` other than exactly `chunked`.
    case unsupportedTransferCoding
    /// As many connections are open as `ServerLimits.maxConnections` allows.
    case tooManyConnections
    /// The request's version is neither HTTP/1.0 nor HTTP/1.1.
    case unsupportedVersion

    /// The status to answer this refusal with.
    package var status: Status {
        switch self {
        case .malformed: .badRequest
        case .headerTimeout, .requestTimeout: .requestTimeout
        case .contentTooLarge: .contentTooLarge
        case .targetTooLong: .uriTooLong
        case .expectationFailed: .expectationFailed
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .unsupportedTransferCoding: .notImplemented
        case .tooManyConnections: .serviceUnavailable
        case .unsupportedVersion: .httpVersionNotSupported
        }
    }
}
