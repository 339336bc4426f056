import AWSRuntime
import AWSServices
import Testing

@Suite("AWS settings")
struct AWSSettingsTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Settings of an environment and the text of a config file.
    private func settings(
        _ environment: [String: String] = [:], config: String = "", profile: String? = nil, region: String? = nil
    ) throws -> AWSSettings {
        var environment = environment
        environment["AWS_CONFIG_FILE"] = try directory.write(config, to: "config")
        environment["AWS_SHARED_CREDENTIALS_FILE"] = directory.path + "/none"
        return try AWSSettings(environment: environment, profile: profile, region: region)
    }

    private func overrideURL(
        _ environment: [String: String], config: String = "", profile: String? = nil,
        service: AWSService = .databaseMigration
    ) throws -> String? {
        try settings(environment, config: config, profile: profile).endpointOverride(for: service)?.url
    }

    @Test("the region is Jobgate's, else AWS_REGION, else AWS_DEFAULT_REGION, else the profile's, else none")
    func region() throws {
        let config = "[default]\nregion = of-profile\n"
        var environment = ["AWS_REGION": "of-env", "AWS_DEFAULT_REGION": "of-default"]
        #expect(try settings(environment, config: config, region: "of-flag").region == "of-flag")
        #expect(try settings(environment, config: config).region == "of-env")
        environment["AWS_REGION"] = ""
        #expect(try settings(environment, config: config).region == "of-default")
        environment["AWS_DEFAULT_REGION"] = nil
        #expect(try settings(environment, config: config).region == "of-profile")
        #expect(try settings(environment).region == nil)
    }

    @Test("the profile is Jobgate's, else AWS_PROFILE, else default")
    func profile() throws {
        let environment = ["AWS_PROFILE": "of-env"]
        #expect(try settings(environment, profile: "of-flag").profile == "of-flag")
        #expect(try settings(environment).profile == "of-env")
        #expect(try settings().profile == "default")
    }

    @Test("only a profile that Jobgate's own configuration names is explicit")
    func explicitProfile() throws {
        #expect(try settings(profile: "p").hasExplicitProfile)
        #expect(try !settings(["AWS_PROFILE": "p"]).hasExplicitProfile)
    }

    @Test("the profile's own section gives its region")
    func profileSection() throws {
        let config = "[default]\nregion = a\n[profile p]\nregion = b\n"
        #expect(try settings(["AWS_PROFILE": "p"], config: config).region == "b")
    }

    @Test("an endpoint comes from the service's variable, the variable for all, the services section, endpoint_url")
    func endpointOrder() throws {
        let services = "services = local\nendpoint_url = http://4\n[services local]\ndatabase_migration_service =\n"
        let config = "[default]\n\(services)  endpoint_url = http://3\n"
        var environment = [
            "AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE": "http://1", "AWS_ENDPOINT_URL": "http://2",
        ]
        #expect(try overrideURL(environment, config: config) == "http://1")
        environment["AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE"] = ""
        #expect(try overrideURL(environment, config: config) == "http://2")
        environment["AWS_ENDPOINT_URL"] = nil
        #expect(try overrideURL(environment, config: config) == "http://3")
        #expect(try overrideURL(environment, config: config, service: .twinMaker) == "http://4")
        #expect(try overrideURL(environment, config: "[default]\n") == nil)
    }

    @Test("each service has its own variable")
    func serviceVariables() throws {
        let environment = [
            "AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE": "http://dms", "AWS_ENDPOINT_URL_IOTTWINMAKER": "http://twin",
        ]
        #expect(try overrideURL(environment) == "http://dms")
        #expect(try overrideURL(environment, service: .twinMaker) == "http://twin")
    }

    @Test("the services section belongs to the profile that names it")
    func otherProfile() throws {
        let config = """
            [default]
            region = eu-west-1
            [profile local]
            services = stubs
            [services stubs]
            iottwinmaker =
              endpoint_url = http://127.0.0.1:1
            """
        #expect(try overrideURL([:], config: config, service: .twinMaker) == nil)
        #expect(try overrideURL([:], config: config, profile: "local", service: .twinMaker) == "http://127.0.0.1:1")
        #expect(try overrideURL([:], config: config, profile: "local") == nil)
    }

    @Test("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS turns every override off", arguments: ["true", "TRUE", "True"])
    func ignored(value: String) throws {
        let config = "[default]\nendpoint_url = http://4\n"
        let environment = [
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": value, "AWS_ENDPOINT_URL": "http://2",
            "AWS_ENDPOINT_URL_IOTTWINMAKER": "http://1",
        ]
        #expect(try overrideURL(environment, config: config) == nil)
        #expect(try overrideURL(environment, config: config, service: .twinMaker) == nil)
    }

    @Test("any other value of the flag turns nothing off", arguments: ["false", "0", "1", "yes", ""])
    func notIgnored(value: String) throws {
        let environment = ["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": value, "AWS_ENDPOINT_URL": "http://2"]
        #expect(try overrideURL(environment) == "http://2")
    }

    @Test("the profile may turn its overrides off, and the environment comes before it")
    func ignoredByProfile() throws {
        let config = "[default]\nendpoint_url = http://4\nignore_configured_endpoint_urls = true\n"
        #expect(try overrideURL([:], config: config) == nil)
        #expect(try overrideURL(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"], config: config) == "http://4")
    }

    @Test("an override tells where it comes from")
    func source() throws {
        #expect(
            try settings(["AWS_ENDPOINT_URL": "http://2"]).endpointOverride(for: .twinMaker)?.source
                == "AWS_ENDPOINT_URL")
        let config = "[profile p]\nendpoint_url = http://4\n"
        #expect(
            try settings(config: config, profile: "p").endpointOverride(for: .twinMaker)?.source.contains("`p`") == true
        )
    }

    @Test("AWS_ENDPOINT_URL_DMS is no name of AWS's: it is warned of, not used")
    func unknownName() throws {
        let environment = ["AWS_ENDPOINT_URL_DMS": "http://127.0.0.1:1"]
        #expect(try overrideURL(environment) == nil)
        let warnings = try settings(environment).warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE") == true)
    }

    @Test(
        "a retry mode other than standard is warned of", arguments: [("standard", 0), ("legacy", 1), ("adaptive", 1)])
    func retryMode(mode: String, warnings: Int) throws {
        #expect(try settings(["AWS_RETRY_MODE": mode]).warnings.count == warnings)
    }

    @Test("settings without a mistake give no warning")
    func noWarnings() throws {
        #expect(try settings(["AWS_REGION": "eu-west-1"]).warnings.isEmpty)
    }

    @Test("FIPS, dual-stack, CA bundle and attempts come from the environment before the profile")
    func others() throws {
        let config = """
            [default]
            use_fips_endpoint = true
            use_dualstack_endpoint = true
            ca_bundle = /of/profile.pem
            max_attempts = 7
            """
        let fromProfile = try settings(config: config)
        #expect(fromProfile.usesFIPS && fromProfile.usesDualStack)
        #expect(fromProfile.trustRootsPath == "/of/profile.pem")
        #expect(fromProfile.maxAttempts == 7)
        let fromEnvironment = try settings(
            [
                "AWS_USE_FIPS_ENDPOINT": "false", "AWS_USE_DUALSTACK_ENDPOINT": "false",
                "AWS_CA_BUNDLE": "/of/env.pem", "AWS_MAX_ATTEMPTS": "2",
            ], config: config)
        #expect(!fromEnvironment.usesFIPS && !fromEnvironment.usesDualStack)
        #expect(fromEnvironment.trustRootsPath == "/of/env.pem")
        #expect(fromEnvironment.maxAttempts == 2)
    }

    @Test(
        "a number of attempts that is none counts for unset, and is warned of", arguments: ["0", "-1", "many", "1.5"])
    func badAttempts(value: String) throws {
        let settings = try settings(["AWS_MAX_ATTEMPTS": value])
        #expect(settings.maxAttempts == nil)
        #expect(settings.warnings.count == 1)
    }

    @Test("a profile's settings may stand in the credentials file, whose come before the config file's")
    func credentialsFile() throws {
        let environment = [
            "AWS_CONFIG_FILE": try directory.write("[profile p]\nregion = a\nmax_attempts = 7", to: "config"),
            "AWS_SHARED_CREDENTIALS_FILE": try directory.write("[p]\nregion = b", to: "credentials"),
        ]
        let settings = try AWSSettings(environment: environment, profile: "p")
        #expect(settings.region == "b")
        #expect(settings.maxAttempts == 7)
        #expect(settings.isProfileKnown)
        #expect(try !AWSSettings(environment: environment, profile: "q").isProfileKnown)
    }

    @Test("a broken profile file stops the start, naming the file and the line")
    func brokenFile() throws {
        let error = #expect(throws: AWSProfileFiles.Problem.self) { _ = try settings(config: "[default]\n[broken\n") }
        #expect(error?.description.hasPrefix("\(directory.path)/config:2: ") == true)
    }
}
