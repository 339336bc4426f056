import Foundation
import GatewayCore
import Testing

@Suite("JSON text")
struct JSONTextTests {
    @Test("every ASCII character is read back as it was", arguments: UInt8(0)...127)
    func ascii(byte: UInt8) throws {
        let text = String(UnicodeScalar(byte))
        #expect(try readBack(text).utf8.elementsEqual(text.utf8))
    }

    @Test("every Unicode scalar is read back as it was", arguments: UInt32(0)...16)
    func unicode(plane: UInt32) throws {
        let scalars = (plane << 16...(plane << 16 | 0xFFFF)).compactMap(UnicodeScalar.init)
        let text = String(String.UnicodeScalarView(scalars))
        #expect(try readBack(text).utf8.elementsEqual(text.utf8))
    }

    @Test("no byte that RFC 8259 wants escaped stands there bare", arguments: UInt8(0)...0x1F)
    func control(byte: UInt8) {
        let written = bytes(of: "a\(UnicodeScalar(byte))b")
        #expect(written.allSatisfy { $0 >= 0x20 })
    }

    @Test(
        "a character is escaped in its short form, or with four hexadecimal digits",
        arguments: [
            ("\"", #""\"""#), ("\\", #""\\""#), ("\n", #""\n""#), ("\r", #""\r""#), ("\t", #""\t""#),
            ("\r\n", #""\r\n""#), ("\u{0}", #""\u0000""#), ("\u{1F}", #""\u001f""#), ("\u{7F}", #""\u007f""#),
            ("/", #""/""#), ("é€😀", #""é€😀""#), ("", #""""#),
        ])
    func forms(text: String, json: String) {
        #expect(String(decoding: bytes(of: text), as: UTF8.self) == json)
    }

    @Test("a string that looks like JSON stays one string")
    func noInjection() throws {
        let text = #"","admin":true,"x":""#
        #expect(try readBack(text) == text)
    }

    @Test("what stood there before stays")
    func appends() {
        var written = Array("[".utf8)
        JSONText.append("a", to: &written)
        #expect(written == Array(#"["a""#.utf8))
    }

    private func bytes(of text: String) -> [UInt8] {
        var written: [UInt8] = []
        JSONText.append(text, to: &written)
        return written
    }

    /// Foundation's reading of what was written.
    private func readBack(_ text: String) throws -> String {
        let value = try JSONSerialization.jsonObject(with: Data(bytes(of: text)), options: .fragmentsAllowed)
        return try #require(value as? String)
    }
}
