/// The public keys of an issuer (RFC 7517, section 5), as they were at one moment.
package struct KeySet: Sendable {
    private let keys: [VerificationKey]
    /// How many keys of the set cannot be used here.
    package let skipped: Int

    /// How many keys can be used.
    package var count: Int { keys.count }

    /// The largest document that is read, in bytes.
    package static let maxBytes = 524_288

    /// What a token's header leads to.
    package enum Selection {
        /// The one key that it names.
        case key(VerificationKey)
        /// There is none of this name.
        case unknownKey
        /// It does not go with the keys that there are.
        case fault(TokenFault)
    }

    /// Reads a key set; keys that cannot be used are left out.
    ///
    /// - Throws: ``KeySetFault`` when it is none, or when no key is left.
    package init(_ document: [UInt8]) async throws(KeySetFault) {
        guard document.count <= Self.maxBytes else { throw .tooLarge }
        let value: JSONValue
        do {
            value = try JSONReader.read(document)
        } catch {
            throw .malformed("the key set is no JSON")
        }
        guard let members = value.object?["keys"]?.array else {
            throw .malformed("the key set has no list `keys`")
        }
        var keys: [VerificationKey] = []
        for member in members {
            if let object = member.object, let key = await VerificationKey(object) { keys.append(key) }
        }
        guard !keys.isEmpty else { throw .malformed("the key set holds no key that can be used") }
        self.keys = keys
        skipped = members.count - keys.count
    }

    /// The key that a token's header names, or without a name the only one there is for the algorithm.
    package func key(_ keyID: String?, for algorithm: SigningAlgorithm) -> Selection {
        guard let keyID else {
            let fitting = keys.filter { $0.isFor(algorithm) }
            return fitting.count == 1 ? .key(fitting[0]) : .fault(.ambiguousKey)
        }
        let named = keys.filter { $0.id?.isSame(as: keyID) == true }
        guard !named.isEmpty else { return .unknownKey }
        let fitting = named.filter { $0.isFor(algorithm) }
        return fitting.count == 1 ? .key(fitting[0]) : .fault(.keyMismatch)
    }
}
