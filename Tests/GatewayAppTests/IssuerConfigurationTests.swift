import Authentication
import GatewayApp
import GatewayCore
import Testing

@Suite("Issuers in the configuration")
struct IssuerConfigurationTests {
    @Test("there are none unless some are configured", arguments: ["", "issuers: {}\n", "issuers:\n"])
    func none(yaml: String) async throws {
        #expect(try await Workspace().load(yaml: yaml).issuers == [])
    }

    @Test("an issuer of a file has what the file says of it")
    func file() async throws {
        let yaml = """
            limits: [default=60/60s, few=6/60s]
            issuers:
              corp:
                issuer: urn:example:corp
                audience: [jobgate, https://jobgate.example]
                keySetUrl: https://keys.example/jwks?tenant=1
                algorithms: [PS256, EdDSA]
                leeway: 0s
                refresh: 5m
                maxLifetime: 1h
                scopes: ["https://x.example/a=b=conversions:read+transfer-jobs:read", "admin=conversions:cancel"]
                limit: few
                targets: [def*]
                projects: [team-*]
                transferJobs: [a-*, b-*]
                denyTargets: [default]
                denyProjects: [team-secret]
                denyTransferJobs: ["*-x"]
                caBundle: "{dir}/ca.pem"
            """
        let workspace = try Workspace()
        try workspace.write("ca.pem", Workspace.certificate)
        let issuer = try #require(try await workspace.load(yaml: yaml).issuers.first)
        #expect(issuer.name == "corp")
        #expect(issuer.issuer == "urn:example:corp")
        #expect(issuer.audiences == ["jobgate", "https://jobgate.example"])
        #expect(issuer.keySet.source == .url("https://keys.example/jwks?tenant=1"))
        #expect(issuer.keySet.refresh == .seconds(300))
        #expect(issuer.keySet.trustRootsPath == workspace.path + "/ca.pem")
        #expect(issuer.algorithms == [.ps256, .eddsa])
        #expect(issuer.leeway == .zero)
        #expect(issuer.maxLifetime == .seconds(3_600))
        #expect(
            issuer.scopes == [
                .init("https://x.example/a=b", to: [.conversionsRead, .transferJobsRead]),
                .init("admin", to: [.conversionsCancel]),
            ])
        #expect(issuer.limitName == "few")
        #expect(issuer.allowList.targets.allowed?.map(\.pattern) == ["def*"])
        #expect(issuer.allowList.projects.allowed?.map(\.pattern) == ["team-*"])
        #expect(issuer.allowList.transferJobs.allowed?.map(\.pattern) == ["a-*", "b-*"])
        #expect(issuer.allowList.targets.denied.map(\.pattern) == ["default"])
        #expect(issuer.allowList.projects.denied.map(\.pattern) == ["team-secret"])
        #expect(issuer.allowList.transferJobs.denied.map(\.pattern) == ["*-x"])
    }

    @Test("an issuer of which little is said has the usual settings, and says itself where its keys are")
    func standard() async throws {
        let yaml = "issuers:\n  corp: {issuer: \"https://corp.example\", audience: [jobgate]}\n"
        let issuer = try #require(try await Workspace().load(yaml: yaml).issuers.first)
        let source = KeySetSource.discovery(issuer: "https://corp.example")
        #expect(
            issuer
                == TokenIssuer(
                    name: "corp", issuer: "https://corp.example", audiences: ["jobgate"],
                    keySet: TokenIssuer.KeySetSettings(source)))
        #expect(issuer.algorithms == [.rs256, .es256])
        #expect(issuer.leeway == .seconds(60))
        #expect(issuer.keySet.refresh == .seconds(600))
        #expect(issuer.allowList == AllowList())
    }

    @Test("the environment and the flags name issuers and set their members, flags first")
    func environment() async throws {
        let environment = [
            "JOBGATE_ISSUERS": "corp,two_2", "JOBGATE_ISSUERS_CORP_ISSUER": "https://corp.example",
            "JOBGATE_ISSUERS_CORP_AUDIENCE": "a,b", "JOBGATE_ISSUERS_CORP_KEY_SET_URL": "http://127.0.0.1:9/keys",
            "JOBGATE_ISSUERS_TWO_2_ISSUER": "https://two.example", "JOBGATE_ISSUERS_TWO_2_AUDIENCE": "c",
            "JOBGATE_ISSUERS_CORP_DENY_TRANSFER_JOBS": "x-*,y-*", "JOBGATE_ISSUERS_CORP_MAX_LIFETIME": "2h",
        ]
        let flags = ["issuers.corp.audience": "d,e", "issuers.two_2.algorithms": "ES384,RS512"]
        let issuers = try await Workspace().load(flags: flags, environment: environment).issuers
        #expect(issuers.map(\.name) == ["corp", "two_2"])
        #expect(issuers.map(\.audiences) == [["d", "e"], ["c"]])
        #expect(issuers[0].keySet.source == .url("http://127.0.0.1:9/keys"))
        #expect(issuers[0].allowList.transferJobs.denied.map(\.pattern) == ["x-*", "y-*"])
        #expect(issuers[0].maxLifetime == .seconds(7_200))
        #expect(issuers[1].algorithms == [.es384, .rs512])
    }

    @Test("where there is an issuer, there need be no key file")
    func noKeyFile() async throws {
        let workspace = try Workspace()
        let file = try workspace.write(
            "corp.yaml", "issuers:\n  corp: {issuer: \"https://corp.example\", audience: [jobgate]}\n")
        func load(_ file: String?) async throws -> GatewayConfiguration {
            try await GatewayConfiguration.load(flags: [:], environment: ["AWS_REGION": "eu-central-1"], file: file)
        }
        #expect(try await load(file).keysFile == nil)
        await #expect(throws: ConfigurationError.self) { try await load(nil) }
    }

    @Test(
        "a wrong member is named with its place",
        arguments: [
            ("issuer", "\"\""), ("issuer", "a b"), ("audience", "[\"\"]"), ("keySetUrl", "keys.example"),
            ("keySetUrl", "http://keys.example/k"), ("keySetUrl", "https://u:p@keys.example/k"),
            ("keySetFile", "/nowhere"), ("algorithms", "[HS256]"), ("algorithms", "[none]"), ("algorithms", "[es256]"),
            ("algorithms", "[PS512]"), ("algorithms", "[]"), ("leeway", "11m"), ("leeway", "60"), ("refresh", "999ms"),
            ("refresh", "25h"), ("maxLifetime", "0s"), ("scopes", "[a]"), ("scopes", "[\"=conversions:read\"]"),
            ("scopes", "[\"a=\"]"), ("scopes", "[\"a=conversions:read+\"]"), ("scopes", "[\"a b=conversions:read\"]"),
            ("limit", "none"), ("targets", "[prod]"), ("targets", "[\"a/b\"]"), ("denyTargets", "[prod]"),
            ("transferJobs", "[\"a b\"]"), ("denyProjects", "[a, \"arn:*\"]"), ("caBundle", "/nowhere"), ("key", "x"),
        ])
    func problems(member: String, value: String) async throws {
        var members = ["issuer": "\"https://corp.example\"", "audience": "[jobgate]"]
        members[member] = value
        let yaml = members.sorted { $0.key < $1.key }.map { "    \($0.key): \($0.value)\n" }.joined()
        let problems = try await Workspace().problems(yaml: "issuers:\n  corp:\n" + yaml)
        let line = try #require(members.keys.sorted().firstIndex(of: member)) + 3
        let problem = try #require(problems.first)
        #expect(problems.count == 1, "\(problems)")
        #expect(problem.hasPrefix("jobgate.yaml:\(line): "), "\(problem)")
        #expect(problem.contains("`issuers.corp.\(member)`"), "\(problem)")
        #expect(!problem.contains("u:p"), "\(problem)")
    }

    @Test("an issuer that lacks what makes it one is named with its own place")
    func missing() async throws {
        let problems = try await Workspace().problems(yaml: "issuers:\n  corp: {leeway: 1s}\n  two:\n")
        #expect(
            problems == [
                "jobgate.yaml:2: `issuers.corp.issuer` is missing",
                "jobgate.yaml:2: `issuers.corp.audience` is missing",
                "jobgate.yaml:3: `issuers.two.issuer` is missing", "jobgate.yaml:3: `issuers.two.audience` is missing",
            ])
    }

    @Test("two names for one issuer, a file beside a URL, and keys that nobody could find are refused")
    func contradictions() async throws {
        let workspace = try Workspace()
        let twice = """
            issuers:
              a: {issuer: "https://corp.example", audience: [x]}
              b: {issuer: "https://corp.example", audience: [y]}
            """
        #expect(
            try await workspace.problems(yaml: twice).map { $0.prefix(38) } == [
                "jobgate.yaml:3: `issuers.b.issuer` is "
            ])
        let keys = #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#
        try workspace.write("keys.json", keys)
        let both = """
            issuers:
              a:
                issuer: "https://corp.example"
                audience: [x]
                keySetFile: "{dir}/keys.json"
                keySetUrl: "https://corp.example/keys"
            """
        #expect(try await workspace.problems(yaml: both).map { $0.prefix(16) } == ["jobgate.yaml:6: "])
        for issuer in ["urn:corp", "http://corp.example", "https://corp.example?x=1"] {
            let yaml = "issuers:\n  a: {issuer: \"\(issuer)\", audience: [x]}\n"
            let problems = try await workspace.problems(yaml: yaml)
            #expect(problems.count == 1)
            #expect(problems.first?.contains("set `issuers.a.keySetUrl` or `issuers.a.keySetFile`") == true)
        }
    }

    @Test(
        "a key set of a file has to hold a key that can be used",
        arguments: ["", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"AQAB"}]}"#])
    func keySetFile(text: String) async throws {
        let workspace = try Workspace()
        try workspace.write("keys.json", text)
        let yaml = "issuers:\n  a: {issuer: corp, audience: [x], keySetFile: \"{dir}/keys.json\"}\n"
        let problems = try await workspace.problems(yaml: yaml)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("jobgate.yaml:2: `issuers.a.keySetFile`: ") == true)
    }
}
