/// A request target in one of the forms this server takes (RFC 9112, section 3.2).
struct RequestTarget: Sendable, Hashable {
    /// As sent.
    let text: String
    /// Before the `?`, still percent-encoded.
    let path: String
    /// Behind the `?`, still encoded; `nil` without one.
    let query: String?

    /// Splits a path with a query, unchecked.
    init(originForm text: String) {
        self.init(text: text, originForm: text[...])
    }

    /// Checks a target as received.
    ///
    /// - Parameters:
    ///   - text: The target; control characters, spaces and anything beyond ASCII were refused before.
    ///   - method: The request's method; `*` belongs to `OPTIONS` alone.
    ///   - authority: What `Host` says, if it was sent.
    /// - Throws: `Refusal.malformed` with the reason.
    init(received text: String, method: String, authority: String?) throws(Refusal) {
        try Self.checkBytes(of: text)
        if method == "CONNECT" {
            throw .malformed("This server is no proxy: CONNECT is not accepted.")
        }
        if text.hasPrefix("/") {
            self.init(text: text, originForm: text[...])
        } else if text == "*" {
            guard method == "OPTIONS" else {
                throw .malformed("The request target * is only for OPTIONS.")
            }
            self.init(text: text, originForm: text[...])
        } else {
            self.init(text: text, originForm: try Self.originForm(ofAbsolute: text, authority: authority))
        }
    }

    private init(text: String, originForm: Substring) {
        self.text = text
        if let mark = originForm.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(originForm[..<mark])
            query = String(originForm[originForm.utf8.index(after: mark)...])
        } else {
            path = String(originForm)
            query = nil
        }
    }

    private static func checkBytes(of text: String) throws(Refusal) {
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            if byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: "#") {
                throw .malformed("The request target holds a character that must be percent-encoded.")
            }
            guard byte == UInt8(ascii: "%") else { continue }
            guard let high = bytes.next().flatMap(PercentDecoding.hexValue),
                let low = bytes.next().flatMap(PercentDecoding.hexValue)
            else { throw .malformed(RequestTargetError.invalidEscape.publicSentence) }
            if high == 0, low == 0 {
                throw .malformed("The request target holds an encoded NUL.")
            }
        }
    }

    /// The path and query of `http://authority/path`, given that the authority is the one of `Host`: a target that
    /// names another host is either a proxy's business or an attempt to confuse whoever looks at `Host`.
    private static func originForm(ofAbsolute text: String, authority: String?) throws(Refusal) -> Substring {
        let lowered = text.lowercased()
        guard let scheme = ["http://", "https://"].first(where: { lowered.hasPrefix($0) }) else {
            throw .malformed("The request target does not begin with a slash.")
        }
        let rest = text.dropFirst(scheme.count)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let authority, rest[..<end].lowercased() == authority.lowercased() else {
            throw .malformed("The request target names another host than the Host field.")
        }
        let path = rest[end...]
        return path.hasPrefix("/") ? path : "/" + path
    }
}
