import Authentication
import Testing

@Suite("Strict JSON")
struct JSONReaderTests {
    @Test(
        "reads what RFC 8259 allows",
        arguments: [
            (#"{"a":"x"}"#, "x"), (#" { "a" : "x" } "#, "x"), (#"{"a":"\u0041\n\/"}"#, "A\n/"),
            (#"{"a":"\ud83d\udd11"}"#, "🔑"), (#"{"\u0061":"x"}"#, "x"), (#"{"b":[1,{"c":null}],"a":"é"}"#, "é"),
            (#"{"a":"\"\\\b\f\r\t"}"#, "\"\\\u{8}\u{C}\r\t"),
        ])
    func texts(text: String, value: String) throws {
        #expect(try JSONReader.read(Array(text.utf8)).object?["a"]?.string == value)
    }

    @Test(
        "reads numbers",
        arguments: [
            ("0", 0), ("-0", 0), ("1795251600", 1_795_251_600), ("1.5", 1.5), ("-2.25e2", -225), ("1E+2", 100),
            ("1e-2", 0.01), ("1e999", Double.infinity),
        ])
    func numbers(text: String, value: Double) throws {
        #expect(try JSONReader.read(Array(text.utf8)).number == value)
    }

    @Test(
        "refuses what it does not allow",
        arguments: [
            "", " ", "{", "}", "{}{}", "[1,]", "{,}", #"{"a":1,}"#, #"{"a"}"#, #"{a:1}"#, "{'a':1}", "01", "+1", ".5",
            "1.", "1e", "0x1", "NaN", "Infinity", "nul", "True", #""a"#, #""\x""#, #""\u12""#, #""\ud800""#,
            #""\ud800\u0041""#, #""\udc00""#, "\"\u{1}\"", "\"\n\"", "\u{FEFF}{}", "/**/1", "[1 2]",
        ])
    func syntax(text: String) {
        #expect(throws: JSONFault.syntax) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test("refuses bytes that are not UTF-8", arguments: [[0xFF], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xC0, 0x80]])
    func encoding(bytes: [UInt8]) {
        #expect(throws: JSONFault.syntax) { try JSONReader.read([0x22] + bytes + [0x22]) }
    }

    @Test(
        "refuses a second member of a name, however it is spelt and wherever it stands",
        arguments: [#"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#, #"{"x":{"a":1,"b":2,"a":3}}"#, #"[{"":1,"":1}]"#])
    func duplicates(text: String) {
        #expect(throws: JSONFault.duplicateMember) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test("goes as deep as it may and no deeper", arguments: [("[", "]"), (#"{"a":"#, "}")])
    func depth(open: String, close: String) throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
        }
        _ = try JSONReader.read(nested(4), maxDepth: 4)
        #expect(throws: JSONFault.tooDeep) { try JSONReader.read(nested(5), maxDepth: 4) }
        #expect(throws: JSONFault.tooDeep) { try JSONReader.read(nested(100_000)) }
    }

    @Test("finds a member by the very bytes of its name")
    func names() throws {
        // U+212A, the Kelvin sign, is for Unicode and for Swift's `==` the same as K.
        let object = try #require(try JSONReader.read(Array(#"{"\u212aid":1}"#.utf8)).object)
        #expect(!object.has("Kid"))
        #expect(object.has("\u{212A}id"))
    }
}
