import NIOCore
import NIOHTTP1

/// Puts one request together from the decoder's parts and refuses what the decoder lets through.
struct RequestCollector {
    /// How the content of a request is delimited.
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
    }

    private struct Head {
        let method: String
        let target: RequestTarget
        let fields: HeaderFields
        let version: (major: Int, minor: Int)
    }

    private let limits: ServerLimits
    /// The client's address.
    let remoteAddress: String?
    /// Whether the client is still there; one for all requests of the connection.
    let client: ClientPresence
    private var head: Head?
    private var body: [UInt8] = []

    /// Whether the request, as far as known, is a `HEAD`.
    private(set) var isHeadRequest = false
    /// Whether the request, as far as known, changes nothing (RFC 9110, section 9.2.1).
    private(set) var isSafeRequest = false
    /// Whether the client waits for a `100 Continue` before it sends the content.
    private(set) var expectsContinue = false
    /// Whether the client is ready to send another request on the same connection.
    private(set) var keepsAlive = false
    /// Whether the request is of HTTP/1.0.
    private(set) var isHTTP10 = false

    /// A collector without a request.
    init(limits: ServerLimits, remoteAddress: String?, client: ClientPresence = ClientPresence()) {
        self.client = client
        self.limits = limits
        self.remoteAddress = remoteAddress
    }

    /// Forgets the last request.
    mutating func reset() {
        self = RequestCollector(limits: limits, remoteAddress: remoteAddress, client: client)
    }

    /// Takes a request's head.
    mutating func begin(_ received: HTTPRequestHead) throws(Refusal) -> Framing {
        let fields = Self.trimmed(received.headers)
        let method = received.method.rawValue
        isHTTP10 = received.version.minor == 0
        isHeadRequest = method == "HEAD"
        isSafeRequest = isHeadRequest || method == "GET" || method == "OPTIONS" || method == "TRACE"
        // The decoder takes a request with `Upgrade` for the last one of its protocol and decodes no other.
        keepsAlive = Self.persists(fields, isHTTP10: isHTTP10) && !fields.contains(name: "upgrade")

        let authority = try Self.authority(of: fields, isHTTP10: isHTTP10)
        let target = try RequestTarget(received: received.uri, method: method, authority: authority)
        // White space around a framing field is refused, not forgiven: the decoder has acted on it already.
        let framing = try framing(of: received.headers)
        if let expectation = fields.first(name: "expect"), !isHTTP10 {
            guard fields["expect"].count == 1, expectation.lowercased() == "100-continue" else {
                throw .expectationFailed
            }
            expectsContinue = framing != .none
        }
        head = Head(
            method: method, target: target, fields: HeaderFields(fields),
            version: (received.version.major, received.version.minor))
        return framing
    }

    /// Takes a part of the content.
    mutating func append(_ part: ByteBuffer) throws(Refusal) {
        guard body.count + part.readableBytes <= limits.maxBodyBytes else {
            throw .contentTooLarge(limit: limits.maxBodyBytes)
        }
        body.append(contentsOf: part.readableBytesView)
    }

    /// The complete request; `nil` if none was begun.
    mutating func finish() -> Request? {
        guard let head else { return nil }
        return Request(
            method: head.method, target: head.target, headers: head.fields, body: body, version: head.version,
            remoteAddress: remoteAddress, client: client)
    }

    /// The fields without the white space that may stand behind a value and is no part of it (RFC 9112, section 5);
    /// the decoder removes only what stands before it.
    private static func trimmed(_ fields: HTTPHeaders) -> HTTPHeaders {
        func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard fields.contains(where: { $0.value.utf8.last.map(isBlank) ?? false }) else { return fields }
        return HTTPHeaders(
            fields.map { name, value in
                let end = value.utf8.lastIndex { !isBlank($0) }
                return (name, end.map { String(value[...$0]) } ?? "")
            })
    }

    /// Whether the connection persists behind the request (RFC 9112, section 9.3): `close` goes before all else.
    ///
    /// The decoder's own verdict is not asked: it counts `Proxy-Connection`, and misses a `close` behind a tab.
    private static func persists(_ fields: HTTPHeaders, isHTTP10: Bool) -> Bool {
        let options = HeaderFields(fields).list("connection").map { $0.lowercased() }
        return !options.contains("close") && (!isHTTP10 || options.contains("keep-alive"))
    }

    /// The one value of `Host`, which HTTP/1.1 requires (RFC 9112, section 3.2).
    private static func authority(of fields: HTTPHeaders, isHTTP10: Bool) throws(Refusal) -> String? {
        let hosts = fields["host"]
        guard hosts.count <= 1 else {
            throw .malformed("The request has more than one Host field.")
        }
        guard let host = hosts.first else {
            guard isHTTP10 else { throw .malformed("The request has no Host field.") }
            return nil
        }
        guard Authority.isValid(host) else {
            throw .malformed("The Host field is not a host with an optional port.")
        }
        return host
    }

    /// How the content is delimited, if that is beyond doubt (RFC 9112, section 6).
    private func framing(of fields: HTTPHeaders) throws(Refusal) -> Framing {
        let codings = fields["transfer-encoding"]
        let lengths = fields["content-length"]
        if !codings.isEmpty {
            guard lengths.isEmpty else {
                throw .malformed("The request has both a Transfer-Encoding and a Content-Length.")
            }
            guard !isHTTP10 else {
                throw .malformed("A request of HTTP/1.0 has no Transfer-Encoding.")
            }
            guard codings.count == 1, codings[0].lowercased() == "chunked" else {
                throw .unsupportedTransferCoding
            }
            return .chunked
        }
        guard let text = lengths.first else { return .none }
        guard lengths.count == 1, let length = Self.decimal(text) else {
            throw .malformed("The Content-Length is not one decimal number.")
        }
        guard length <= limits.maxBodyBytes else {
            throw .contentTooLarge(limit: limits.maxBodyBytes)
        }
        return length == 0 ? .none : .length(length)
    }

    private static func decimal(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            return nil
        }
        return Int(text)
    }
}

/// The check of a `Host` field's value.
enum Authority {
    /// Whether `text` is a name, an IPv4 address or a bracketed IPv6 address, with or without a port.
    ///
    /// Of the characters RFC 3986 allows in a name only those are taken that occur in names: letters, digits, and
    /// `-`, `.`, `_`, `~`.
    static func isValid(_ text: String) -> Bool {
        var host = text[...]
        var port = Substring()
        if let bracket = text.lastIndex(of: "]") {
            guard text.hasPrefix("[") else { return false }
            host = text[text.index(after: text.startIndex)..<bracket]
            let rest = text[text.index(after: bracket)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return false }
            port = rest.dropFirst()
            guard !host.isEmpty, host.utf8.allSatisfy(isAddressByte) else { return false }
        } else {
            if let colon = text.firstIndex(of: ":") {
                host = text[..<colon]
                port = text[text.index(after: colon)...]
            }
            guard !host.isEmpty, host.utf8.allSatisfy(isNameByte) else { return false }
        }
        guard port.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return false }
        return port.isEmpty || UInt16(port) != nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default:
            false
        }
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        PercentDecoding.hexValue(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }
}
