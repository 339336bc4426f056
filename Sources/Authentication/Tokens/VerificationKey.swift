import JWTKit

/// One public key of an issuer, and the algorithms that it may be used with.
package struct VerificationKey: Sendable {
    /// `kid`.
    package let id: String?
    private let verifiers: [SigningAlgorithm: any JWTAlgorithm]

    /// Reads a key of a set (RFC 7517, section 4); `nil` when no signature can be checked with it.
    ///
    /// Not used are: symmetric keys, keys for encryption, RSA keys below 2048 or above 8192 bits, keys whose members
    /// are not of the form that RFC 7518 gives them, and keys that were published with their private part.
    package init?(_ members: JSONObject) async {
        guard Self.isForSignatures(members), !members.has("d"), let type = members["kty"]?.string else { return nil }
        var identifier: String?
        if let id = members["kid"] {
            guard let text = id.string else { return nil }
            identifier = text
        }
        var algorithms = Self.algorithms(type: type, curve: members["crv"]?.string)
        if let own = members["alg"] { algorithms.removeAll { $0.rawValue != own.string } }
        var verifiers: [SigningAlgorithm: any JWTAlgorithm] = [:]
        for algorithm in algorithms {
            guard let verifier = await Self.verifier(members, algorithm) else { return nil }
            verifiers[algorithm] = verifier
        }
        guard !verifiers.isEmpty else { return nil }
        self.id = identifier
        self.verifiers = verifiers
    }

    /// Whether signatures of an algorithm can be checked with the key.
    package func isFor(_ algorithm: SigningAlgorithm) -> Bool { verifiers[algorithm] != nil }

    /// Whether a signature is this key's, by one algorithm and no other.
    package func isValid(_ signature: [UInt8], of bytes: ArraySlice<UInt8>, by algorithm: SigningAlgorithm) -> Bool {
        guard let verifier = verifiers[algorithm] else { return false }
        do {
            return try verifier.verify(signature, signs: bytes)
        } catch {
            // A signature of the wrong length, above all.
            return false
        }
    }

    private static func isForSignatures(_ members: JSONObject) -> Bool {
        if let use = members["use"], use.string != "sig" { return false }
        guard let operations = members["key_ops"] else { return true }
        return operations.strings?.contains("verify") == true
    }

    private static func algorithms(type: String, curve: String?) -> [SigningAlgorithm] {
        switch (type, curve) {
        case ("RSA", _): [.rs256, .rs384, .rs512, .ps256]
        case ("EC", "P-256"): [.es256]
        case ("EC", "P-384"): [.es384]
        case ("OKP", "Ed25519"): [.eddsa]
        default: []
        }
    }

    /// What checks signatures of one algorithm.
    ///
    /// A collection of a single key, made for a single algorithm: nothing that a token says can choose another.
    private static func verifier(_ members: JSONObject, _ algorithm: SigningAlgorithm) async -> (any JWTAlgorithm)? {
        guard let key = jwk(members, algorithm) else { return nil }
        do {
            let collection = try await JWTKeyCollection().add(jwk: key)
            let verifier = try await collection.getKey(for: name, alg: algorithm.rawValue)
            return verifier.name == algorithm.rawValue ? verifier : nil
        } catch {
            return nil
        }
    }

    private static let name: JWKIdentifier = "key"

    /// The public members alone, each checked for its form.
    private static func jwk(_ members: JSONObject, _ algorithm: SigningAlgorithm) -> JWK? {
        switch algorithm {
        case .rs256, .rs384, .rs512, .ps256:
            guard let modulus = bytes(of: "n", members), let exponent = bytes(of: "e", members),
                isModulus(modulus), isExponent(exponent)
            else { return nil }
            return .rsa(
                JWK.Algorithm(rawValue: algorithm.rawValue), identifier: name, modulus: members["n"]?.string,
                exponent: members["e"]?.string)
        case .es256, .es384:
            let length = algorithm == .es256 ? 32 : 48
            guard bytes(of: "x", members)?.count == length, bytes(of: "y", members)?.count == length else { return nil }
            return .ecdsa(
                JWK.Algorithm(rawValue: algorithm.rawValue), identifier: name, x: members["x"]?.string,
                y: members["y"]?.string, curve: algorithm == .es256 ? .p256 : .p384)
        case .eddsa:
            guard bytes(of: "x", members)?.count == 32 else { return nil }
            return .octetKeyPair(.eddsa, identifier: name, x: members["x"]?.string, y: nil, curve: .ed25519)
        }
    }

    private static func bytes(of name: String, _ members: JSONObject) -> [UInt8]? {
        members[name]?.string.flatMap { Base64URL.decode(Array($0.utf8)) }
    }

    /// Larger ones would let a key set make every check slow.
    private static func isModulus(_ bytes: [UInt8]) -> Bool {
        let significant = bytes.drop { $0 == 0 }
        let bits = significant.count * 8 - (significant.first?.leadingZeroBitCount ?? 0)
        return (2_048...8_192).contains(bits)
    }

    /// Odd, above 1, and below 2^33, which is what BoringSSL takes.
    private static func isExponent(_ bytes: [UInt8]) -> Bool {
        let value = bytes.drop { $0 == 0 }.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return (3..<(1 << 33)).contains(value) && value % 2 == 1
    }
}
