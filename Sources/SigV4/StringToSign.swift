/// What a signing key is applied to: the instant, the scope and the hash of the canonical request.
package struct StringToSign: Sendable, Hashable, CustomStringConvertible {
    /// The one algorithm that this module knows, as the string to sign and the authorization name it.
    static let algorithm = "AWS4-HMAC-SHA256"

    /// The four lines, ASCII.
    package let text: [UInt8]

    /// Creates the string from its parts: a timestamp as of `SigningInstant`, a hash as of `CanonicalRequest`.
    package init(timestamp: String, scope: CredentialScope, canonicalRequestHash: String) {
        var text: [UInt8] = []
        // As much as a region and a service of twenty letters each need; a longer scope makes the buffer grow.
        text.reserveCapacity(168)
        text.append(contentsOf: Self.algorithm.utf8)
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: timestamp.utf8)
        text.append(UInt8(ascii: "\n"))
        scope.append(to: &text)
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: canonicalRequestHash.utf8)
        self.text = text
    }

    /// The four lines as text; there is no secret in them.
    package var description: String { String(decoding: text, as: UTF8.self) }
}
