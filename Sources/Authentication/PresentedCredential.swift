package import GatewayCore

/// The credential that a request carries, before anything is known of its worth.
package enum PresentedCredential: Sendable {
    /// An API key or a token, from `Authorization: Bearer` or `X-API-Key`.
    case bearer(Secret<String>)

    /// Why the headers carry no usable credential.
    package enum Rejection: Error, Sendable, Hashable {
        /// There is none at all, or one of a scheme that is not `Bearer`.
        case missing
        /// There is more than one: which one counts would be a guess.
        case ambiguous
        /// It is empty or holds characters that no credential has.
        case malformed
    }

    /// Reads the credential of a request (RFC 6750, section 2.1; the scheme in any case, RFC 9110 section 11.1).
    ///
    /// - Parameters:
    ///   - authorization: The values of every `Authorization` field.
    ///   - apiKey: The values of every `X-API-Key` field.
    /// - Returns: The one credential there is.
    /// - Throws: ``Rejection`` when there is none, more than one, or one that is not well formed.
    package static func read(authorization: [String], apiKey: [String]) throws(Rejection) -> PresentedCredential {
        guard authorization.count + apiKey.count <= 1 else { throw .ambiguous }
        if let value = apiKey.first {
            return try credential(from: trimmed(value[...]))
        }
        guard let value = authorization.first else { throw .missing }
        let trimmedValue = trimmed(value[...])
        let scheme = trimmedValue.prefix { $0 != " " && $0 != "\t" }
        guard scheme.lowercased() == "bearer" else { throw .missing }
        return try credential(from: trimmed(trimmedValue.dropFirst(scheme.count)))
    }

    private static func credential(from text: Substring) throws(Rejection) -> PresentedCredential {
        guard !text.isEmpty, text.utf8.count <= 16_384, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed
        }
        return .bearer(Secret(String(text)))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
