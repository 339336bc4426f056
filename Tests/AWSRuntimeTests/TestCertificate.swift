import Crypto
import Foundation

/// A certificate that signs itself, made for one run with a key that nobody keeps, in the DER of X.509 (RFC 5280).
struct TestCertificate {
    /// The certificate's DER.
    let der: [UInt8]
    /// The private key's DER.
    let keyDER: [UInt8]

    /// The certificate as a PEM file's text.
    var pem: String {
        "-----BEGIN CERTIFICATE-----\n\(Data(der).base64EncodedString(options: .lineLength64Characters))\n"
            + "-----END CERTIFICATE-----\n"
    }

    /// Makes a certificate for an IPv4 address.
    init(address: [UInt8]) throws {
        let key = P256.Signing.PrivateKey()
        let ecdsaWithSHA256 = Self.sequence([0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])
        let name = Self.sequence(
            Self.element(0x31, Self.sequence([0x06, 0x03, 0x55, 0x04, 0x03] + Self.element(0x0C, Array("test".utf8)))))
        let validity = Self.sequence(
            Self.element(0x17, Array("200101000000Z".utf8)) + Self.element(0x17, Array("491231235959Z".utf8)))
        let alternativeName = Self.sequence(
            [0x06, 0x03, 0x55, 0x1D, 0x11] + Self.element(0x04, Self.sequence(Self.element(0x87, address))))
        let authority = Self.sequence(
            [0x06, 0x03, 0x55, 0x1D, 0x13, 0x01, 0x01, 0xFF]
                + Self.element(0x04, Self.sequence([0x01, 0x01, 0xFF])))
        let extensions = Self.element(0xA3, Self.sequence(authority + alternativeName))
        let version: [UInt8] = [0xA0, 0x03, 0x02, 0x01, 0x02]
        let serial: [UInt8] = [0x02, 0x01, 0x01]
        let content = Self.sequence(
            version + serial + ecdsaWithSHA256 + name + validity + name + Array(key.publicKey.derRepresentation)
                + extensions)
        let signature = Array(try key.signature(for: Data(content)).derRepresentation)
        der = Self.sequence(content + ecdsaWithSHA256 + Self.element(0x03, [0x00] + signature))
        keyDER = Array(key.derRepresentation)
    }

    private static func sequence(_ content: [UInt8]) -> [UInt8] { element(0x30, content) }

    /// A tag, a length in its shortest form, and the content.
    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] =
            switch count {
            case ..<0x80: [UInt8(count)]
            case ..<0x100: [0x81, UInt8(count)]
            default: [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
            }
        return [tag] + length + content
    }
}
