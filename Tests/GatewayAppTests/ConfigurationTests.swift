import GatewayAPI
import GatewayApp
import HTTPServer
import Logging
import RateLimiting
import Resilience
import Testing

@Suite("Configuration")
struct ConfigurationTests {
    @Test("flags go before the environment, that before the file, and that before the default", arguments: Setting.all)
    func precedence(setting: Setting) async throws {
        let workspace = try Workspace()
        let yaml = setting.yaml(setting.good[0])
        let environment = [setting.variable: setting.good[1]]
        let flags = [setting.key: setting.good[2]]
        let read = setting.read
        #expect(read(try await workspace.load()) == setting.standard)
        #expect(read(try await workspace.load(yaml: yaml)) == normal(setting, 0))
        #expect(read(try await workspace.load(environment: environment)) == normal(setting, 1))
        #expect(read(try await workspace.load(environment: environment, yaml: yaml)) == normal(setting, 1))
        #expect(
            read(try await workspace.load(flags: flags, environment: environment, yaml: yaml)) == normal(setting, 2))
        #expect(read(try await workspace.load(flags: flags, yaml: yaml)) == normal(setting, 2))
    }

    /// The text that a good value is read back as.
    private func normal(_ setting: Setting, _ index: Int) -> String {
        setting.normal?[index] ?? setting.good[index]
    }

    @Test("the paths of files follow the same precedence")
    func paths() async throws {
        let workspace = try Workspace()
        for name in ["a.pem", "b.pem", "c.pem"] { try workspace.write(name, Workspace.certificate) }
        for name in ["a.yaml", "b.yaml", "c.yaml"] { try workspace.write(name, "keys: []\n") }
        let yaml = "keys:\n  file: '{dir}/a.yaml'\naws:\n  caBundle: '{dir}/a.pem'\n"
        let environment = ["JOBGATE_KEYS_FILE": "{dir}/b.yaml", "JOBGATE_AWS_CA_BUNDLE": "{dir}/b.pem"]
        let flags = ["keys.file": "{dir}/c.yaml", "aws.caBundle": "{dir}/c.pem"]
        let ofFile = try await workspace.load(yaml: yaml)
        #expect(ofFile.keysFile == workspace.path + "/a.yaml")
        #expect(ofFile.aws.caBundle == workspace.path + "/a.pem")
        let ofEnvironment = try await workspace.load(environment: environment, yaml: yaml)
        #expect(ofEnvironment.keysFile == workspace.path + "/b.yaml")
        #expect(ofEnvironment.aws.caBundle == workspace.path + "/b.pem")
        let ofFlags = try await workspace.load(flags: flags, environment: environment, yaml: yaml)
        #expect(ofFlags.keysFile == workspace.path + "/c.yaml")
        #expect(ofFlags.aws.caBundle == workspace.path + "/c.pem")
    }

    @Test("a variable that is empty counts as not set", arguments: Setting.all)
    func emptyVariable(setting: Setting) async throws {
        let configuration = try await Workspace().load(environment: [setting.variable: ""])
        #expect(setting.read(configuration) == setting.standard)
    }

    @Test("there is always a limit called default", arguments: ["batch=1/1s", "default=5/1s,batch=1/1s"])
    func defaultLimit(text: String) async throws {
        let configuration = try await Workspace().load(flags: ["limits": text])
        #expect(configuration.limits.filter { $0.name == "default" }.count == 1)
        #expect(configuration.limits.count == 2)
    }

    @Test("numbers and lists may stand in a file as YAML writes them")
    func plainYAML() async throws {
        let yaml = """
            listen: {host: 0.0.0.0, port: 0}
            server:
              maxConnections: 10
              idleTimeout: 5m
            limits:
              - default=10/1s
              - " batch=600/60s:100 "
            log:
              level: debug
            """
        let configuration = try await Workspace().load(yaml: yaml)
        #expect(configuration.listen.host == "0.0.0.0")
        #expect(configuration.listen.port == 0)
        #expect(configuration.server.maxConnections == 10)
        #expect(configuration.server.idleTimeout == .seconds(300))
        #expect(configuration.limits.map(\.name) == ["default", "batch"])
        #expect(configuration.limits.map(\.burst) == [10, 100])
        #expect(configuration.logLevel == .debug)
    }

    @Test("spaces around the limits of a variable do not matter")
    func limitsOfVariable() async throws {
        let configuration = try await Workspace().load(environment: ["JOBGATE_LIMITS": "default=1/1s, batch=2/2s"])
        #expect(configuration.limits.map(\.name) == ["default", "batch"])
    }

    @Test("an empty list of origins takes out those of the file")
    func noOrigins() async throws {
        let yaml = "cors:\n  origins: [https://a.example]\n"
        #expect(try await Workspace().load(yaml: yaml).cors.origins.map(\.text) == ["https://a.example"])
        #expect(try await Workspace().load(flags: ["cors.origins": ""], yaml: yaml).cors.origins.isEmpty)
    }

    @Test("a file that says nothing leaves the defaults", arguments: ["", "\n", "# nothing\n", "---\n", "{}\n"])
    func emptyFile(text: String) async throws {
        let configuration = try await Workspace().load(yaml: text)
        #expect(configuration.listen == GatewayConfiguration.Listen())
        #expect(configuration.aws == GatewayConfiguration.AWS())
    }

    @Test(
        "a section without a member leaves the defaults",
        arguments: ["listen", "server", "limiter", "cors", "readOnly", "aws", "log", "admin"])
    func emptySection(name: String) async throws {
        let yaml = "\(name):\n  # nothing of it is set\n"
        #expect(try await Workspace().problems(yaml: yaml) == [])
    }

    @Test("switches and numbers may stand in a file without quotes, as YAML would read them otherwise")
    func plainSwitches() async throws {
        let yaml = """
            aws:
              breaker: off
              budget: {dms: off, iottwinmaker: 5/s}
              maxSessions: 7
            admin: {port: 9090}
            targets:
              one: {region: eu-west-1, account: 012345670123}
            """
        let configuration = try await Workspace().load(yaml: yaml)
        #expect(configuration.aws.breaker == nil)
        #expect(configuration.aws.databaseMigrationBudget == nil)
        #expect(configuration.aws.twinMakerBudget == BudgetSettings(burst: 5, refillPerSecond: 5))
        #expect(configuration.aws.maxSessions == 7)
        #expect(configuration.admin.port == 9_090)
        #expect(configuration.targets.first?.account == "012345670123")
    }

    @Test("a breaker that is off is off whatever else is said of it, and what is wrong is told nevertheless")
    func breakerOff() async throws {
        let workspace = try Workspace()
        let yaml = "aws:\n  breaker: off\n  breakerOpen: 1s\n"
        #expect(try await workspace.load(yaml: yaml).aws.breaker == nil)
        let problems = try await workspace.problems(yaml: "aws:\n  breaker: off\n  breakerOpen: soon\n")
        #expect(problems == ["jobgate.yaml:3: `aws.breakerOpen` is a duration from 1ms to 1d, such as 10s, not `soon`"])
    }

    @Test("a breaker that is given one figure keeps the others")
    func breakerFigures() async throws {
        let configuration = try await Workspace().load(flags: ["aws.breakerMinimumCalls": "3"])
        #expect(configuration.aws.breaker == CircuitBreakerSettings(minimumCalls: 3))
    }
}
