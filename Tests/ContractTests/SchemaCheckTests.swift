import GatewayAPITestSupport
import Testing

@Suite("The check of schemas")
struct SchemaCheckTests {
    static let job = """
        {"type": "object", "required": ["id", "n"],
         "properties": {"id": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 3}, "n": {"type": ["integer", "null"]},
           "kind": {"enum": ["a", "b"]}, "one": {"const": 1}, "at": {"type": "string", "format": "date-time"},
           "list": {"type": "array", "items": {"type": "number", "minimum": 1}},
           "code": {"$ref": "#/components/schemas/ProblemCode"},
           "either": {"oneOf": [{"type": "string"}, {"type": "null"}]}}}
        """

    @Test(
        "finds nothing in what is as the schema says",
        arguments: [
            #"{"id": "abc", "n": 1}"#, #"{"id": "a", "n": null, "kind": "b", "one": 1, "either": null, "list": []}"#,
            #"{"id": "a", "n": 2.0, "at": "2026-11-21T09:00:00.000Z", "list": [1, 1.5], "code": "conflict"}"#,
        ])
    func good(text: String) throws {
        #expect(try faults(text).isEmpty)
    }

    @Test(
        "finds what is not",
        arguments: [
            #"{"id": "abc"}"#, #"{"n": 1}"#, #"{"id": "ABC", "n": 1}"#, #"{"id": "abcd", "n": 1}"#,
            #"{"id": "a", "n": 1.5}"#, #"{"id": "a", "n": "1"}"#, #"{"id": null, "n": 1}"#, "[]", "null",
            #"{"id": "a", "n": 1, "kind": "c"}"#, #"{"id": "a", "n": 1, "one": 2}"#, #"{"id": "a", "n": 1, "more": 1}"#,
            #"{"id": "a", "n": 1, "at": "2026-11-21 09:00:00"}"#, #"{"id": "a", "n": 1, "list": [0]}"#,
            #"{"id": "a", "n": 1, "list": [null]}"#, #"{"id": "a", "n": 1, "code": "nonsense"}"#,
            #"{"id": "a", "n": 1, "either": true}"#,
        ])
    func bad(text: String) throws {
        #expect(try !faults(text).isEmpty)
    }

    @Test("refuses a keyword that it does not know, rather than pass it over")
    func unknownKeyword() throws {
        let check = SchemaCheck(description: try APIDescription.load())
        let schema = try JSON(text: #"{"multipleOf": 2}"#)
        #expect(try check.faults(of: 2, against: schema) == ["the keyword multipleOf at $ is not known to this check"])
    }

    private func faults(_ text: String) throws -> [String] {
        try SchemaCheck(description: try APIDescription.load()).faults(
            of: try JSON(text: text), against: try JSON(text: Self.job))
    }
}
