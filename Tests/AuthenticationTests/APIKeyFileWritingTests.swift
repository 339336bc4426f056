import Authentication
import Foundation
import GatewayCore
import Testing

@Suite("Writing a key file")
struct APIKeyFileWritingTests {
    /// An identifier twice, one of another shape, no scopes, half a digest, no target, a target of another shape, and a
    /// year of five digits.
    private static let unreadable: [[APIKeyRecord]] = [
        [.example("k3f9a2bd"), .example("k3f9a2bd")], [.example("no identifier")],
        [APIKeyRecord(id: "k3f9a2bd", name: "a", digest: Array(0..<32), scopes: [])],
        [APIKeyRecord(id: "k3f9a2bd", name: "a", digest: Array(0..<16), scopes: [.conversionsRead])],
        [.example("k3f9a2bd", targets: [])], [.example("k3f9a2bd", targets: ["prod-eu", "a, b"])],
        [
            APIKeyRecord(
                id: "k3f9a2bd", name: "a", digest: Array(0..<32), scopes: [.conversionsRead],
                expiresAt: Date(timeIntervalSince1970: 1e12))
        ],
    ]

    private let folder: TemporaryFolder
    private var file: APIKeyFile { folder.keyFile }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("what is written is read back")
    func roundTrip() throws {
        let records = [
            APIKeyRecord(
                id: "k3f9a2bd", name: "dashboard", digest: Array(0..<32), scopes: Set(Scope.allCases),
                limitName: "batch",
                allowList: AllowList(targets: AccessRule(allowed: globs(["prod-eu", "prod-us"]))), createdAt: .start,
                expiresAt: .start + 86_400,
                revokedAt: .start + 60),
            APIKeyRecord(
                id: "00000000", name: "b", digest: Array(repeating: 255, count: 32), scopes: [.conversionsRead]),
        ]
        try file.write(records)
        #expect(try file.read() == records)
    }

    @Test(
        "a name is read back as it was, whatever characters it has",
        arguments: [
            "a", " a ", "\"", "\\", "\\n", "\"\\\"", "a: b", "a # b", "- a", "[a]", "{a}", "&a", "*a", "!a", "%a",
            "@a", "`a", "null", "~", "true", "1", "2026-11-21", "é", "日本語", "👨‍👩‍👧", "a\u{2028}b", "a \u{2029} b",
            "a\u{FEFF}b", "a\u{FFFE}", "\u{FFFF}", "\u{E000}", "\u{10FFFF}", "\u{200B}", "\u{202E}a", "\u{A0}",
            String(repeating: "é", count: 64),
        ])
    func names(name: String) throws {
        try #require(APIKeyFile.isValid(name: name))
        try file.write([.example("k3f9a2bd", name: name)])
        let read = try #require(try file.read().first)
        #expect(Array(read.name.unicodeScalars) == Array(name.unicodeScalars))
    }

    @Test(
        "a name is 1 to 64 characters without control characters",
        arguments: ["", "a\n", "\u{0}", "\t", "a\u{1B}[0m", "\u{85}", "\u{7F}", String(repeating: "a", count: 65)])
    func badNames(name: String) {
        #expect(!APIKeyFile.isValid(name: name))
    }

    @Test(
        "every name that a limit can have is read back",
        arguments: ["-", "--", "_", "0", "null", "true", "1e3", "batch"])
    func limits(name: String) throws {
        try file.write([.example("k3f9a2bd", limitName: name)])
        #expect(try file.read().first?.limitName == name)
    }

    @Test(
        "every name that a target can have is read back",
        arguments: ["-", "--", "_", "0", "null", "true", "1e3", "prod-eu", String(repeating: "Z", count: 64)])
    func targets(name: String) throws {
        #expect(APIKeyFile.isValid(target: name))
        try file.write([.example("k3f9a2bd", targets: [name])])
        #expect(try file.read().first?.allowList.targets.allowed == globs([name]))
    }

    @Test("the targets are written sorted, so that a change shows only what changed")
    func sortedTargets() throws {
        try file.write([.example("k3f9a2bd", targets: ["c", "a", "b"])])
        #expect(try folder.text().contains("    targets: [\"a\", \"b\", \"c\"]\n"))
    }

