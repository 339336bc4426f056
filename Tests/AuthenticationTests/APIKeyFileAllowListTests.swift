import Authentication
import GatewayCore
import Testing

@Suite("Allow-lists in a key file")
struct APIKeyFileAllowListTests {
    private let file = APIKeyFile(path: "keys.yaml")

    @Test("every list of a record is read")
    func full() throws {
        let record = try #require(
            try file.parse(
                keyFileText(
                    more: """
                        targets: [prod-*, test]
                            projects: ["sales-*", 'Entrepôt é']
                            transferJobs: [factory-?]
                            deny:
                              targets: [prod-us]
                              projects: [sales-secret, "*-private"]
                              transferJobs: ["*-secret"]
                        """)
            ).first)
        #expect(
            record.allowList
                == AllowList(
                    targets: AccessRule(allowed: globs(["prod-*", "test"]), denied: globs(["prod-us"])),
                    projects: AccessRule(
                        allowed: globs(["sales-*", "Entrepôt é"]), denied: globs(["sales-secret", "*-private"])),
                    transferJobs: AccessRule(allowed: globs(["factory-?"]), denied: globs(["*-secret"]))))
    }

    @Test("a caller has the allow-list of its key")
    func caller() throws {
        let record = try #require(try file.parse(keyFileText(more: "deny: {projects: [crm]}")).first)
        #expect(record.caller.allowList == AllowList(projects: AccessRule(denied: globs(["crm"]))))
    }

    @Test("without a word everything is allowed")
    func open() throws {
        #expect(try file.parse(keyFileText()).first?.allowList == AllowList())
    }

    @Test(
        "what is wrong in a list is told with its line",
        arguments: [
            ("targets: [a/b]", 6, "`targets`"), ("targets: [\"\"]", 6, "`targets`"),
            ("projects:", 6, "`projects`"), ("projects: []", 6, "`projects`"), ("projects: \"*\"", 6, "`projects`"),
            ("projects: {a: b}", 6, "`projects`"), ("projects: [\"\"]", 6, "`projects`"),
            ("projects: [[a]]", 6, "`projects`"), ("projects: [\" a\"]", 6, "`projects`"),
            ("projects: [a/b]", 6, "`projects`"), ("projects: [\"a\\u200B\"]", 6, "`projects`"),
            ("transferJobs: [a.b]", 6, "`transferJobs`"), ("transferJobs: []", 6, "`transferJobs`"),
            ("transferjobs: [ab]", 6, "unknown member `transferjobs`"),
            ("deny:", 6, "`deny`"), ("deny: []", 6, "`deny`"), ("deny: {}", 6, "`deny`"), ("deny: [a]", 6, "`deny`"),
            ("deny: {scopes: [a]}", 6, "unknown member `deny.scopes`"), ("deny: {projects: }", 6, "`deny.projects`"),
            ("deny: {projects: []}", 6, "`deny.projects`"), ("deny: {targets: [a.b]}", 6, "`deny.targets`"),
            ("deny:\n      targets: [a]\n      transferJobs:\n        - ab\n        - a b", 10, "`deny.transferJobs`"),
            ("deny:\n      projects: [crm, \"arn:*:CRMID\"]", 7, "`deny.projects`"),
        ] as [(String, Int, String)])
    func problems(more: String, line: Int, words: String) throws {
        let problem = try #require(throws: APIKeyFile.Problem.self) { try file.parse(keyFileText(more: more)) }
        #expect(problem.description.hasPrefix("keys.yaml:\(line): "), "\(problem)")
        #expect(problem.description.contains(words), "\(problem)")
    }

    @Test(
        "what is written is read back",
        arguments: [
            AllowList(targets: AccessRule(allowed: globs(["*"]))),
            AllowList(targets: AccessRule(denied: globs(["prod-?"]))),
            AllowList(projects: AccessRule(allowed: globs(["a", "null", "1", "é\"\\", "a, b", "#x", "*"]))),
            AllowList(projects: AccessRule(denied: globs(["arn:aws:dms:*:123456789012:migration-project:A*"]))),
            AllowList(transferJobs: AccessRule(allowed: globs(["0x1F", "true"]), denied: globs(["null"]))),
            AllowList(
                targets: AccessRule(allowed: globs(["a"]), denied: globs(["b"])),
                projects: AccessRule(allowed: globs(["c"]), denied: globs(["d", "e"])),
                transferJobs: AccessRule(allowed: globs(["f"]), denied: globs(["g"]))),
        ])
    func roundTrip(allowList: AllowList) throws {
        let folder = try TemporaryFolder()
        let records = [
            APIKeyRecord(
                id: "k3f9a2bd", name: "a", digest: Array(0..<32), scopes: [.conversionsRead], allowList: allowList,
                createdAt: .start, revokedAt: .start),
            .example("zzzzzzzz"),
        ]
        try folder.keyFile.write(records)
        #expect(try folder.keyFile.read() == records)
    }

    @Test("what could not be read back is not written")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        for allowList in [
            AllowList(transferJobs: AccessRule(denied: globs(["a.b"]))), AllowList(projects: AccessRule(allowed: [])),
            AllowList(projects: AccessRule(denied: globs(["a", "arn:*"]))),
        ] {
            let record = APIKeyRecord(
                id: "k3f9a2bd", name: "a", digest: Array(0..<32), scopes: [.conversionsRead], allowList: allowList)
            #expect(throws: APIKeyFile.Problem.self) { try folder.keyFile.write([record]) }
        }
    }

    @Test("denials stand in a mapping of their own")
    func text() throws {
        let folder = try TemporaryFolder()
        let allowList = AllowList(
            targets: AccessRule(denied: globs(["b", "a"])),
            projects: AccessRule(allowed: globs(["sales-*"]), denied: globs(["sales-secret"])))
        try folder.keyFile.write([
            APIKeyRecord(
                id: "k3f9a2bd", name: "a", digest: Array(0..<32), scopes: [.conversionsRead], allowList: allowList)
        ])
        let lines =
            "    projects: [\"sales-*\"]\n    deny:\n      targets: [\"a\", \"b\"]\n      projects: [\"sales-secret\"]\n"
        #expect(try folder.text().contains(lines))
    }
}
