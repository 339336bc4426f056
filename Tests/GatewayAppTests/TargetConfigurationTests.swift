import Authentication
import GatewayApp
import GatewayCore
import Testing

@Suite("Targets in the configuration")
struct TargetConfigurationTests {
    @Test("there are none unless some are configured", arguments: ["", "targets: {}\n", "targets:\n"])
    func none(yaml: String) async throws {
        #expect(try await Workspace().load(yaml: yaml).targets == [])
    }

    @Test("a target of a file has what the file says of it, and keeps its place in the order")
    func file() async throws {
        let yaml = """
            targets:
              prod-us: {region: us-east-1}
              prod-eu:
                region: eu-central-1
                roleArn: arn:aws:iam::123456789012:role/team/jobgate
                externalId: ticket/7=a
                account: "123456789012"
                profile: two
                endpoint: http://127.0.0.1:9000/base/
                databaseMigrationEndpoint: https://dms.test
                twinMakerEndpoint: https://twinmaker.test
                securityTokenEndpoint: https://sts.test:8443
            """
        let targets = try await Workspace().load(yaml: yaml).targets
        var us = GatewayConfiguration.Target(name: "prod-us")
        us.region = "us-east-1"
        var eu = GatewayConfiguration.Target(name: "prod-eu")
        eu.region = "eu-central-1"
        eu.roleARN = "arn:aws:iam::123456789012:role/team/jobgate"
        eu.externalID = "ticket/7=a"
        eu.account = "123456789012"
        eu.profile = "two"
        eu.endpoint = "http://127.0.0.1:9000/base/"
        eu.databaseMigrationEndpoint = "https://dms.test"
        eu.twinMakerEndpoint = "https://twinmaker.test"
        eu.securityTokenEndpoint = "https://sts.test:8443"
        #expect(targets == [us, eu])
    }

    @Test(
        "a target of which the file says nothing has everything from `aws`",
        arguments: ["targets: {one: {}}\n", "targets:\n  one:\n", "targets: [one]\n", "targets:\n  one: {}\n"])
    func empty(yaml: String) async throws {
        #expect(try await Workspace().load(yaml: yaml).targets == [.init(name: "one")])
    }

    @Test("the environment names targets and sets their members, hyphens written as underscores")
    func environment() async throws {
        let configuration = try await Workspace().load(environment: [
            "JOBGATE_TARGETS": "prod-eu, us_2", "JOBGATE_TARGETS_PROD_EU_REGION": "eu-central-1",
            "JOBGATE_TARGETS_PROD_EU_ROLE_ARN": "arn:aws:iam::123456789012:role/jobgate",
            "JOBGATE_TARGETS_PROD_EU_DATABASE_MIGRATION_ENDPOINT": "http://127.0.0.1:1",
            "JOBGATE_TARGETS_US_2_REGION": "us-west-2",
        ])
        #expect(configuration.targets.map(\.name) == ["prod-eu", "us_2"])
        #expect(configuration.targets.map(\.region) == ["eu-central-1", "us-west-2"])
        #expect(configuration.targets[0].roleARN == "arn:aws:iam::123456789012:role/jobgate")
        #expect(configuration.targets[0].databaseMigrationEndpoint == "http://127.0.0.1:1")
    }

    @Test("flags name targets and set their members")
    func flags() async throws {
        let configuration = try await Workspace().load(flags: [
            "targets": "prod-eu,prod-us", "targets.prod-eu.region": "eu-central-1",
            "targets.prod-us.twinMakerEndpoint": "http://127.0.0.1:2",
        ])
        #expect(configuration.targets.map(\.name) == ["prod-eu", "prod-us"])
        #expect(configuration.targets.map(\.region) == ["eu-central-1", nil])
        #expect(configuration.targets[1].twinMakerEndpoint == "http://127.0.0.1:2")
    }

