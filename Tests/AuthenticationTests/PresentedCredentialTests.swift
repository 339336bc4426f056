import Authentication
import GatewayCore
import Testing

@Suite("Presented credential")
struct PresentedCredentialTests {
    @Test(
        "a bearer credential is read, its scheme in any case, spaces and tabs around it left out",
        arguments: [
            "Bearer abc", "bearer abc", "BEARER abc", "bEaReR abc", "Bearer  abc", "Bearer \t abc", "Bearer\tabc",
            " Bearer abc", "Bearer abc ", "\tBearer abc\t",
        ])
    func bearer(value: String) throws {
        #expect(try read(authorization: [value]) == "abc")
    }

    @Test("an X-API-Key is read, spaces and tabs around it left out", arguments: ["abc", " abc", "abc ", "\tabc\t"])
    func apiKey(value: String) throws {
        #expect(try read(apiKey: [value]) == "abc")
    }

    @Test("every character that RFC 6750 allows is kept")
    func alphabet() throws {
        let token = "ABCXYZabcxyz0123456789-._~+/=="
        #expect(try read(authorization: ["Bearer \(token)"]) == token)
    }

    @Test("no header is no credential")
    func missing() {
        #expect(throws: PresentedCredential.Rejection.missing) { try read() }
    }

    @Test(
        "a scheme that is not Bearer is no credential",
        arguments: [
            "Basic dXNlcjpwYXNz", "basic abc", "Digest username=a", "Bearerabc", "Bearer:abc", "Bearer,abc", "abc",
            "AWS4-HMAC-SHA256 Credential=a", "Token abc", "Bearer\u{A0}abc", "Ｂearer abc", "", "  ",
        ])
    func otherScheme(value: String) {
        #expect(throws: PresentedCredential.Rejection.missing) { try read(authorization: [value]) }
    }

    @Test("a bearer credential without text is malformed", arguments: ["Bearer", "Bearer ", "bearer \t", " Bearer "])
    func emptyBearer(value: String) {
        #expect(throws: PresentedCredential.Rejection.malformed) { try read(authorization: [value]) }
    }

    @Test("an empty X-API-Key is malformed", arguments: ["", " ", "\t\t"])
    func emptyAPIKey(value: String) {
        #expect(throws: PresentedCredential.Rejection.malformed) { try read(apiKey: [value]) }
    }

    @Test(
        "a credential with a space, a control character or anything beyond ASCII in it is malformed",
        arguments: [
            "a b", "a\tb", "a\rb", "a\nb", "a\r\nb", "a\u{0}b", "\u{0}", "a\u{7F}", "a\u{1B}[31m", "é", "a\u{301}",
            "\u{FEFF}abc", "abc\u{200B}", "😀", "a, Bearer b",
        ])
    func malformed(text: String) {
        #expect(throws: PresentedCredential.Rejection.malformed) { try read(authorization: ["Bearer \(text)"]) }
        #expect(throws: PresentedCredential.Rejection.malformed) { try read(apiKey: [text]) }
    }

    @Test(
        "more than one credential is ambiguous, even twice the same",
        arguments: [
            (["Bearer a", "Bearer a"], []), ([], ["a", "a"]), (["Bearer a"], ["a"]), (["Basic a"], ["b"]),
            (["Bearer a", "Basic b"], []), (["", ""], []),
        ] as [([String], [String])])
    func ambiguous(authorization: [String], apiKey: [String]) {
        #expect(throws: PresentedCredential.Rejection.ambiguous) {
            try read(authorization: authorization, apiKey: apiKey)
        }
    }

    @Test("a long token is read")
    func long() throws {
        let token = String(repeating: "a", count: 8_000)
        #expect(try read(authorization: ["Bearer \(token)"]) == token)
    }

    @Test("a credential longer than any header section is malformed", arguments: [16_385, 1_000_000])
    func tooLong(count: Int) {
        let token = String(repeating: "a", count: count)
        #expect(throws: PresentedCredential.Rejection.malformed) { try read(authorization: ["Bearer \(token)"]) }
    }

    @Test("nothing that shows a credential shows its text")
    func hidden() throws {
        let credential = try PresentedCredential.read(authorization: ["Bearer hunter2"], apiKey: [])
        var shown = "\(credential) \(String(reflecting: credential)) "
        dump(credential, to: &shown)
        #expect(!shown.contains("hunter2"))
    }

    private func read(authorization: [String] = [], apiKey: [String] = []) throws -> String {
        switch try PresentedCredential.read(authorization: authorization, apiKey: apiKey) {
        case .bearer(let text): text.expose()
        }
    }
}
