import Authentication
import Crypto
import Foundation
import Testing

@Suite("Verification key")
struct VerificationKeyTests {
    @Test("takes the signatures of the RFCs, by their algorithm and no other", arguments: PublishedSignature.all)
    func vectors(vector: PublishedSignature) async throws {
        let key = try #require(await Self.key(vector.jwk))
        let (bytes, signature) = try vector.parts()
        for algorithm in SigningAlgorithm.allCases {
            let isValid = key.isValid(signature, of: bytes[...], by: algorithm)
            #expect(isValid == (algorithm == vector.algorithm), "\(algorithm)")
        }
        for index in [0, signature.count / 2, signature.count - 1] {
            var other = signature
            other[index] ^= 1
            #expect(!key.isValid(other, of: bytes[...], by: vector.algorithm))
        }
        #expect(!key.isValid(signature, of: (bytes + [0])[...], by: vector.algorithm))
        #expect(!key.isValid([], of: bytes[...], by: vector.algorithm))
    }

    @Test(
        "is for the algorithms of its type, or for the one that it names",
        arguments: [
            (rsa(bytes: 256), "RS256 RS384 RS512 PS256"), (rsa(bytes: 256, more: #","alg":"PS256""#), "PS256"),
            (rsa(bytes: 256, more: #","use":"sig","key_ops":["verify"]"#), "RS256 RS384 RS512 PS256"),
            (ed25519(), "EdDSA"), (rsa(bytes: 1_024), "RS256 RS384 RS512 PS256"),
        ])
    func algorithms(jwk: String, algorithms: String) async throws {
        let key = try #require(await Self.key(jwk))
        #expect(SigningAlgorithm.allCases.filter(key.isFor).map(\.rawValue).joined(separator: " ") == algorithms)
    }

    @Test(
        "is none when no signature can be checked with it, or should not be",
        arguments: [
            rsa(bytes: 255), rsa(bytes: 128), rsa(bytes: 1_025), rsa(bytes: 256, more: #","use":"enc""#),
            rsa(bytes: 256, more: #","use":7"#), rsa(bytes: 256, more: #","key_ops":["encrypt"]"#),
            rsa(bytes: 256, more: #","key_ops":"verify""#), rsa(bytes: 256, more: #","alg":"RSA-OAEP""#),
            rsa(bytes: 256, more: #","alg":"ES256""#), rsa(bytes: 256, more: #","alg":"HS256""#),
            rsa(bytes: 256, more: #","d":"AQAB""#), rsa(bytes: 256, more: #","kid":7"#),
            rsa(bytes: 256, exponent: "AQ"),
            rsa(bytes: 256, exponent: "Ag"), rsa(bytes: 256, exponent: ""), rsa(bytes: 256, exponent: "AQAB="),
            rsa(bytes: 256, exponent: "////"), #"{"kty":"RSA"}"#, #"{"kty":"oct","k":"AQAB"}"#, #"{"kty":"new"}"#, "{}",
            ed25519(curve: "Ed448"), ed25519(curve: "X25519"), ed25519(bytes: 31), ed25519(bytes: 33),
            #"{"kty":"EC","crv":"P-256"}"#, point(x: 32, y: 32), point(x: 31, y: 33), point(x: 33, y: 31),
            point(x: 66, y: 66, curve: "P-521"), point(x: 32, y: 32, curve: "secp256k1"),
        ])
    func unusable(jwk: String) async throws {
        let key = await Self.key(jwk)
        #expect(key.map { _ in jwk } == nil)
    }

    @Test("a modulus with a zero byte before it is as long as without")
    func leadingZero() async {
        let modulus = [0] + [UInt8](repeating: 0xFF, count: 255)
        let key = await Self.key(#"{"kty":"RSA","n":"\#(base64URL(modulus))","e":"AQAB"}"#)
        #expect(key.map { _ in "a key" } == nil)
    }

    private static func key(_ jwk: String) async -> VerificationKey? {
        guard let object = (try? JSONReader.read(Array(jwk.utf8)))?.object else { return nil }
        return await VerificationKey(object)
    }

    /// Numbers of the right size: nobody knows their factors, and none is asked for them.
    private static func rsa(bytes count: Int, exponent: String = "AQAB", more: String = "") -> String {
        let modulus = [UInt8](repeating: 0xFF, count: count)
        return #"{"kty":"RSA","n":"\#(base64URL(modulus))","e":"\#(exponent)"\#(more)}"#
    }

    private static func ed25519(curve: String = "Ed25519", bytes count: Int = 32) -> String {
        let key = Curve25519.Signing.PrivateKey().publicKey.rawRepresentation
        let bytes = (key + [0]).prefix(count)
        return #"{"kty":"OKP","crv":"\#(curve)","x":"\#(base64URL(bytes))"}"#
    }

    /// A point that is on no curve.
    private static func point(x: Int, y: Int, curve: String = "P-256") -> String {
        let (left, right) = ([UInt8](repeating: 1, count: x), [UInt8](repeating: 2, count: y))
        return #"{"kty":"EC","crv":"\#(curve)","x":"\#(base64URL(left))","y":"\#(base64URL(right))"}"#
    }
}

/// A signature that was published with its key.
struct PublishedSignature: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let algorithm: SigningAlgorithm
    let jwk: String
    private let token: String

    func parts() throws -> (bytes: [UInt8], signature: [UInt8]) {
        let dot = try #require(token.lastIndex(of: "."))
        let signature = try #require(Base64URL.decode(Array(token[token.index(after: dot)...].utf8)))
        return (Array(token[..<dot].utf8), signature)
    }

    static let all = [
        PublishedSignature(
            testDescription: "RFC 7515, appendix A.2", algorithm: .rs256,
            jwk: #"""
                {"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1P\#
                t0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs\#
                LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h\#
                9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}
                """#,
            token: """
                eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb29\
                0Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5\
                jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0Gar\
                ZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rq\
                Vt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw
                """),
        PublishedSignature(
            testDescription: "RFC 7515, appendix A.3", algorithm: .es256,
            jwk: #"""
                {"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                 "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
                """#,
            token: """
                eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb29\
                0Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q
                """),
        PublishedSignature(
            testDescription: "RFC 8037, appendix A.4", algorithm: .eddsa,
            jwk: #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            token: """
                eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbh\
                ijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg
                """),
    ]
}
