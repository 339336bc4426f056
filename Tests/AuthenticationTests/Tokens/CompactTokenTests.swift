import Authentication
import Testing

@Suite("Compact token")
struct CompactTokenTests {
    @Test("is taken apart: header, payload, signature and the bytes that are signed")
    func parts() throws {
        let token = try CompactToken(Self.text(#"{"alg":"ES256","kid":"k"}"#))
        #expect(token.header.algorithm == "ES256")
        #expect(token.header.keyID == "k")
        #expect(token.payload["sub"]?.string == "x")
        #expect(token.signature == [1, 2, 3])
        #expect(
            String(decoding: token.signedBytes, as: UTF8.self) + ".AQID" == Self.text(#"{"alg":"ES256","kid":"k"}"#))
    }

    @Test(
        "the form decides before anything else",
        arguments: [
            ("", .segments), ("a", .segments), ("..", .headerSyntax), ("a.b", .segments), ("a.b.c.d", .segments),
            ("A.e30.", .encoding), ("e30=.e30.", .encoding), ("e30.e3 0.", .encoding), ("e30.e30.A", .encoding),
            ("W10.e30.", .headerSyntax), ("e30.e30.AA", .algorithm),
            (String(repeating: "a", count: 16_385), .oversized), (String(repeating: "a", count: 16_384), .segments),
        ] as [(String, TokenFault)])
    func form(text: String, fault: TokenFault) {
        #expect(throws: fault) { try CompactToken(text) }
    }

    @Test(
        "a header that asks for more than a signature by a known key is refused",
        arguments: [
            (#"{"alg":"ES256","crit":[]}"#, .critical), (#"{"alg":"ES256","crit":null}"#, .critical),
            (#"{"alg":"ES256","b64":true}"#, .unencodedPayload), (#"{"alg":"ES256","jwk":{}}"#, .embeddedKey),
            (#"{"alg":"ES256","jku":""}"#, .embeddedKey), (#"{"alg":"ES256","x5c":[]}"#, .embeddedKey),
            (#"{"alg":"ES256","x5u":null}"#, .embeddedKey), (#"{"kid":"k"}"#, .algorithm), (#"{"alg":1}"#, .algorithm),
            (#"{"alg":"ES256","kid":""}"#, .keyIdentifier), (#"{"alg":"ES256","kid":null}"#, .keyIdentifier),
            (#"{"alg":"ES256","kid":"\#(String(repeating: "k", count: 257))"}"#, .keyIdentifier),
            (#"{"alg":"ES256","typ":"JWE"}"#, .type), (#"{"alg":"ES256","typ":null}"#, .type),
            (#"{"alg":"ES256","typ":"application/application/jwt"}"#, .type),
            (#"{"alg":"ES256","alg":"ES256"}"#, .duplicateMember),
            (#"{"alg":"ES256","x":\#(String(repeating: "[", count: 50))}"#, .nesting),
        ] as [(String, TokenFault)])
    func header(text: String, fault: TokenFault) {
        #expect(throws: fault) { try CompactToken(Self.text(text)) }
    }

    @Test(
        "the type is that of an access token, in any case", arguments: ["JWT", "jwt", "AT+JWT", "Application/at+jwt"])
    func types(type: String) throws {
        _ = try CompactToken(Self.text(#"{"alg":"none","typ":"\#(type)"}"#))
    }

    @Test("a payload is one object with no member twice")
    func payload() {
        #expect(throws: TokenFault.payloadSyntax) { try CompactToken(Self.text(#"{"alg":"x"}"#, payload: "[]")) }
        #expect(throws: TokenFault.duplicateMember) {
            try CompactToken(Self.text(#"{"alg":"x"}"#, payload: #"{"sub":"a","s\u0075b":"b"}"#))
        }
    }

    @Test(
        "a text that looks like a token is found where none should be",
        arguments: [
            ("eyJhbGciOiJub25lIn0.e30.", true), ("eyJ.e30.AQID", false), ("e30.e30.AQID", false), ("a.b.c", false),
            ("eyJhbGciOiJub25lIn0.e30", false), ("v1.2.3", false), ("", false),
            (text(#"{ "alg":"x"}"#), true), (text("{\n  \"alg\": \"x\"\n}"), true),
            (text(" \t{\r\n\"alg\":\"x\"}"), true),
        ])
    func shape(text: String, isToken: Bool) {
        #expect(PresentedCredential.isTokenShaped(text) == isToken)
    }

    private static func text(_ header: String, payload: String = #"{"sub":"x"}"#) -> String {
        "\(base64URL(header.utf8)).\(base64URL(payload.utf8)).AQID"
    }
}
