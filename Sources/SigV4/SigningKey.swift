internal import Crypto

/// The key of one credential for one day, region and service.
///
/// It holds a started HMAC that each signature copies, so that the key's own two blocks are hashed once a day and not
/// for every request. Whoever has it can sign within its scope until AWS forgets the day: it describes itself as little
/// as a secret does.
package struct SigningKey: Sendable {
    private let keyed: HMAC<SHA256>

    /// Derives the key: four HMACs, each with the last one's code for a key.
    package init(secretAccessKey: String, scope: CredentialScope) {
        var key = SymmetricKey(data: Array("AWS4".utf8) + Array(secretAccessKey.utf8))
        for part in [scope.day, scope.region, scope.service, CredentialScope.terminator] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        keyed = HMAC(key: key)
    }

    /// The signature, 64 lower-case digits.
    package func signature(of stringToSign: StringToSign) -> String {
        String(decoding: Hexadecimal.bytes(of: code(of: stringToSign)), as: UTF8.self)
    }

    /// Whether `signature`, as bytes, is that of the string; the time this takes does not depend on where they differ.
    func confirms(_ signature: [UInt8], of stringToSign: StringToSign) -> Bool {
        // The comparison of an authentication code with bytes is Crypto's own constant-time one.
        code(of: stringToSign) == signature
    }

    private func code(of stringToSign: StringToSign) -> HMAC<SHA256>.MAC {
        var hmac = keyed
        hmac.update(data: stringToSign.text)
        return hmac.finalize()
    }
}

extension SigningKey: CustomStringConvertible, CustomReflectable {
    /// The name of the type alone.
    package var description: String { "SigningKey(<redacted>)" }

    /// A mirror without children.
    package var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
