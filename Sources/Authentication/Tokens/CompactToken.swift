/// A signed token in compact form (RFC 7515, section 7.1), taken apart and not yet believed.
package struct CompactToken: Sendable {
    /// What the header says; all of it that counts.
    package struct Header: Sendable, Hashable {
        /// `alg`, as it stands there.
        package let algorithm: String
        /// `kid`.
        package let keyID: String?
    }

    /// The header.
    package let header: Header
    /// The payload.
    package let payload: JSONObject
    /// The bytes that are signed: header and payload as they came, with the dot between.
    package let signedBytes: ArraySlice<UInt8>
    /// The signature.
    package let signature: [UInt8]

    /// The longest token that is read, in bytes.
    package static let maxBytes = 16_384

    /// Takes a token apart.
    ///
    /// - Throws: What is wrong with its form; a header that asks for an extension, brings a key or has a type that is
    ///   none of an access token's is refused here, whoever signed it.
    package init(_ text: String) throws(TokenFault) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.maxBytes else { throw .oversized }
        let segments = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard segments.count == 3 else { throw .segments }
        guard let header = Base64URL.decode(segments[0]), let payload = Base64URL.decode(segments[1]),
            let signature = Base64URL.decode(segments[2])
        else { throw .encoding }
        self.header = try Self.header(try Self.object(header, else: .headerSyntax))
        self.payload = try Self.object(payload, else: .payloadSyntax)
        self.signature = signature
        signedBytes = bytes[..<segments[1].endIndex]
    }

    private static func object(_ bytes: [UInt8], else fault: TokenFault) throws(TokenFault) -> JSONObject {
        let value: JSONValue
        do {
            value = try JSONReader.read(bytes)
        } catch {
            switch error {
            case .syntax: throw fault
            case .duplicateMember: throw .duplicateMember
            case .tooDeep: throw .nesting
            }
        }
        guard let object = value.object else { throw fault }
        return object
    }

    private static func header(_ members: JSONObject) throws(TokenFault) -> Header {
        // An extension that is not understood must end the token (RFC 7515, section 4.1.11); none is understood here.
        if members.has("crit") { throw .critical }
        if members.has("b64") { throw .unencodedPayload }
        // Whoever signs could name its own key there; keys come from the configuration alone.
        if ["jwk", "jku", "x5c", "x5u"].contains(where: members.has) { throw .embeddedKey }
        guard let algorithm = members["alg"]?.string else { throw .algorithm }
        if let type = members["typ"] {
            guard let text = type.string, types.contains(text.lowercased()) else { throw .type }
        }
        guard let identifier = members["kid"] else { return Header(algorithm: algorithm, keyID: nil) }
        guard let keyID = identifier.string, (1...256).contains(keyID.utf8.count) else { throw .keyIdentifier }
        return Header(algorithm: algorithm, keyID: keyID)
    }

    /// RFC 7519, section 5.1, and RFC 9068, section 2.1; `application/` may be left out (RFC 7515, section 4.1.9).
    private static let types: Set<String> = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"]
}
