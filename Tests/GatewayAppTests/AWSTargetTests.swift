import AWSRuntime
import GatewayApp
import Testing

@Suite("The AWS target")
struct AWSTargetTests {
    @Test("is where AWS's own sources say, below the configuration")
    func regions() throws {
        let workspace = try Workspace()
        let file = try workspace.write("config", "[default]\nregion = eu-north-1\n[profile two]\nregion = us-west-2\n")
        var environment = ["AWS_CONFIG_FILE": file]
        #expect(try resolve(environment).region == "eu-north-1")
        environment["AWS_PROFILE"] = "two"
        #expect(try resolve(environment).region == "us-west-2")
        environment["AWS_DEFAULT_REGION"] = "eu-west-2"
        #expect(try resolve(environment).region == "eu-west-2")
        environment["AWS_REGION"] = "eu-west-1"
        #expect(try resolve(environment).region == "eu-west-1")
        #expect(try resolve(environment) { $0.region = "us-east-1" }.region == "us-east-1")
        environment["AWS_REGION"] = nil
        environment["AWS_DEFAULT_REGION"] = nil
        #expect(try resolve(environment) { $0.profile = "default" }.region == "eu-north-1")
    }

    /// As botocore does (ProfileNotFound), also where keys in the environment would do.
    @Test(
        "refuses a profile that AWS's own variable names and no file has",
        arguments: ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"], ["nobody", "default"])
    func unknownProfile(variable: String, profile: String) throws {
        let workspace = try Workspace()
        let file = try workspace.write("config", "[profile one]\nregion = eu-west-1\n")
        let environment = [
            "AWS_CONFIG_FILE": file, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret", variable: profile,
        ]
        #expect(problems(environment) == ["\(variable): there is no profile `\(profile)` in AWS's files"])
    }

    @Test("has both services' own hosts")
    func hosts() throws {
        let target = try resolve(["AWS_REGION": "eu-west-1"])
        #expect(target.databaseMigration.authority == "dms.eu-west-1.amazonaws.com")
        #expect(target.twinMaker?.authority == "api.iottwinmaker.eu-west-1.amazonaws.com")
        #expect(target.warnings.isEmpty)
    }

    @Test("needs a region, and says where one may be set")
    func noRegion() {
        let problems = problems([:])
        #expect(problems.count == 1)
        for name in ["aws.region", "AWS_REGION", "AWS_DEFAULT_REGION", "profile"] {
            #expect(problems.first?.contains(name) == true)
        }
    }

    @Test(
        "without TwinMaker in its region has no transfer jobs, and warns", arguments: ["eu-west-3", "cn-northwest-1"])
    func noTwinMaker(region: String) throws {
        let target = try resolve(["AWS_REGION": region])
        #expect(target.twinMaker == nil)
        #expect(target.warnings.count == 1)
        #expect(target.warnings.first?.contains(region) == true)
        #expect(target.warnings.first?.contains("404") == true)
    }

    @Test("takes endpoints of the environment, each service's own before the one for all")
    func endpoints() throws {
        var environment = ["AWS_REGION": "eu-west-3", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566/base/"]
        let both = try resolve(environment)
        #expect(both.databaseMigration.authority == "127.0.0.1:4566")
        #expect(both.databaseMigration.basePath == "/base")
        #expect(both.twinMaker?.authority == "127.0.0.1:4566")
        environment["AWS_ENDPOINT_URL_IOTTWINMAKER"] = "https://[::1]:8443"
        let own = try resolve(environment)
        #expect(own.databaseMigration.authority == "127.0.0.1:4566")
        #expect(own.twinMaker?.authority == "[::1]:8443")
    }

    @Test(
        "names the setting of an endpoint that is none",
        arguments: [
            ("AWS_ENDPOINT_URL", "localhost:4566"), ("AWS_ENDPOINT_URL", "ftp://127.0.0.1"),
            ("AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE", "https://user:pass@host"),
            ("AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE", "https://host:0"),
            ("AWS_ENDPOINT_URL_IOTTWINMAKER", "https://"), ("AWS_ENDPOINT_URL_IOTTWINMAKER", "https://host/?x"),
        ])
    func badEndpoint(name: String, url: String) {
        let problems = problems(["AWS_REGION": "eu-west-1", name: url])
        #expect(problems.count == 1)
        #expect(problems.first?.contains("\(name) is not a URL") == true)
        #expect(problems.first?.contains("pass") == false)
    }

    @Test("refuses an endpoint together with FIPS")
    func fips() {
        let environment = [
            "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_USE_FIPS_ENDPOINT": "true",
        ]
        #expect(problems(environment).first?.contains("FIPS") == true)
    }

    @Test("warns of a variable that AWS does not know")
    func warnings() throws {
        let target = try resolve(["AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_DMS": "http://127.0.0.1:1"])
        #expect(target.warnings.first?.contains("AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE") == true)
        #expect(target.databaseMigration.isOverride == false)
    }

    @Test("refuses a CA bundle that cannot be read, and names it")
    func caBundle() throws {
        let workspace = try Workspace()
        let path = workspace.path + "/none.pem"
        #expect(problems(["AWS_REGION": "eu-west-1", "AWS_CA_BUNDLE": path]).first?.contains(path) == true)
        let empty = try workspace.write("empty.pem", "no certificate\n")
        #expect(problems(["AWS_REGION": "eu-west-1", "AWS_CA_BUNDLE": empty]).first?.contains(empty) == true)
        let bundle = try workspace.write("ca.pem", Workspace.certificate)
        var configuration = GatewayConfiguration()
        let target = try resolve(["AWS_REGION": "eu-west-1", "AWS_CA_BUNDLE": bundle])
        #expect(try AWSTarget.trustRootsPath(configuration.aws, targets: [target]) == bundle)
        configuration.aws.caBundle = try workspace.write("other.pem", Workspace.certificate)
        #expect(try AWSTarget.trustRootsPath(configuration.aws, targets: [target]) == configuration.aws.caBundle)
    }

    @Test("refuses targets whose profiles trust different authorities, unless one bundle is named for all")
    func differentBundles() throws {
        let workspace = try Workspace()
        let bundle = try workspace.write("ca.pem", Workspace.certificate)
        let file = try workspace.write("config", "[profile one]\nca_bundle = \(bundle)\n[profile two]\n")
        var configuration = GatewayConfiguration()
        configuration.targets = ["one", "two"].map { name in
            var target = GatewayConfiguration.Target(name: name)
            target.profile = name
            return target
        }
        let environment = ["AWS_REGION": "eu-west-1", "AWS_CONFIG_FILE": file]
        #expect(throws: ConfigurationError.self) {
            try AWSTarget.resolveAll(configuration, environment: environment)
        }
        configuration.aws.caBundle = bundle
        #expect(try AWSTarget.resolveAll(configuration, environment: environment).count == 2)
        configuration.aws.caBundle = nil
        configuration.targets.removeLast()
        #expect(try AWSTarget.resolveAll(configuration, environment: environment).count == 1)
    }

    @Test("tries as often as the configuration says, else AWS's own setting, else three times")
    func attempts() throws {
        var environment = ["AWS_REGION": "eu-west-1"]
        #expect(try resolve(environment).maxAttempts == 3)
        environment["AWS_MAX_ATTEMPTS"] = "5"
        #expect(try resolve(environment).maxAttempts == 5)
        #expect(try resolve(environment) { $0.maxAttempts = 2 }.maxAttempts == 2)
    }

    @Test("refuses a broken profile file without showing its text")
    func brokenProfile() throws {
        let workspace = try Workspace()
        let file = try workspace.write("config", "[default\naws_secret_access_key = very-secret\n")
        let problems = problems(["AWS_CONFIG_FILE": file, "AWS_REGION": "eu-west-1"])
        #expect(problems.first?.hasPrefix("AWS profile: ") == true)
        #expect(problems.first?.contains("very-secret") == false)
    }

    private func resolve(
        _ environment: [String: String], _ change: (inout GatewayConfiguration.AWS) -> Void = { _ in }
    ) throws -> AWSTarget {
        var configuration = GatewayConfiguration()
        change(&configuration.aws)
        return try #require(AWSTarget.resolveAll(configuration, environment: environment).first)
    }

    private func problems(_ environment: [String: String]) -> [String] {
        do {
            _ = try resolve(environment)
            return []
        } catch let error as ConfigurationError {
            return error.problems
        } catch {
            return ["\(error)"]
        }
    }
}
