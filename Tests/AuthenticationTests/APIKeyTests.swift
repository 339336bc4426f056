import Authentication
import Testing

@Suite("API key")
struct APIKeyTests {
    private static let id = "k3f9a2bd"
    private static let secret = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop0"

    @Test(
        "a text of a key's shape is a key",
        arguments: [
            "jg_\(id)_\(secret)", "jg_00000000_" + String(repeating: "A", count: 43),
            "jg_zzzzzzzz_" + String(repeating: "_", count: 43), "jg_a1b2c3d4_" + String(repeating: "-", count: 43),
        ])
    func shape(text: String) {
        #expect(APIKey(text)?.expose() == text)
    }

    @Test("a key tells its identifier")
    func identifier() {
        #expect(APIKey("jg_\(Self.id)_\(Self.secret)")?.id == Self.id)
    }

    @Test(
        "any other text is none",
        arguments: [
            "", "jg_", "jg__", "jg_\(id)_", "jg_\(id)", "\(id)_\(secret)", "jg_\(id)\(secret)",
            "jg_\(id)_\(secret)0", "jg_\(id)_\(secret.dropLast())", "jg_\(id.dropLast())_\(secret)",
            "JG_\(id)_\(secret)", "jk_\(id)_\(secret)", "jg-\(id)_\(secret)", "jg_\(id)-\(secret)",
            "jg_K3f9a2bd_\(secret)", "jg_k3f9-2bd_\(secret)", "jg_k3f9_2bd_\(secret)",
            "jg_\(id)_\(secret.dropLast())+", "jg_\(id)_\(secret.dropLast())/", "jg_\(id)_\(secret.dropLast())=",
            "jg_\(id)_\(secret.dropLast()) ", "jg_\(id)_\(secret.dropLast())\n", "jg_\(id)_\(secret.dropLast())\u{0}",
            " jg_\(id)_\(secret.dropLast())", "jg_\(id)_\(secret.dropLast(2))é", "jg_é3f9a2b_\(secret)",
        ])
    func otherShapes(text: String) {
        #expect(APIKey(text) == nil)
    }

    /// Worked out with Python's hashlib.
    @Test(
        "a key's digest is the SHA-256 of its whole text",
        arguments: [
            (
                "jg_k3f9a2bd_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnop0",
                "4aac5165a5ebc079d6d956c59f847bc6ff00d69579094ca8373dc36e9e30c07a"
            ),
            (
                "jg_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "d001fb207dcb09e702c93b2e925e021da693a935f8d4d87fc8c18f540f0189e8"
            ),
            (
                "jg_zzzzzzzz_-_0123456789abcdefghijklmnopqrstuvwxyzABCDE",
                "a4a41ef70322ef6941d1ffbd6735806b61815291c6d2a081eda956dd270389ef"
            ),
        ])
    func digest(text: String, hex: String) throws {
        #expect(try #require(APIKey(text)).digest == bytes(fromHex: hex))
    }

    @Test("random keys are all different")
    func unique() {
        let keys = (0..<1_000).map { _ in APIKey.random() }
        #expect(Set(keys.map { $0.expose() }).count == 1_000)
        #expect(Set(keys.map(\.id)).count == 1_000)
    }

    @Test("a random key has a key's shape and its own identifier")
    func randomShape() throws {
        for _ in 0..<100 {
            let key = APIKey.random()
            let read = try #require(APIKey(key.expose()))
            #expect(read.id == key.id)
            #expect(read.digest == key.digest)
        }
    }

    /// In 43,000 draws the chance that one of 64 does not come is below 10⁻²⁹⁰.
    @Test("random keys draw every character of their alphabets")
    func alphabets() {
        let keys = (0..<1_000).map { _ in APIKey.random() }
        #expect(Set(keys.flatMap { $0.expose().dropFirst(12) }).count == 64)
        #expect(Set(keys.flatMap(\.id)).count == 36)
    }

    @Test("nothing that shows a key shows its secret")
    func hidden() {
        let key = APIKey.random()
        var shown = "\(key) \(String(reflecting: key)) "
        dump(key, to: &shown)
        dump([key], to: &shown)
        for child in Mirror(reflecting: key).children { shown += "\(child.value)" }
        #expect(!shown.contains(key.expose().dropFirst(12)))
    }
}
