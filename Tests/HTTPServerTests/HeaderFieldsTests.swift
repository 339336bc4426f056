import HTTPServer
import Testing

@Suite("Header fields")
struct HeaderFieldsTests {
    @Test("names are found in any case and values kept in order")
    func lookup() {
        var fields: HeaderFields = ["Accept": "a", "X-One": "1"]
        fields.add("accept", "b, c")
        #expect(fields["ACCEPT"] == ["a", "b, c"])
        #expect(fields.list("Accept") == ["a", "b", "c"])
        #expect(fields.first("Accept") == "a")
        #expect(fields.contains("x-one"))
        #expect(fields.count == 3)
        #expect(fields.map(\.name) == ["Accept", "X-One", "accept"])
    }

    @Test("replacing leaves one field of the name and removing none")
    func changes() {
        var fields = HeaderFields([(name: "A", value: "1"), (name: "a", value: "2"), (name: "B", value: "3")])
        fields.replaceOrAdd("A", "4")
        #expect(fields["a"] == ["4"])
        fields.remove("b")
        #expect(!fields.contains("B"))
        #expect(fields.first("B") == nil)
    }
}
