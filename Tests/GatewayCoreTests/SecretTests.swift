import GatewayCore
import Testing

@Suite("Secret")
struct SecretTests {
    private struct Holder {
        let name = "holder"
        let secret: Secret<String>
    }

    private enum Failure: Error {
        case refused(Secret<String>)
    }

    private static let secret = Secret("hunter2")

    @Test("a secret is read through expose alone")
    func exposes() {
        #expect(Self.secret.expose() == "hunter2")
    }

    @Test("a secret's description is <redacted>")
    func description() {
        #expect(Self.secret.description == "<redacted>")
    }

    @Test("a secret's debug description is <redacted>")
    func debugDescription() {
        #expect(Self.secret.debugDescription == "<redacted>")
    }

    @Test("a secret in an interpolated string is <redacted>")
    func interpolation() {
        #expect("key=\(Self.secret)!" == "key=<redacted>!")
    }

    @Test("a secret's reflected text is <redacted>")
    func reflectedText() {
        #expect(String(reflecting: Self.secret) == "<redacted>")
    }

    @Test("a secret's mirror has no children")
    func mirror() {
        #expect(Mirror(reflecting: Self.secret).children.isEmpty)
    }

    @Test("a secret's mirror has no descendant by its stored name")
    func descendant() {
        #expect(Mirror(reflecting: Self.secret).descendant("value") == nil)
    }

    @Test("dump shows nothing of a secret")
    func dumped() {
        var text = ""
        dump(Self.secret, to: &text)
        #expect(text.contains("<redacted>"))
        #expect(!text.contains("hunter2"))
    }

    @Test("a secret stays hidden in an optional, a collection, a value and an error")
    func nested() {
        let shown =
            everythingShown(of: Optional(Self.secret)) + everythingShown(of: [Self.secret])
            + everythingShown(of: ["key": Self.secret]) + everythingShown(of: Holder(secret: Self.secret))
            + everythingShown(of: Failure.refused(Self.secret)) + everythingShown(of: Secret(Self.secret))
        #expect(!shown.contains("hunter2"))
    }

    @Test("bytes and numbers are hidden like strings")
    func otherTypes() {
        let shown = everythingShown(of: Secret([UInt8](repeating: 231, count: 3))) + everythingShown(of: Secret(231))
        #expect(!shown.contains("231"))
    }

    /// Every text that the standard library makes of a value.
    private func everythingShown(of value: some Any) -> String {
        var text = "\(value) \(String(describing: value)) \(String(reflecting: value)) "
        dump(value, to: &text)
        print(value, to: &text)
        debugPrint(value, to: &text)
        return text + children(of: value)
    }

    private func children(of value: Any) -> String {
        Mirror(reflecting: value).children.map { "\($0.value) " + children(of: $0.value) }.joined()
    }
}
