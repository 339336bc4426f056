extension PresentedCredential {
    /// Whether a text looks like a signed token: three segments of base64url, the first one that of a JSON object.
    ///
    /// It is asked of texts that should hold no credential at all.
    package static func isTokenShaped(_ text: String) -> Bool {
        let segments = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return segments.count == 3 && beginsObject(segments[0])
            && segments.allSatisfy { Base64URL.decode(Array($0)) != nil }
    }

    /// Whether a segment begins as a JSON object with a member, which every token's header is, whatever white space it
    /// has.
    package static func beginsObject(_ segment: some Collection<UInt8>) -> Bool {
        guard let header = Base64URL.decode(segment) else { return false }
        let object = header.drop(while: isSpace)
        return object.first == UInt8(ascii: "{") && object.dropFirst().drop(while: isSpace).first == UInt8(ascii: "\"")
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }
}