    @Test("an update keeps the targets of the records that it does not change")
    func keepsTargets() throws {
        try file.write([.example("k3f9a2bd", targets: ["prod-eu"]), .example("zzzzzzzz")])
        try file.update { (records: inout [APIKeyRecord]) throws(APIKeyFile.Problem) in records[1].revokedAt = .start }
        #expect(try file.read().map(\.allowList.targets.allowed) == [globs(["prod-eu"]), nil])
    }

    @Test(
        "a target's name is 1 to 64 of letters, digits, `_` and `-`",
        arguments: ["", " ", "a b", "a.b", "a/b", "*", "é", "a\n", "\u{FF11}", String(repeating: "a", count: 65)])
    func badTargets(name: String) {
        #expect(!APIKeyFile.isValid(target: name))
    }

    @Test("records that could not be read back do not take the place of the old ones", arguments: unreadable)
    func keepsTheOldOnes(records: [APIKeyRecord]) throws {
        try file.write([.example("zzzzzzzz")])
        let before = try folder.text()
        #expect(throws: APIKeyFile.Problem.self) { try file.write(records) }
        #expect(try folder.text() == before)
        #expect(try folder.names == ["keys.yaml"])
    }

    @Test("no records are written as none")
    func none() throws {
        try file.write([])
        #expect(try file.read().isEmpty)
    }

    @Test("only its owner may read a new file")
    func modeOfANewFile() throws {
        try file.write([.example("k3f9a2bd")])
        #expect(try mode() == 0o600)
    }

    @Test("a file that others could read is closed to them when it is written")
    func modeOfAnOldFile() throws {
        try folder.write("keys: []\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        try file.update { (records: inout [APIKeyRecord]) throws(APIKeyFile.Problem) in
            records.append(.example("k3f9a2bd"))
        }
        #expect(try mode() == 0o600)
    }

    @Test("a file keeps its owner when root writes it", .enabled(if: geteuid() == 0))
    func owner() throws {
        try folder.write("keys: []\n")
        try FileManager.default.setAttributes(
            [.ownerAccountID: 12_345, .groupOwnerAccountID: 12_346], ofItemAtPath: file.path)
        try file.update { (records: inout [APIKeyRecord]) throws(APIKeyFile.Problem) in
            records.append(.example("k3f9a2bd"))
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect((attributes[.ownerAccountID] as? NSNumber)?.intValue == 12_345)
        #expect((attributes[.groupOwnerAccountID] as? NSNumber)?.intValue == 12_346)
    }

    @Test("nothing but the file is left in its folder")
    func nothingLeft() throws {
        try file.write([.example("k3f9a2bd")])
        try file.write([.example("zzzzzzzz")])
        #expect(try folder.names == ["keys.yaml"])
    }

    @Test("a write that fails leaves nothing behind")
    func failedWrite() throws {
        let target = folder.path + "/a-folder"
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
        #expect(throws: APIKeyFile.Problem.self) { try APIKeyFile(path: target).write([.example("k3f9a2bd")]) }
        #expect(try folder.names == ["a-folder"])
    }

    @Test("a folder that is not there is told by the file's path")
    func noFolder() throws {
        let missing = APIKeyFile(path: folder.path + "/none/keys.yaml")
        let problem = try #require(throws: APIKeyFile.Problem.self) {
            try missing.update { (_: inout [APIKeyRecord]) throws(APIKeyFile.Problem) in }
        }
        #expect(problem.description.hasPrefix(missing.path + ": "))
    }

    @Test("a key is nowhere in the file that knows it")
    func noKey() throws {
        let (key, record) = APIKeyRecord.create(name: "a", scopes: [.conversionsRead], at: .start)
        try file.write([record])
        let text = try folder.text()
        #expect(!text.contains(key.expose()))
        #expect(!text.contains(key.expose().suffix(43)))
    }

    @Test("a new record knows its key by identifier and digest, and its times")
    func create() {
        let (key, record) = APIKeyRecord.create(
            name: "a", scopes: [.conversionsRead], limitName: "batch",
            allowList: AllowList(targets: AccessRule(allowed: globs(["prod-eu"]))), at: .start, expiresAt: .start + 60)
        #expect(
            record
                == APIKeyRecord(
                    id: key.id, name: "a", digest: key.digest, scopes: [.conversionsRead], limitName: "batch",
                    allowList: AllowList(targets: AccessRule(allowed: globs(["prod-eu"]))), createdAt: .start,
                    expiresAt: .start + 60, revokedAt: nil))
    }

    private func mode() throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }
}