    @Test("a member follows the precedence of every setting: flags, environment, file")
    func precedence() async throws {
        let workspace = try Workspace()
        let yaml = "targets:\n  one: {region: eu-west-1, account: \"111111111111\"}\n"
        let environment = ["JOBGATE_TARGETS_ONE_REGION": "eu-west-2"]
        let flags = ["targets.one.region": "eu-west-3"]
        #expect(try await workspace.load(yaml: yaml).targets.first?.region == "eu-west-1")
        #expect(try await workspace.load(environment: environment, yaml: yaml).targets.first?.region == "eu-west-2")
        let all = try await workspace.load(flags: flags, environment: environment, yaml: yaml).targets
        #expect(all.map(\.region) == ["eu-west-3"])
        #expect(all.map(\.account) == ["111111111111"])
    }

    @Test("a list of names chooses among the targets of the file, and may add some")
    func listOverFile() async throws {
        let workspace = try Workspace()
        let yaml = "targets:\n  one: {region: eu-west-1}\n  two: {region: eu-west-2}\n"
        let chosen = try await workspace.load(environment: ["JOBGATE_TARGETS": "two,three"], yaml: yaml).targets
        #expect(chosen.map(\.name) == ["two", "three"])
        #expect(chosen.map(\.region) == ["eu-west-2", nil])
        let flags = ["targets": "one"]
        let one = try await workspace.load(flags: flags, environment: ["JOBGATE_TARGETS": "two"], yaml: yaml).targets
        #expect(one.map(\.name) == ["one"])
    }
}

@Suite("What is wrong with targets in the configuration")
struct TargetProblemTests {
    @Test(
        "a wrong member is named with its place",
        arguments: [
            ("region", "eu west 1"), ("region", "EU-WEST-1"), ("account", "12345678901"), ("account", "12345678901x"),
            ("roleArn", "arn:aws:iam::123456789012:user/jobgate"), ("roleArn", "jobgate"),
            ("roleArn", "arn:aws:iam::1234:role/jobgate"), ("externalId", "x"), ("externalId", "a b"),
        ])
    func wrongMember(member: String, value: String) async throws {
        let workspace = try Workspace()
        let key = "targets.one.\(member)"
        let ofFile = try await workspace.problems(yaml: "targets:\n  one:\n    \(member): \"\(value)\"\n")
        #expect(ofFile.first?.hasPrefix("jobgate.yaml:3: `\(key)` is ") == true, "\(ofFile)")
        #expect(ofFile.first?.hasSuffix(", not `\(value)`") == true, "\(ofFile)")
        #expect(ofFile.count == 1, "\(ofFile)")
        let ofFlags = try await workspace.problems(flags: ["targets": "one", key: value])
        #expect(ofFlags.first?.hasPrefix("flags: `\(key)` is ") == true, "\(ofFlags)")
        #expect(ofFlags.count == 1, "\(ofFlags)")
    }

    @Test(
        "a wrong endpoint is named with its place and not shown, for it may hold a password",
        arguments: ["endpoint", "databaseMigrationEndpoint", "twinMakerEndpoint", "securityTokenEndpoint"])
    func wrongEndpoint(member: String) async throws {
        for value in ["https://user:pass-word@host", "ftp://host", "host:80", "https://host/?pass-word"] {
            let problems = try await Workspace().problems(yaml: "targets:\n  one:\n    \(member): \(value)\n")
            #expect(problems == ["jobgate.yaml:3: `targets.one.\(member)` is a URL such as https://host:port"])
        }
    }

    @Test(
        "a name that is none is refused with its place",
        arguments: ["prod eu", "prod.eu", "prod/eu", "pröd", String(repeating: "a", count: 65)])
    func wrongName(name: String) async throws {
        let workspace = try Workspace()
        let sentence = "`targets` holds targets' names: 1 to 64 of A-Z, a-z, 0-9, `_` and `-`, not `\(name)`"
        let ofFile = try await workspace.problems(yaml: "targets:\n  good: {}\n  \"\(name)\": {region: eu-west-1}\n")
        #expect(ofFile == ["jobgate.yaml:3: \(sentence)"])
        #expect(try await workspace.problems(flags: ["targets": "good,\(name)"]) == ["flags: \(sentence)"])
    }

    @Test("a name that stands there twice is refused")
    func twice() async throws {
        let workspace = try Workspace()
        let ofFlags = try await workspace.problems(flags: ["targets": "one,two,one"])
        #expect(ofFlags == ["flags: the target `one` stands there twice"])
        let ofFile = try await workspace.problems(yaml: "targets:\n  one: {}\n  one: {}\n")
        #expect(ofFile == ["jobgate.yaml: is not YAML: a key stands there twice: one"])
    }

