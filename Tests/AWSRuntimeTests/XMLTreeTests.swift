import AWSRuntime
import Testing

/// What XML 1.0 (https://www.w3.org/TR/xml/) says of each text, within the bounds of ``XMLTree``.
@Suite("XML of the query protocol")
struct XMLTreeTests {
    private func root(_ text: String) throws -> XMLTree.Element {
        try XMLTree(Array(text.utf8)).root
    }

    @Test("elements are found by name, with their text, and nested ones in order")
    func elements() throws {
        let root = try root("<a>1<b>2</b>3<c/><b>4</b></a>")
        #expect(root.name == "a" && root.text == "13")
        #expect(root.children.map(\.name) == ["b", "c", "b"])
        #expect(root.child("b")?.text == "2")
        #expect(root.child("c")?.text == "" && root.child("d") == nil)
    }

    @Test("a namespace counts neither as default nor as prefix, and attributes count for nothing")
    func namespaces() throws {
        let root = try root(#"<a xmlns="urn:x" xmlns:y='urn:y' y:z="1"><y:b z = "a&amp;b">2</y:b ></a>"#)
        #expect(root.name == "a")
        #expect(root.child("b")?.text == "2")
    }

    @Test(
        "text is what its references, its CDATA and its line ends stand for",
        arguments: [
            ("&lt;&gt;&amp;&quot;&apos;", "<>&\"'"), ("&#65;&#x42;&#x2F;&#10;", "AB/\n"), ("&#x1F600;", "😀"),
            ("a&amp;lt;b", "a&lt;b"), ("<![CDATA[<&]]>", "<&"), ("<![CDATA[a]]]]><![CDATA[>b]]>", "a]]>b"),
            ("a<!-- & < -->b", "ab"), ("a\r\nb\rc\nd", "a\nb\nc\nd"), ("é€😀", "é€😀"), (" x ", " x "), (">", ">"),
        ])
    func text(written: String, meant: String) throws {
        #expect(try root("<a>\(written)</a>").text == meant)
    }

    @Test(
        "a declaration, a byte order mark, comments and white space may stand around the root",
        arguments: [
            "<?xml version=\"1.0\"?><a>1</a>", "<?xml version='1.0' encoding='utf-8'?>\n<a>1</a>\n",
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\" ?>\r\n<a>1</a>", "\u{FEFF}<a>1</a>",
            "\u{FEFF}<?xml version=\"1.0\"?><a>1</a>", "<!-- x --> <a>1</a> <!-- y -->",
        ])
    func prolog(text: String) throws {
        #expect(try root(text).text == "1")
    }

    @Test(
        "what is not well-formed is refused",
        arguments: [
            "", " ", "a", "<a>", "<a", "<", "</a>", "<a></b>", "<a><b></a></b>", "<a/><b/>", "<a/>x", "x<a/>",
            "<a>&</a>",
            "<a>&lt</a>", "<a>&nbsp;</a>", "<a>&#0;</a>", "<a>&#x1;</a>", "<a>&#xD800;</a>", "<a>&#xFFFE;</a>",
            "<a>&#x110000;</a>", "<a>&#+65;</a>", "<a>&#;</a>", "<a>&#65</a>", "<a>]]></a>", "<a>\u{0}</a>",
            "<a>\u{1B}</a>", "<a>\u{FFFF}</a>", "<a b></a>", "<a b=c></a>", "<a b='c></a>", "<a b='<'/>",
            "<a b='&x;'/>",
            "<a b='1' b='2'/>", "<a b='1'c='2'/>", "< a/>", "<1/>", "<a:/>", "<:a/>", "<a:b:c/>", "<a><![CDATA[x</a>",
            "<a><!-- x</a>", "<a><!-- -- --></a>", "<![CDATA[x]]>", " <?xml version='1.0'?><a/>",
            "<?xml version='1.1'?><a/>", "<?xml version='1.0' encoding='utf-16'?><a/>", "<?xml encoding='utf-8'?><a/>",
            "<?xml version='1.0'><a/>", "<a><?php x ?></a>",
        ])
    func malformed(text: String) {
        #expect(throws: XMLTree.Problem.self) { try root(text) }
    }

    @Test("every beginning of a document is refused")
    func truncated() throws {
        let whole = Array("<?xml version=\"1.0\"?><a b=\"c\"><d>e&amp;f</d><![CDATA[g]]><!-- h --></a>".utf8)
        _ = try XMLTree(whole)
        for length in 0..<whole.count {
            #expect(throws: XMLTree.Problem.self) { try XMLTree(Array(whole.prefix(length))) }
        }
    }

    @Test(
        "a document type is refused, so that no entity can be defined, let alone a billion of them",
        arguments: [
            "<!DOCTYPE a><a/>", "<!DOCTYPE html><html><body>Service Unavailable</body></html>",
            #"<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;&b;&b;">]><a>&c;</a>"#,
            #"<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>"#,
        ])
    func documentType(text: String) {
        let problem = #expect(throws: XMLTree.Problem.self) { try root(text) }
        #expect(problem?.fault.contains("document type") == true)
    }

    @Test("elements are nested up to the bound and no deeper")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        }
        _ = try root(nested(XMLTree.maxDepth))
        #expect(throws: XMLTree.Problem.self) { try root(nested(XMLTree.maxDepth + 1)) }
        #expect(throws: XMLTree.Problem.self) { try root(String(repeating: "<a>", count: 80_000)) }
    }

    @Test("a document may be as large as the bound and no larger")
    func size() throws {
        let filling = String(repeating: "x", count: XMLTree.maxBytes - 7)
        #expect(try root("<a>\(filling)</a>").text == filling)
        #expect(throws: XMLTree.Problem.self) { try root("<a>\(filling)x</a>") }
    }

    @Test("bytes that are no UTF-8 are refused")
    func encoding() {
        #expect(throws: XMLTree.Problem.self) { try XMLTree([0x3C, 0x61, 0x3E, 0xFF, 0x3C, 0x2F, 0x61, 0x3E]) }
        #expect(throws: XMLTree.Problem.self) { try XMLTree([0xFF, 0xFE, 0x3C, 0x00, 0x61, 0x00]) }
    }

    @Test("a problem tells the fault and the place, never the text")
    func problem() throws {
        let problem = try #require(throws: XMLTree.Problem.self) { try root("<a><b>hunter2</b><c>hunter2</a>") }
        #expect(problem.offset == 31)
        #expect(!problem.description.contains("hunter2") && problem.description.contains("31"))
    }
}
