import Crypto
import GatewayCore

/// An API key's text, `jg_<id>_<secret>`: 8 characters of identifier, 43 of secret (random characters of base64url, 258
/// bits).
///
/// The identifier is public and finds the key's record; the record holds only the SHA-256 digest of the whole text.
package struct APIKey: Sendable {
    /// The public part, 8 of `[a-z0-9]`.
    package let id: String
    private let text: Secret<String>

    /// Reads a key; `nil` when the text has not a key's shape.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.length, bytes.starts(with: Self.prefix), bytes[Self.secretStart - 1] == 0x5F else {
            return nil
        }
        let id = bytes[Self.prefix.count..<(Self.secretStart - 1)]
        guard id.allSatisfy(Self.isIdentifierByte), bytes[Self.secretStart...].allSatisfy(Self.isSecretByte) else {
            return nil
        }
        self.id = String(decoding: id, as: UTF8.self)
        self.text = Secret(text)
    }

    /// Makes a new key from the system's random source.
    package static func random() -> APIKey {
        var generator = SystemRandomNumberGenerator()
        let id = (0..<8).map { _ in identifierAlphabet[Int.random(in: 0..<identifierAlphabet.count, using: &generator)]
        }
        // 43 characters of 6 bits hold 258 bits: each is drawn by itself, which needs no encoder.
        let secret = (0..<43).map { _ in secretAlphabet[Int.random(in: 0..<secretAlphabet.count, using: &generator)] }
        let idText = String(decoding: id, as: UTF8.self)
        return APIKey(id: idText, text: "jg_\(idText)_\(String(decoding: secret, as: UTF8.self))")
    }

    /// The SHA-256 digest of the whole text: 32 bytes.
    package var digest: [UInt8] {
        Array(SHA256.hash(data: Array(text.expose().utf8)))
    }

    /// The whole text, to be shown once.
    package func expose() -> String { text.expose() }

    private init(id: String, text: String) {
        self.id = id
        self.text = Secret(text)
    }

    private static let prefix = Array("jg_".utf8)
    private static let secretStart = 12
    private static let length = 55
    private static let identifierAlphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
    private static let secretAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private static func isIdentifierByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    private static func isSecretByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: isIdentifierByte(byte)
        }
    }
}
