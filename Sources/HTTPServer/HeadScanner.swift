/// Finds the end of a request's head, looking at each byte once, and refuses what is no head on the way.
///
/// It stands before the decoder and is stricter: lines end in CR LF, a field's name is a token with the colon
/// directly behind it, no line continues the one before, no control character occurs, the version is HTTP/1.0 or
/// HTTP/1.1 (RFC 9112, sections 2 to 5). Two readers must agree before a request counts, so that neither one's
/// leniency can be used to smuggle a request past whatever stands in front of this server.
struct HeadScanner {
    private enum State {
        case requestLine
        case requestLineBreak
        case fieldStart
        case fieldName
        case fieldValue
        case fieldBreak
        case lastBreak
    }

    private let limits: ServerLimits
    private var state = State.requestLine
    private var position = 0
    private var requestLineLength = 0
    private var fieldCount = 0

    /// A scanner at the first byte of a request.
    init(limits: ServerLimits) {
        self.limits = limits
    }

    /// Goes on where the last call ended.
    ///
    /// - Parameter bytes: Everything received of this request so far, what earlier calls saw included.
    /// - Returns: The head's length in bytes, or `nil` if its end is not among `bytes`.
    /// - Throws: `Refusal` as soon as a byte cannot belong to an acceptable head.
    mutating func scan(_ bytes: Span<UInt8>) throws(Refusal) -> Int? {
        while position < bytes.count {
            let byte = bytes[position]
            switch state {
            case .requestLine:
                try scanRequestLine(byte, bytes)
            case .requestLineBreak, .fieldBreak:
                try expectLineFeed(byte)
                state = .fieldStart
            case .fieldStart:
                try scanFieldStart(byte)
            case .fieldName:
                try scanFieldName(byte)
            case .fieldValue:
                try scanFieldValue(byte)
            case .lastBreak:
                try expectLineFeed(byte)
                return position + 1
            }
            position += 1
            try checkHeaderBytes()
        }
        return nil
    }

    private mutating func scanRequestLine(_ byte: UInt8, _ bytes: Span<UInt8>) throws(Refusal) {
        if byte == Self.carriageReturn {
            requestLineLength = position
            try Self.checkRequestLine(bytes.extracting(..<position))
            state = .requestLineBreak
            return
        }
        guard position < limits.maxRequestLineBytes else {
            throw .targetTooLong(limit: limits.maxRequestLineBytes)
        }
        guard byte >= 0x20, byte < 0x7F else {
            throw .malformed("The request line holds a character that is not visible ASCII.")
        }
    }

    private mutating func scanFieldStart(_ byte: UInt8) throws(Refusal) {
        if byte == Self.carriageReturn {
            state = .lastBreak
            return
        }
        guard byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t") else {
            throw .malformed("A header field is folded over several lines.")
        }
        guard Self.isTokenByte(byte) else {
            throw .malformed("A header field has no valid name.")
        }
        fieldCount += 1
        guard fieldCount <= limits.maxHeaderFields else {
            throw .headersTooLarge("The request has more than \(limits.maxHeaderFields) header fields.")
        }
        state = .fieldName
    }

    private mutating func scanFieldName(_ byte: UInt8) throws(Refusal) {
        if byte == UInt8(ascii: ":") {
            state = .fieldValue
        } else if !Self.isTokenByte(byte) {
            throw .malformed("A header field has no valid name.")
        }
    }

    private mutating func scanFieldValue(_ byte: UInt8) throws(Refusal) {
        if byte == Self.carriageReturn {
            state = .fieldBreak
        } else if byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F {
            throw .malformed("A header field's value holds a control character.")
        }
    }

    private func expectLineFeed(_ byte: UInt8) throws(Refusal) {
        guard byte == UInt8(ascii: "\n") else {
            throw .malformed("A line of the request's head does not end in CR LF.")
        }
    }

    private func checkHeaderBytes() throws(Refusal) {
        // Neither the line break of the request line nor the empty line counts.
        guard state != .requestLine, state != .lastBreak, position - requestLineLength - 2 > limits.maxHeaderBytes
        else { return }
        throw .headersTooLarge("The request's header fields are larger than \(limits.maxHeaderBytes) bytes.")
    }

    /// Checks `method SP target SP version`, with exactly one space at each place (RFC 9112, section 3).
    private static func checkRequestLine(_ line: Span<UInt8>) throws(Refusal) {
        var index = 0
        while index < line.count, isTokenByte(line[index]) { index += 1 }
        let methodEnd = index
        while index < line.count, index == methodEnd || line[index] != UInt8(ascii: " ") { index += 1 }
        let targetEnd = index
        guard methodEnd > 0, methodEnd < line.count, line[methodEnd] == UInt8(ascii: " "),
            targetEnd > methodEnd + 1, targetEnd < line.count
        else { throw .malformed("The request line is not made of a method, a target and a version.") }
        try checkVersion(line.extracting((targetEnd + 1)...))
    }

    private static func checkVersion(_ version: Span<UInt8>) throws(Refusal) {
        let prefix: StaticString = "HTTP/"
        guard version.count == 8, version[6] == UInt8(ascii: "."), isDigit(version[5]), isDigit(version[7]) else {
            throw .malformed("The request line does not end in an HTTP version.")
        }
        for (index, byte) in prefix.description.utf8.enumerated() where version[index] != byte {
            throw .malformed("The request line does not end in an HTTP version.")
        }
        let minor = version[7]
        guard version[5] == UInt8(ascii: "1"), minor == UInt8(ascii: "0") || minor == UInt8(ascii: "1") else {
            throw .unsupportedVersion
        }
    }

    private static let carriageReturn = UInt8(ascii: "\r")

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    /// Whether a byte may occur in a token (RFC 9110, section 5.6.2).
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"),
            UInt8(ascii: "~"):
            true
        default:
            false
        }
    }
}
