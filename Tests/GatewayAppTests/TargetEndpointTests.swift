import AWSRuntime
import GatewayApp
import Testing

@Suite("Several AWS targets")
struct TargetEndpointTests {
    private static let environment = ["AWS_REGION": "eu-west-1"]

    @Test("without any configured there is one called default")
    func standard() throws {
        #expect(try resolve([]).map(\.name) == ["default"])
    }

    @Test("a target's region is its own, else that of `aws`, else AWS's own sources'")
    func regions() throws {
        let targets = try resolve([target("own") { $0.region = "us-east-1" }, target("other")]) {
            $0.region = "eu-central-1"
        }
        #expect(targets.map(\.region) == ["us-east-1", "eu-central-1"])
        #expect(
            targets.map(\.databaseMigration.host) == ["dms.us-east-1.amazonaws.com", "dms.eu-central-1.amazonaws.com"])
        #expect(targets.map(\.securityToken.host) == ["sts.us-east-1.amazonaws.com", "sts.eu-central-1.amazonaws.com"])
        #expect(try resolve([target("one")]).map(\.region) == ["eu-west-1"])
    }

    @Test("a target's profile brings its region, before that of `aws.profile`")
    func profiles() throws {
        let workspace = try Workspace()
        let config = "[profile one]\nregion = eu-north-1\n[profile two]\nregion = us-west-2\n"
        let file = try workspace.write("config", config)
        let targets = try resolve(
            [target("own") { $0.profile = "two" }, target("other")], environment: ["AWS_CONFIG_FILE": file]
        ) { $0.profile = "one" }
        #expect(targets.map(\.region) == ["us-west-2", "eu-north-1"])
        #expect(targets.map(\.settings.profile) == ["two", "one"])
    }

    @Test("a target's account is the configured one, else the role's, else not known")
    func accounts() throws {
        let role = "arn:aws:iam::123456789012:role/jobgate"
        let targets = try resolve([
            target("role") { $0.roleARN = role }, target("said") { $0.account = "210987654321" }, target("neither"),
        ])
        #expect(targets.map(\.account) == ["123456789012", "210987654321", nil])
        #expect(targets.map(\.roleARN) == [role, nil, nil])
        #expect(targets.flatMap(\.warnings) == [])
    }

    @Test("an account that is not the role's is warned of: calls go to the role's")
    func strangeAccount() throws {
        let targets = try resolve([
            target("odd") {
                $0.roleARN = "arn:aws:iam::123456789012:role/jobgate"
                $0.account = "210987654321"
            }
        ])
        let warning = try #require(targets.first?.warnings.first)
        #expect(warning.contains("210987654321") && warning.contains("123456789012") && warning.contains("odd"))
    }

    @Test("an endpoint is the service's own, else the target's, else AWS's own setting, and STS has its own alone")
    func precedence() throws {
        var environment = Self.environment
        environment["AWS_ENDPOINT_URL"] = "http://all.test"
        environment["AWS_ENDPOINT_URL_IOTTWINMAKER"] = "http://variable.test"
        let plain = try only(target("one"), environment)
        #expect(hosts(plain) == ["all.test", "variable.test", "all.test"])
        let own = try only(target("one") { $0.endpoint = "http://target.test:81/base/" }, environment)
        #expect(hosts(own) == ["target.test", "target.test", "all.test"])
        #expect(own.databaseMigration.basePath == "/base")
        #expect(own.twinMaker?.port == 81)
        let each = try only(
            target("one") {
                $0.endpoint = "http://target.test"
                $0.databaseMigrationEndpoint = "http://dms.test"
                $0.twinMakerEndpoint = "http://twinmaker.test"
                $0.securityTokenEndpoint = "http://sts.test"
            }, environment)
        #expect(hosts(each) == ["dms.test", "twinmaker.test", "sts.test"])
        let withoutVariables = try only(target("one") { $0.endpoint = "http://target.test" }, Self.environment)
        #expect(hosts(withoutVariables) == ["target.test", "target.test", "sts.eu-west-1.amazonaws.com"])
    }

    @Test("AWS's switch against configured endpoints is not one against a target's own")
    func ignoredVariables() throws {
        var environment = Self.environment
        environment["AWS_ENDPOINT_URL"] = "http://all.test"
        environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true"
        let own = try only(target("one") { $0.databaseMigrationEndpoint = "http://dms.test" }, environment)
        #expect(
            hosts(own) == ["dms.test", "api.iottwinmaker.eu-west-1.amazonaws.com", "sts.eu-west-1.amazonaws.com"])
    }

    @Test(
        "a target's endpoint is refused together with FIPS, and named",
        arguments: ["endpoint", "databaseMigrationEndpoint", "twinMakerEndpoint", "securityTokenEndpoint"])
    func fips(member: String) throws {
        var environment = Self.environment
        environment["AWS_USE_FIPS_ENDPOINT"] = "true"
        let error = try #require(throws: ConfigurationError.self) {
            let url = "http://127.0.0.1:1"
            let one = target("one") { target in
                switch member {
                case "endpoint": target.endpoint = url
                case "databaseMigrationEndpoint": target.databaseMigrationEndpoint = url
                case "twinMakerEndpoint": target.twinMakerEndpoint = url
                default: target.securityTokenEndpoint = url
                }
            }
            _ = try resolve([one], environment: environment)
        }
        #expect(error.problems.count == 1)
        #expect(error.problems.first?.contains("`targets.one.\(member)` and FIPS endpoints") == true)
    }

    @Test("a region without TwinMaker has none, unless the target says where it is")
    func noTwinMaker() throws {
        let none = try only(target("one") { $0.region = "eu-west-3" }, Self.environment)
        #expect(none.twinMaker == nil)
        #expect(none.warnings.count == 1)
        #expect(none.warnings.first?.contains("eu-west-3") == true)
        let own = try only(
            target("one") {
                $0.region = "eu-west-3"
                $0.twinMakerEndpoint = "http://twinmaker.test"
            }, Self.environment)
        #expect(own.twinMaker?.host == "twinmaker.test")
        #expect(own.warnings.isEmpty)
    }

    @Test("what the environment says wrongly is said once, not once a target")
    func warnings() throws {
        var environment = Self.environment
        environment["AWS_ENDPOINT_URL_DMS"] = "http://127.0.0.1:1"
        #expect(try resolve([target("one"), target("two")], environment: environment).flatMap(\.warnings).count == 1)
    }

    private func target(
        _ name: String, _ change: (inout GatewayConfiguration.Target) -> Void = { _ in }
    ) -> GatewayConfiguration.Target {
        var target = GatewayConfiguration.Target(name: name)
        change(&target)
        return target
    }

    private func resolve(
        _ targets: [GatewayConfiguration.Target], environment: [String: String] = Self.environment,
        _ change: (inout GatewayConfiguration.AWS) -> Void = { _ in }
    ) throws -> [AWSTarget] {
        var configuration = GatewayConfiguration()
        configuration.targets = targets
        change(&configuration.aws)
        return try AWSTarget.resolveAll(configuration, environment: environment)
    }

    private func only(_ target: GatewayConfiguration.Target, _ environment: [String: String]) throws -> AWSTarget {
        try #require(try resolve([target], environment: environment).first)
    }

    /// The hosts of DMS, TwinMaker and STS.
    private func hosts(_ target: AWSTarget) -> [String?] {
        [target.databaseMigration.host, target.twinMaker?.host, target.securityToken.host]
    }
}
