extension PresentedCredential {
    /// Whether a text looks like a signed token: three segments of base64url, the first one that of a JSON object.
    ///
    /// It is asked of texts that should hold no credential at all.
    package static func isTokenShaped(_ text: String) -> Bool {
        let segments = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return segments.count == 3 && segments[0].starts(with: "eyJ".utf8)
            && segments.allSatisfy { Base64URL.decode(Array($0)) != nil }
    }
}
