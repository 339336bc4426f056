import Authentication
import Testing

@Suite("Key set")
struct KeySetTests {
    @Test("keys that cannot be used are left out and counted")
    func skips() async throws {
        let text =
            #"{"keys":[\#(TestSigner("a").jwk),{"kty":"oct","k":"AQAB"},7,{"kty":"new"},\#(TestSigner("b").jwk)]}"#
        let keys = try await KeySet(Array(text.utf8))
        #expect(keys.count == 2)
        #expect(keys.skipped == 3)
    }

    @Test(
        "what is no key set, or holds no key that can be used, is refused",
        arguments: [
            "", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"AQAB"}]}"#, "<html>",
            #"{"keys":[],"keys":[]}"#,
        ])
    func broken(text: String) async {
        await #expect(throws: KeySetFault.self) { try await KeySet(Array(text.utf8)) }
    }

    @Test("a document beyond its bound is not read")
    func tooLarge() async {
        let document = keySetDocument(TestSigner()) + [UInt8](repeating: 0x20, count: KeySet.maxBytes)
        await #expect(throws: KeySetFault.tooLarge) { try await KeySet(document) }
    }

    @Test("a name leads to its key, and to none that has another")
    func names() async throws {
        let keys = try await KeySet(keySetDocument(TestSigner("a"), TestSigner("b")))
        #expect(Self.text(keys.key("a", for: .es256)) == "a")
        #expect(Self.text(keys.key("b", for: .es256)) == "b")
        #expect(Self.text(keys.key("c", for: .es256)) == "unknown")
        #expect(Self.text(keys.key("A", for: .es256)) == "unknown")
        #expect(Self.text(keys.key("a", for: .rs256)) == "keyMismatch")
    }

    @Test("without a name there has to be one key alone that fits")
    func noName() async throws {
        let one = try await KeySet(keySetDocument(TestSigner("a")))
        #expect(Self.text(one.key(nil, for: .es256)) == "a")
        #expect(Self.text(one.key(nil, for: .eddsa)) == "ambiguousKey")
        let two = try await KeySet(keySetDocument(TestSigner("a"), TestSigner("b")))
        #expect(Self.text(two.key(nil, for: .es256)) == "ambiguousKey")
    }

    @Test("two keys of one name and type lead to none of them")
    func sameName() async throws {
        let keys = try await KeySet(keySetDocument(TestSigner("a"), TestSigner("a")))
        #expect(Self.text(keys.key("a", for: .es256)) == "keyMismatch")
    }

    private static func text(_ selection: KeySet.Selection) -> String {
        switch selection {
        case .key(let key): key.id ?? "no name"
        case .unknownKey: "unknown"
        case .fault(let fault): "\(fault)"
        }
    }
}
