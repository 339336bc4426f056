import Authentication
import Foundation
import GatewayCore
import Testing

@Suite("Reading a key file")
struct APIKeyFileReadingTests {
    private let file = APIKeyFile(path: "keys.yaml")

    @Test("every member of a record is read")
    func full() throws {
        let records = try file.parse(
            """
            # A comment.
            keys:
              - id: k3f9a2bd
                name: "Dash: the board"
                sha256: \(exampleDigest)
                scopes: [conversions:cancel, transfer-jobs:read]
                createdAt: 2026-11-21T09:00:00Z
                expiresAt: 2027-01-31
                limit: batch
                targets: [prod-eu, "Test_1"]
                revokedAt: 2026-11-21T11:00:00+02:00
            """)
        #expect(
            records == [
                APIKeyRecord(
                    id: "k3f9a2bd", name: "Dash: the board", digest: Array(0..<32),
                    scopes: [.conversionsCancel, .transferJobsRead], limitName: "batch",
                    allowList: AllowList(targets: AccessRule(allowed: globs(["prod-eu", "Test_1"]))), createdAt: .start,
                    // 2027-01-31T00:00:00Z, from `date -u -d 2027-01-31 +%s`.
                    expiresAt: Date(timeIntervalSince1970: 1_801_353_600), revokedAt: .start)
            ])
    }

    @Test("a record needs no more than id, name, digest and scopes")
    func least() throws {
        let record = try #require(try file.parse(keyFileText()).first)
        #expect(record.limitName == nil && record.allowList == AllowList() && record.createdAt == nil)
        #expect(record.expiresAt == nil && record.revokedAt == nil)
    }

    @Test(
        "a client's name is 1 to 64 of letters, digits, dots, lines and dashes",
        arguments: ["a", "-a", ".", "1", "1e3", "null", "Check.out_1-x", String(repeating: "a", count: 64)])
    func clients(name: String) throws {
        let record = try #require(try file.parse(keyFileText(more: "client: \(name)")).first)
        #expect(record.client == name)
        #expect(record.caller.id == name)
    }

    @Test(
        "a client's name that is none is an error at its line",
        arguments: ["\"\"", "a b", "a/b", "é", "a:b", "[a]", "{a: b}", String(repeating: "a", count: 65)])
    func wrongClient(value: String) throws {
        let problem = try #require(throws: APIKeyFile.Problem.self) {
            try file.parse(keyFileText(more: "client: \(value)"))
        }
        #expect(problem.description.hasPrefix("keys.yaml:6: "))
        #expect(problem.description.contains("`client`"))
    }

    @Test("an identifier of digits alone is text", arguments: ["00000000", "12345678", "1e345678", "0x123456"])
    func numericIdentifier(id: String) throws {
        #expect(try file.parse(keyFileText(id: id)).map(\.id) == [id])
    }

    @Test(
        "a target's name is text, whatever else it could be to YAML",
        arguments: [
            "a", "-a", "--", "1", "1e3", "0x1F", "null", "true", "no", "2026-11-21", String(repeating: "a", count: 64),
        ])
    func targetNames(name: String) throws {
        #expect(
            try file.parse(keyFileText(more: "targets: [\(name)]")).first?.allowList.targets.allowed == globs([name]))
    }

    @Test("a target may stand in the list twice")
    func targetTwice() throws {
        #expect(
            try file.parse(keyFileText(more: "targets: [a, b, a]")).first?.allowList.targets.allowed
                == globs(["a", "b"]))
    }

    @Test("a digest may be in capitals")
    func capitalDigest() throws {
        #expect(try file.parse(keyFileText(sha256: exampleDigest.uppercased())).first?.digest == Array(0..<32))
    }

    @Test("a file without keys is read as none", arguments: ["", "# nothing\n", "keys:\n", "keys: []\n", "keys: ~\n"])
    func empty(text: String) throws {
        #expect(try file.parse(text).isEmpty)
    }

    @Test("lines may end as on Windows")
    func carriageReturns() throws {
        #expect(try file.parse(keyFileText().replacing("\n", with: "\r\n")).map(\.id) == ["k3f9a2bd"])
    }

    @Test("several records keep their order")
    func several() throws {
        let second = keyFileText(id: "zzzzzzzz").split(separator: "\n").dropFirst().joined(separator: "\n")
        #expect(try file.parse(keyFileText() + second).map(\.id) == ["k3f9a2bd", "zzzzzzzz"])
    }

    @Test(
        "what is wrong in a record is told with its line",
        arguments: [
            (keyFileText(id: "K3F9A2BD"), 2, "`id`"), (keyFileText(id: "short"), 2, "`id`"),
            (keyFileText(id: "k3f9a2bdd"), 2, "`id`"),
            (keyFileText(id: "[a]"), 2, "`id`"), (keyFileText(name: "\"\""), 3, "`name`"),
            (keyFileText(name: "\"a\\u0007\""), 3, "`name`"),
            (keyFileText(name: String(repeating: "a", count: 65)), 3, "`name`"),
            (keyFileText(sha256: "abc"), 4, "`sha256`"),
            (keyFileText(sha256: String(repeating: "g", count: 64)), 4, "`sha256`"),
            (keyFileText(sha256: exampleDigest + "00"), 4, "`sha256`"),
            (keyFileText(sha256: exampleDigest.dropLast() + "０"), 4, "`sha256`"),
            (keyFileText(scopes: "[]"), 5, "`scopes`"), (keyFileText(scopes: "conversions:cancel"), 5, "`scopes`"),
            (keyFileText(scopes: "[conversions:delete]"), 5, "conversions:delete"),
            (keyFileText(scopes: "[conversions:read, \"*\"]"), 5, "`*`"),
            (keyFileText(more: "expires: 2027-01-31"), 6, "expires"), (keyFileText(more: "key: jg_secret"), 6, "key"),
            (keyFileText(more: "expiresAt: tomorrow"), 6, "`expiresAt`"),
            (keyFileText(more: "createdAt: 2027-13-01"), 6, "`createdAt`"),
            (keyFileText(more: "revokedAt: \"\""), 6, "`revokedAt`"),
            (keyFileText(more: "expiresAt:"), 6, "`expiresAt`"),
            (keyFileText(more: "limit: [a]"), 6, "`limit`"),
            (keyFileText(more: "targets:"), 6, "`targets`"), (keyFileText(more: "targets: []"), 6, "`targets`"),
            (keyFileText(more: "targets: ~"), 6, "`targets`"), (keyFileText(more: "targets: all"), 6, "`targets`"),
            (keyFileText(more: "targets: {a: b}"), 6, "`targets`"),
            (keyFileText(more: "targets: [\"\"]"), 6, "`targets`"),
            (keyFileText(more: "targets: [a b]"), 6, "`targets`"),
            (keyFileText(more: "targets: [a.b]"), 6, "`targets`"),
            (keyFileText(more: "targets: [é]"), 6, "`targets`"), (keyFileText(more: "targets: [[a]]"), 6, "`targets`"),
            (keyFileText(more: "targets: [{a: b}]"), 6, "`targets`"),
            (keyFileText(more: "targets: [\(String(repeating: "a", count: 65))]"), 6, "`targets`"),
            (keyFileText(more: "targets:\n      - a\n      - a/b"), 8, "`targets`"),
        ] as [(String, Int, String)])
    func problems(text: String, line: Int, words: String) throws {
        let problem = try #require(throws: APIKeyFile.Problem.self) { try file.parse(text) }
        #expect(problem.description.hasPrefix("keys.yaml:\(line): "))
        #expect(problem.description.contains(words))
    }

    @Test("a member that is missing is named with its record's line", arguments: ["id", "name", "sha256", "scopes"])
    func missing(member: String) throws {
        var lines = ["id: k3f9a2bd", "name: dashboard", "sha256: \(exampleDigest)", "scopes: [conversions:read]"]
        lines.removeAll { $0.hasPrefix(member + ":") }
        let text = "keys:\n  - " + lines.joined(separator: "\n    ") + "\n"
        let problem = try #require(throws: APIKeyFile.Problem.self) { try file.parse(text) }
        #expect(problem.description.hasPrefix("keys.yaml:2: "))
        #expect(problem.description.contains("`\(member)`"))
    }

    @Test("an identifier that stands there twice is told with the second one's line")
    func duplicate() throws {
        let second = keyFileText().split(separator: "\n").dropFirst().joined(separator: "\n")
        let problem = try #require(throws: APIKeyFile.Problem.self) { try file.parse(keyFileText() + second) }
        #expect(problem.description.hasPrefix("keys.yaml:6: "))
        #expect(problem.description.contains("`k3f9a2bd`"))
    }

    @Test(
        "a text that is no list of records is told with its line",
        arguments: [
            ("keys: 3\n", 1), ("keys: {a: b}\n", 1), ("- a\n", 1), ("just text\n", 1), ("users: []\n", 1),
            ("keys: []\nmore: 1\n", 1), ("keys:\n  - 3\n", 2), ("keys:\n  - [a]\n", 2),
        ])
    func otherShapes(text: String, line: Int) throws {
        let problem = try #require(throws: APIKeyFile.Problem.self) { try file.parse(text) }
        #expect(problem.description.hasPrefix("keys.yaml:\(line): "))
    }

    @Test(
        "a text that is no YAML is told with the place of the fault",
        arguments: ["keys: [\n", "keys:\n\t- id: a\n", "a: b: c\n"])
    func notYAML(text: String) throws {
        let problem = try #require(throws: APIKeyFile.Problem.self) { try file.parse(text) }
        #expect(problem.description.hasPrefix("keys.yaml: is not YAML: "))
        #expect(problem.description.contains(/[0-9]+:[0-9]+/))
    }

    @Test("a member given twice is refused")
    func memberTwice() {
        #expect(throws: APIKeyFile.Problem.self) { try file.parse(keyFileText(more: "name: other")) }
    }

    @Test("a file that is not there is told by its path")
    func noFile() throws {
        let folder = try TemporaryFolder()
        let problem = try #require(throws: APIKeyFile.Problem.self) { try folder.keyFile.read() }
        #expect(problem.description.hasPrefix(folder.keyFile.path + ": no such file"))
    }

    @Test("a file that is not UTF-8 is refused")
    func notUTF8() throws {
        let folder = try TemporaryFolder()
        try Data([0x6B, 0x65, 0x79, 0x73, 0x3A, 0x20, 0xFF, 0xFE, 0x0A]).write(
            to: URL(fileURLWithPath: folder.keyFile.path))
        #expect(throws: APIKeyFile.Problem.self) { try folder.keyFile.read() }
    }
}
