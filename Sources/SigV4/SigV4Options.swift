/// In what signers of different services differ.
package struct SigV4Options: Sendable, Hashable {
    /// Whether dot segments and doubled slashes are taken out of the path before it is signed: all services but S3.
    package var normalizesPath: Bool
    /// Whether `X-Amz-Content-Sha256` is added and signed; the body's hash is signed either way.
    package var signsPayloadHeader: Bool
    /// Whether the session token is among the signed headers; if not it is only sent along.
    package var signsSessionToken: Bool

    /// Creates options; the defaults are right for the JSON and REST-JSON services.
    package init(normalizesPath: Bool = true, signsPayloadHeader: Bool = false, signsSessionToken: Bool = true) {
        self.normalizesPath = normalizesPath
        self.signsPayloadHeader = signsPayloadHeader
        self.signsSessionToken = signsSessionToken
    }

    /// The fields never signed: what a hop may change on the way, and the authorization itself.
    ///
    /// These are the hop-by-hop fields of RFC 9110, section 7.6.1, the agent's name, and trace context.
    private static let unsigned = [
        "authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te",
        "trailer", "transfer-encoding", "upgrade", "user-agent", "traceparent", "tracestate", "x-amzn-trace-id",
    ]

    /// The same by their lengths: to compare a name with all fourteen costs more than to hash it.
    private static let unsignedByLength = (0...19).map { length in unsigned.filter { $0.utf8.count == length } }

    /// Whether the field of that lower-case name is signed when a request has it.
    ///
    /// `amz-sdk-*` is not either: it tells of the attempt, not of the request.
    static func signs(headerNamed name: String) -> Bool {
        let length = name.utf8.count
        if length < unsignedByLength.count, unsignedByLength[length].contains(name) { return false }
        return !name.hasPrefix("amz-sdk-")
    }
}
