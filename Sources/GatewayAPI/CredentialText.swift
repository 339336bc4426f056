import Authentication

/// Finds credentials where none should stand: in texts that are kept.
enum CredentialText {
    /// Whether an API key, or what looks like a signed token, stands somewhere in a text.
    static func holdsCredential(_ text: String) -> Bool {
        !ranges(Array(text.utf8)).isEmpty
    }

    /// The text with `[credential]` in the place of each.
    static func redacted(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let found = ranges(bytes)
        guard !found.isEmpty else { return text }
        var kept: [UInt8] = []
        var index = 0
        for range in found {
            kept += bytes[index..<range.lowerBound] + Array("[credential]".utf8)
            index = range.upperBound
        }
        return String(decoding: kept + bytes[index...], as: UTF8.self)
    }

    private static func ranges(_ bytes: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var index = 0
        while index < bytes.count {
            if let length = keyLength(bytes[index...]) ?? tokenLength(bytes, from: index) {
                found.append(index..<(index + length))
                index += length
            } else {
                index += 1
            }
        }
        return found
    }

    private static func keyLength(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.starts(with: "jg_".utf8), APIKey(String(decoding: bytes.prefix(keySize), as: UTF8.self)) != nil
        else { return nil }
        return keySize
    }

    /// The length of a compact JWS (RFC 7515, section 7.1): three parts of base64url, the first a JSON object's.
    ///
    /// One whose header begins as most do is found anywhere, one with white space there at the beginning of a word.
    private static func tokenLength(_ bytes: [UInt8], from start: Int) -> Int? {
        let begins = bytes[start...].starts(with: "eyJ".utf8)
        guard begins || start == 0 || !isTokenByte(bytes[start - 1]) else { return nil }
        let length = bytes[start...].prefix(while: isTokenByte).count
        let parts = bytes[start...].prefix(length).split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.prefix(2).allSatisfy({ $0.count >= 8 }),
            begins || PresentedCredential.beginsObject(parts[0])
        else { return nil }
        return length
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool { isBase64URL(byte) || byte == UInt8(ascii: ".") }

    private static func isBase64URL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// How many bytes an API key has.
    private static let keySize = 55
}
