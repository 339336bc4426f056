import Authentication
import Crypto
import Foundation
import GatewayCore

/// A key pair of an issuer that lives as long as one test.
struct TestSigner: Sendable {
    let id: String
    private let key = P256.Signing.PrivateKey()

    init(_ id: String = "one") {
        self.id = id
    }

    /// The public key as a key set has it.
    var jwk: String {
        let point = Array(key.publicKey.rawRepresentation)
        return #"{"kty":"EC","crv":"P-256","kid":"\#(id)","x":"\#(base64URL(point[..<32]))","#
            + #""y":"\#(base64URL(point[32...]))"}"#
    }

    /// A token with these claims and, unless it is told otherwise, the usual header.
    func token(_ claims: String, header: String? = nil) throws -> String {
        let header = header ?? #"{"alg":"ES256","kid":"\#(id)"}"#
        let signed = "\(base64URL(header.utf8)).\(base64URL(claims.utf8))"
        let signature = try key.signature(for: Data(signed.utf8))
        return "\(signed).\(base64URL(signature.rawRepresentation))"
    }
}

/// The document of a key set with these keys.
func keySetDocument(_ signers: TestSigner...) -> [UInt8] {
    Array(#"{"keys":[\#(signers.map(\.jwk).joined(separator: ","))]}"#.utf8)
}

/// Base64url without padding, made by Foundation.
func base64URL(_ bytes: some Sequence<UInt8>) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
}

extension TokenIssuer {
    /// An issuer whose clock may be 60 seconds from ours.
    static let example = TokenIssuer(
        name: "corp", issuer: "https://issuer.example", audiences: ["jobgate"],
        keySet: KeySetSettings(.url("https://issuer.example/keys")))
}

/// What a good token of ``TokenIssuer/example`` says, with these times in seconds from ``Foundation/Date/start``.
func goodClaims(subject: String = "user-1", expiry: Int = 600, more: String = "") -> String {
    let end = 1_795_251_600 + expiry
    return #"{"iss":"https://issuer.example","aud":"jobgate","sub":"\#(subject)","exp":\#(end)\#(more)}"#
}
