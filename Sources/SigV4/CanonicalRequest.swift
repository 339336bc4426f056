/// A request in the one form that signer and verifier hash alike.
///
/// Method, path, query, headers, names of the signed headers and hash of the body, a line each: "Create a canonical
/// request" of AWS's SigV4 description. The path is encoded once more than it is on the wire, as all services but S3
/// require.
package struct CanonicalRequest: Sendable {
    /// The whole form as UTF-8, with the session token where that is signed, hence nothing for a log.
    package let text: [UInt8]
    /// The names of the signed headers, in lower case and in order, joined by `;`.
    package let signedHeaders: String
    /// SHA-256 of the text, 64 lower-case digits.
    package let hash: String

    /// Creates the form of a request that covers `headers`, rather than the request's own.
    ///
    /// `payloadHash` is the SHA-256 of the body in lower-case digits.
    init(_ request: SignableRequest, covering headers: CanonicalHeaders, payloadHash: [UInt8], normalizesPath: Bool) {
        var text: [UInt8] = []
        let headerBytes = request.headers.reduce(0) { $0 + 2 * $1.name.utf8.count + $1.value.utf8.count + 3 }
        // 256 bytes hold the method, the hash, the separators and the headers that a signer adds, but for a token.
        text.reserveCapacity(headerBytes + 2 * request.path.utf8.count + 256)
        text.append(contentsOf: request.method.utf8)
        text.append(UInt8(ascii: "\n"))
        Self.appendPath(request.path, normalizing: normalizesPath, to: &text)
        text.append(UInt8(ascii: "\n"))
        Self.appendQuery(request.query, to: &text)
        text.append(UInt8(ascii: "\n"))
        signedHeaders = headers.append(to: &text)
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: signedHeaders.utf8)
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: payloadHash)
        hash = String(decoding: Hexadecimal.sha256(text), as: UTF8.self)
        self.text = text
    }

    /// Appends the path, normalised if asked, then encoded.
    ///
    /// An empty path is `/`. Normalising drops empty and `.` segments and takes a segment back for each `..`, which
    /// does nothing at the root. A slash at the end stays if a segment stands before it. An encoded dot is no dot.
    private static func appendPath(_ path: String, normalizing: Bool, to text: inout [UInt8]) {
        let start = text.endIndex
        if normalizing {
            // A segment is written as it comes, after its slash, and taken back when it turns out to be dots.
            var segment = start
            var endsInSlash = false
            for byte in path.utf8 {
                endsInSlash = byte == UInt8(ascii: "/")
                if endsInSlash {
                    finishSegment(at: segment, ofPathAt: start, in: &text)
                    segment = text.endIndex
                } else {
                    if text.endIndex == segment { text.append(UInt8(ascii: "/")) }
                    URIEncoding.append(byte, keepingSlashes: false, to: &text)
                }
            }
            finishSegment(at: segment, ofPathAt: start, in: &text)
            if text.endIndex == start || endsInSlash { text.append(UInt8(ascii: "/")) }
        } else {
            URIEncoding.append(path.utf8, keepingSlashes: true, to: &text)
            if text.endIndex == start { text.append(UInt8(ascii: "/")) }
        }
    }

    /// Takes the segment that begins at `segment` back if it is `.`, and the one before it too if it is `..`.
    private static func finishSegment(at segment: Int, ofPathAt start: Int, in text: inout [UInt8]) {
        // Dots are not encoded, so that what is written can be compared.
        let written = text[segment...]
        if written.elementsEqual("/.".utf8) {
            text.removeSubrange(segment...)
        } else if written.elementsEqual("/..".utf8) {
            // No segment has a slash of its own: the last one is where the segment before began.
            text.removeSubrange((text[start..<segment].lastIndex(of: UInt8(ascii: "/")) ?? start)...)
        }
    }

    /// Appends `name=value&…`, each part encoded once, in the order of encoded names, then of encoded values.
    private static func appendQuery(_ query: [(name: String, value: String)], to text: inout [UInt8]) {
        guard !query.isEmpty else { return }
        // Encoded text is ASCII, on which the order of strings is that of their bytes.
        let encoded =
            query
            .map { (name: URIEncoding.encode($0.name), value: URIEncoding.encode($0.value)) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
        for (position, item) in encoded.enumerated() {
            if position > 0 { text.append(UInt8(ascii: "&")) }
            text.append(contentsOf: item.name.utf8)
            text.append(UInt8(ascii: "="))
            text.append(contentsOf: item.value.utf8)
        }
    }
}

extension CanonicalRequest: CustomStringConvertible, CustomReflectable {
    /// The signed names and the hash, without the text.
    package var description: String { "CanonicalRequest(signedHeaders: \(signedHeaders), hash: \(hash))" }

    /// The same two parts as in `description`.
    package var customMirror: Mirror {
        Mirror(self, children: ["signedHeaders": signedHeaders, "hash": hash], displayStyle: .struct)
    }
}
