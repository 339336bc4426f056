/// Why a part of a request target cannot be decoded.
package enum RequestTargetError: Error, Sendable, Hashable {
    /// A `%` without two hexadecimal digits behind it.
    case invalidEscape
    /// The decoded bytes are no UTF-8.
    case invalidUTF8
    /// The decoded segment holds a control character (U+0000 to U+001F, U+007F).
    case controlCharacter
    /// The decoded segment holds a `/`, which another reader might take for a boundary.
    case encodedSlash
    /// The decoded segment is `.` or `..`, which another reader might resolve.
    case dotSegment

    /// What is wrong, in a sentence that may be shown to the client.
    package var publicSentence: String {
        switch self {
        case .invalidEscape: "The request target holds a % that is not followed by two hexadecimal digits."
        case .invalidUTF8: "The request target does not decode to UTF-8."
        case .controlCharacter: "The path holds a control character."
        case .encodedSlash: "The path holds an encoded slash."
        case .dotSegment: "The path holds a dot segment."
        }
    }
}

/// Percent-encoding undone once, as RFC 3986, section 2.1 says.
enum PercentDecoding {
    /// A path segment as text, or the reason why it must not be used as one.
    static func segment(_ raw: Substring) throws(RequestTargetError) -> String {
        let text = try decode(raw, plusIsSpace: false)
        for byte in text.utf8 {
            if byte < 0x20 || byte == 0x7F { throw .controlCharacter }
            if byte == UInt8(ascii: "/") { throw .encodedSlash }
        }
        if text == "." || text == ".." { throw .dotSegment }
        return text
    }

    /// A name or value of a query, where `+` stands for a space (application/x-www-form-urlencoded).
    static func formText(_ raw: Substring) throws(RequestTargetError) -> String {
        try decode(raw, plusIsSpace: true)
    }

    /// The value of a hexadecimal digit in either case.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func decode(_ raw: Substring, plusIsSpace: Bool) throws(RequestTargetError) -> String {
        let plus = UInt8(ascii: "+")
        let percent = UInt8(ascii: "%")
        guard raw.utf8.contains(where: { $0 == percent || (plusIsSpace && $0 == plus) }) else { return String(raw) }

        var decoded: [UInt8] = []
        decoded.reserveCapacity(raw.utf8.count)
        var rest = raw.utf8.makeIterator()
        while let byte = rest.next() {
            if byte == percent {
                guard let high = rest.next().flatMap(hexValue), let low = rest.next().flatMap(hexValue) else {
                    throw .invalidEscape
                }
                decoded.append(high << 4 | low)
            } else {
                decoded.append(plusIsSpace && byte == plus ? UInt8(ascii: " ") : byte)
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self) else { throw .invalidUTF8 }
        return text
    }
}
