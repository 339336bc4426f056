import GatewayAPI
import GatewayAPITestSupport
import GatewayApp
import Testing
import Yams

@Suite("openapi.json")
struct OpenAPIJSONTests {
    @Test("says exactly what openapi.yaml says")
    func equalsYAML() throws {
        let yaml = String(decoding: OpenAPIDocument.yaml, as: UTF8.self)
        let expected = try JSON(tree: try #require(try Yams.load(yaml: yaml)))
        let bytes = try OpenAPIJSON.bytes(fromYAML: OpenAPIDocument.yaml)
        #expect(try JSON(text: String(decoding: bytes, as: UTF8.self)) == expected)
    }

    @Test("names the program's version")
    func version() throws {
        let bytes = try OpenAPIJSON.bytes(fromYAML: OpenAPIDocument.yaml)
        let version = try JSON(text: String(decoding: bytes, as: UTF8.self))["info"]?["version"]
        #expect(version?.string == GatewayVersion.current)
    }

    @Test("keeps the order of the members")
    func order() throws {
        let text = String(decoding: try OpenAPIJSON.bytes(fromYAML: OpenAPIDocument.yaml), as: UTF8.self)
        #expect(text.hasPrefix("{\"openapi\":\"3.1.0\",\"info\":{\"title\":"))
    }

    @Test(
        "gives each scalar the type that YAML gives it",
        arguments: [
            ("a: true", "{\"a\":true}"), ("a: 'true'", "{\"a\":\"true\"}"), ("a: \"null\"", "{\"a\":\"null\"}"),
            ("a: null", "{\"a\":null}"), ("a: ~", "{\"a\":null}"), ("a:", "{\"a\":null}"), ("a: ''", "{\"a\":\"\"}"),
            ("a: 1", "{\"a\":1}"), ("a: '1'", "{\"a\":\"1\"}"), ("a: 1.5", "{\"a\":1.5}"), ("a: -1", "{\"a\":-1}"),
            ("a: 3.1.0", "{\"a\":\"3.1.0\"}"), ("a: .inf", "{\"a\":\".inf\"}"), ("a: .nan", "{\"a\":\".nan\"}"),
            ("a: [1, b, {c: d}]", "{\"a\":[1,\"b\",{\"c\":\"d\"}]}"), ("a: []", "{\"a\":[]}"), ("a: {}", "{\"a\":{}}"),
            ("200: x", "{\"200\":\"x\"}"), ("\"q\\\"\": \"l\\n\"", "{\"q\\\"\":\"l\\n\"}"), ("", "{}"),
            ("a: &x {b: 1}\nc: *x", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}"), ("a: 2026-11-21", "{\"a\":\"2026-11-21\"}"),
            ("b: 1\na: 2", "{\"b\":1,\"a\":2}"),
        ])
    func scalars(yaml: String, json: String) throws {
        let bytes = try OpenAPIJSON.bytes(fromYAML: Array(yaml.utf8))
        #expect(String(decoding: bytes, as: UTF8.self) == json)
    }

    @Test("is an error for what is no YAML")
    func notYAML() {
        #expect(throws: (any Error).self) { try OpenAPIJSON.bytes(fromYAML: Array("a: [".utf8)) }
    }
}
