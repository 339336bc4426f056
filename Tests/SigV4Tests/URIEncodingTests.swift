import SigV4
import Testing

@Suite("URI encoding")
struct URIEncodingTests {
    private static let unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

    @Test("each ASCII character is kept if unreserved, else becomes % and two upper-case digits")
    func everyASCIICharacter() {
        for value in UInt8(0)..<128 {
            let character = String(UnicodeScalar(value))
            let digits = String(value, radix: 16, uppercase: true)
            let expected = Self.unreserved.contains(character) ? character : "%" + (value < 16 ? "0" : "") + digits
            #expect(URIEncoding.encode(character) == expected)
        }
    }

    @Test(
        "text is encoded byte by byte",
        arguments: [
            ("", ""),
            ("transfer-factory-1", "transfer-factory-1"),
            ("a b+c", "a%20b%2Bc"),
            ("a/b", "a%2Fb"),
            ("arn:aws:dms:eu-west-1:123456789012:x", "arn%3Aaws%3Adms%3Aeu-west-1%3A123456789012%3Ax"),
            ("ä", "%C3%A4"),
            ("a\u{308}", "a%CC%88"),
            ("鉄", "%E9%89%84"),
            ("🚂", "%F0%9F%9A%82"),
            ("%20", "%2520"),
            ("100%", "100%25"),
            ("\r\n\0", "%0D%0A%00"),
        ])
    func texts(text: String, encoded: String) {
        #expect(URIEncoding.encode(text) == encoded)
    }

    @Test("slashes are kept when asked to be, and nothing else is")
    func slashes() {
        #expect(URIEncoding.encode("/a/b c/%2F?/", keepingSlashes: true) == "/a/b%20c/%252F%3F/")
    }
}