    @Test("a list that names none is refused: who writes one means some")
    func emptyList() async throws {
        let workspace = try Workspace()
        #expect(try await workspace.problems(flags: ["targets": ""]) == ["flags: `targets` names no target"])
        #expect(try await workspace.problems(yaml: "targets: []\n") == ["jobgate.yaml:1: `targets` names no target"])
    }

    @Test(
        "an unknown member is refused with its line",
        arguments: [
            ("targets:\n  one:\n    regoin: eu-west-1\n", 3, "targets.one.regoin"),
            ("targets:\n  one: {region: eu-west-1,\n    budget: {dms: off}}\n", 3, "targets.one.budget.dms"),
            ("targets:\n  one: eu-west-1\n", 2, "targets.one"),
        ])
    func unknownMember(yaml: String, line: Int, key: String) async throws {
        #expect(try await Workspace().problems(yaml: yaml) == ["jobgate.yaml:\(line): there is no setting `\(key)`"])
    }

    @Test("a variable or a flag of a target that is none is refused")
    func unknownTarget() async throws {
        let workspace = try Workspace()
        let ofEnvironment = try await workspace.problems(environment: [
            "JOBGATE_TARGETS": "one", "JOBGATE_TARGETS_TWO_REGION": "eu-west-1",
        ])
        #expect(ofEnvironment == ["environment: there is no setting JOBGATE_TARGETS_TWO_REGION"])
        let ofFlags = try await workspace.problems(flags: ["targets.one.region": "eu-west-1"])
        #expect(ofFlags == ["flags: there is no setting `targets.one.region`"])
    }

    @Test("an external id without a role is of no use, and refused")
    func externalIDAlone() async throws {
        let problems = try await Workspace().problems(yaml: "targets:\n  one:\n    externalId: abc\n")
        #expect(
            problems == ["jobgate.yaml:3: `targets.one.externalId` is of no use without `targets.one.roleArn`"])
    }

    @Test("the problems of all targets are told at once, those of one member and those of the whole")
    func all() async throws {
        let yaml = """
            targets:
              one: {region: nowhere!}
              two: {profile: nobody}
              three: {region: eu-west-1, account: "1"}
              four: {profile: none}
            """
        let problems = try await Workspace().problems(yaml: yaml)
        let expected = [
            "jobgate.yaml:2: `targets.one.region`", "jobgate.yaml:4: `targets.three.account`",
            "the target `two`: `targets.two.profile`: there is no profile `nobody`",
            "the target `four`: `targets.four.profile`: there is no profile `none`",
        ]
        for sentence in expected {
            #expect(problems.contains { $0.contains(sentence) }, "\(sentence) in \(problems)")
        }
        #expect(problems.count == expected.count, "\(problems)")
    }

    @Test("a target without a region anywhere is named")
    func noRegion() async throws {
        let problems = try await Workspace().problems(
            environment: ["AWS_REGION": ""], yaml: "targets: {one: {}, two: {region: eu-west-1}}\n")
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("the target `one`: no AWS region: ") == true)
    }

    @Test("a key that names a target which is not configured is refused")
    func keyOfUnknownTarget() async throws {
        let workspace = try Workspace()
        let record = APIKeyRecord(
            id: "confined", name: "confined", digest: [UInt8](repeating: 7, count: 32), scopes: [.conversionsRead],
            allowList: AllowList(
                targets: AccessRule(allowed: ["prod-eu", "prod-us", "gone"].compactMap(Glob.init))))
        try APIKeyFile(path: workspace.path + "/keys.yaml").write([record])
        let problems = try await workspace.problems(yaml: "targets: {prod-us: {}, prod-eu: {}}\n")
        #expect(problems.count == 1)
        let sentence = "keys.yaml: the key `confined` names a target `gone` that is not configured"
        #expect(problems.first?.hasSuffix(sentence) == true, "\(problems)")
        #expect(try await workspace.problems(flags: ["targets": "gone,prod-us,prod-eu"]) == [])
        // Without targets there is one called `default`.
        #expect(try await workspace.problems().count == 3)
    }
}
