import Authentication
import Testing

@Suite("Base64url")
struct Base64URLTests {
    @Test(
        "reads the vectors of RFC 4648, section 10, and of RFC 7515, appendix C",
        arguments: [
            ("", []), ("Zg", [0x66]), ("Zm8", [0x66, 0x6F]), ("Zm9v", [0x66, 0x6F, 0x6F]),
            ("Zm9vYmFy", Array("foobar".utf8)), ("A-z_4ME", [3, 236, 255, 224, 193]),
        ] as [(String, [UInt8])])
    func vectors(text: String, bytes: [UInt8]) {
        #expect(Base64URL.decode(Array(text.utf8)) == bytes)
    }

    @Test(
        "refuses padding, other letters, lengths that cannot be, and bits that stand for nothing",
        arguments: ["Zg==", "Zm8=", "Z", "Zm9vY", "Zm+v", "Zm/v", "Zm 9v", "Zm9v\n", "Zh", "Zm9", "Zé"])
    func refusals(text: String) {
        #expect(Base64URL.decode(Array(text.utf8)) == nil)
    }
}
