import Authentication
import GatewayAPI
import GatewayApp
import GatewayCore
import Logging
import Observability
import RateLimiting
import Synchronization
import Testing

@Suite("Read-only mode in the configuration")
struct ReadOnlyConfigurationTests {
    @Test("is off unless it is switched on, with or without a message")
    func off() async throws {
        let workspace = try Workspace()
        #expect(try await workspace.load().readOnly == ReadOnlyPolicy())
        let yaml =
            "readOnly: {enabled: false, message: Later.}\ntargets: {one: {readOnly: false, readOnlyMessage: a}}\n"
        #expect(try await workspace.load(yaml: yaml).readOnly == ReadOnlyPolicy())
    }

    @Test("switches the gateway off with the operator's message, or with one of its own")
    func gateway() async throws {
        let workspace = try Workspace()
        let told = try await workspace.load(yaml: "readOnly:\n  enabled: true\n  message: \"Until Monday – café\"\n")
        #expect(told.readOnly == ReadOnlyPolicy(gatewayMessage: "Until Monday – café"))
        let untold = try await workspace.load(flags: ["readOnly.enabled": "true"]).readOnly
        #expect(untold.gatewayMessage?.contains("read-only") == true)
        #expect(untold.targetMessages.isEmpty)
    }

    @Test("flags go before the environment and that before the file, for switch and message each")
    func precedence() async throws {
        let workspace = try Workspace()
        let yaml = "readOnly: {enabled: true, message: file}\n"
        let environment = ["JOBGATE_READ_ONLY_MESSAGE": "environment"]
        let flags = ["readOnly.message": "flags"]
        #expect(try await workspace.load(yaml: yaml).readOnly.gatewayMessage == "file")
        let second = try await workspace.load(environment: environment, yaml: yaml).readOnly
        #expect(second.gatewayMessage == "environment")
        let third = try await workspace.load(flags: flags, environment: environment, yaml: yaml).readOnly
        #expect(third.gatewayMessage == "flags")
        let off = try await workspace.load(environment: ["JOBGATE_READ_ONLY_ENABLED": "false"], yaml: yaml).readOnly
        #expect(off.gatewayMessage == nil)
    }

    @Test("switches single targets off: their own message, else the general one, else one that names them")
    func targets() async throws {
        let workspace = try Workspace()
        let yaml = """
            targets:
              one: {readOnly: true, readOnlyMessage: Not here.}
              two: {readOnly: true}
              three: {readOnly: false}
              four: {}
            """
        let policy = try await workspace.load(yaml: yaml).readOnly
        #expect(policy.gatewayMessage == nil)
        #expect(Set(policy.targetMessages.keys) == ["one", "two"])
        #expect(policy.targetMessages["one"] == "Not here.")
        #expect(policy.targetMessages["two"]?.contains("`two`") == true)
        let general = try await workspace.load(flags: ["readOnly.message": "General."], yaml: yaml).readOnly
        #expect(general == ReadOnlyPolicy(targetMessages: ["one": "Not here.", "two": "General."]))
    }

    @Test("takes a target's switch from the environment and from flags, too")
    func targetSources() async throws {
        let workspace = try Workspace()
        let environment = ["JOBGATE_TARGETS": "prod-eu", "JOBGATE_TARGETS_PROD_EU_READ_ONLY": "true"]
        let flags = ["targets.prod-eu.readOnlyMessage": "Stop."]
        let policy = try await workspace.load(flags: flags, environment: environment).readOnly
        #expect(policy == ReadOnlyPolicy(targetMessages: ["prod-eu": "Stop."]))
    }

    @Test("checks what is said of a target that is not chosen, and does not use it")
    func unchosen() async throws {
        let workspace = try Workspace()
        let flags = ["targets": "one"]
        let good = "targets: {one: {}, two: {readOnly: true}}\n"
        #expect(try await workspace.load(flags: flags, yaml: good).readOnly == ReadOnlyPolicy())
        let problems = try await workspace.problems(flags: flags, yaml: "targets: {one: {}, two: {readOnly: maybe}}\n")
        #expect(problems == ["jobgate.yaml:1: `targets.two.readOnly` is `true` or `false`, not `maybe`"])
    }

    @Test(
        "a message is 1 to 500 characters without control characters",
        arguments: [
            ("\"\"", false), ("\" \"", false), ("\"a\\tb\"", false), ("\"a\\nb\"", false), ("\"a\\eb\"", false),
            ("\"\\x85\"", false), (String(repeating: "é", count: 500), true),
            (String(repeating: "é", count: 501), false),
            ("0", true), ("'Ask \"ops\" <4711>'", true),
        ])
    func messages(yaml: String, isGood: Bool) async throws {
        let workspace = try Workspace()
        for (text, key) in [
            ("readOnly:\n  message: \(yaml)\n  enabled: true\n", "readOnly.message"),
            ("targets:\n  one: {readOnlyMessage: \(yaml), readOnly: true}\n", "targets.one.readOnlyMessage"),
        ] {
            let problems = try await workspace.problems(yaml: text)
            #expect(problems.isEmpty == isGood, "\(problems)")
            let sentence = "jobgate.yaml:2: `\(key)` is 1 to 500 characters without control characters"
            if !isGood { #expect(problems.first?.hasPrefix(sentence) == true && problems.count == 1, "\(problems)") }
        }
    }

    @Test("a message without a switch is refused: who writes one means something by it")
    func messageAlone() async throws {
        let workspace = try Workspace()
        #expect(
            try await workspace.problems(yaml: "readOnly:\n  message: Stop.\n") == [
                "jobgate.yaml:2: `readOnly.message` is of no use without `readOnly.enabled`, `true` or `false`"
            ])
        #expect(
            try await workspace.problems(yaml: "targets:\n  one:\n    readOnlyMessage: Stop.\n") == [
                "jobgate.yaml:3: `targets.one.readOnlyMessage` is of no use without `targets.one.readOnly`, "
                    + "`true` or `false`"
            ])
        let ofTargets = "readOnly: {message: Stop.}\ntargets: {one: {readOnly: false}}\n"
        #expect(try await workspace.problems(yaml: ofTargets) == [])
    }

    @Test("a switch that is wrong is not said to be missing, too")
    func wrongSwitch() async throws {
        let problems = try await Workspace().problems(yaml: "readOnly: {enabled: maybe, message: Stop.}\n")
        #expect(problems == ["jobgate.yaml:1: `readOnly.enabled` is `true` or `false`, not `maybe`"])
    }

    @Test("takes a change of its file while the gateway runs, says so in the log, and keeps what was on a bad one")
    func live() async throws {
        let workspace = try Workspace()
        let source = ConfigurationSource(
            flags: ["keys.file": workspace.path + "/keys.yaml"],
            environment: ["HOME": workspace.path, "AWS_REGION": "eu-central-1"], path: workspace.path + "/jobgate.yaml")
        try workspace.write("jobgate.yaml", "targets: {one: {readOnly: false}}\n")
        let configuration = try await source.load()
        let lines = LogLines()
        let logger = Logger(label: "test") { _ in JSONLogHandler(level: .trace) { lines.append($0) } }
        let keySets = KeySets { _ in { _, _ throws(KeySetFault) in throw .timedOut } }
        let parts = SharedParts(limiter: InMemoryRateLimiter(), keySets: keySets, targetNames: ["one"])
        let live = try LiveConfiguration(configuration, keys: [], assembly: PolicyAssembly(parts))
        var watch = ConfigurationWatch(
            live: live, source: source, keys: .file,
            seen: ConfigurationWatch.stamps(of: configuration, source: source), logger: logger)
        #expect(live.policy.readOnly == ReadOnlyPolicy())

        try workspace.write("jobgate.yaml", "targets: {one: {readOnly: true, readOnlyMessage: Stop.}}\n")
        await watch.look()
        #expect(live.policy.readOnly == ReadOnlyPolicy(targetMessages: ["one": "Stop."]))
        #expect(
            lines.all.filter { $0.contains("cancels are switched off") && $0.contains("\"targets\":\"one\"") }.count
                == 1)

        try workspace.write("jobgate.yaml", "readOnly: {enabled: maybe}\n")
        await watch.look()
        #expect(live.policy.readOnly == ReadOnlyPolicy(targetMessages: ["one": "Stop."]))

        try workspace.write("jobgate.yaml", "targets: {one: {readOnly: false, readOnlyMessage: Stop.}}\n")
        await watch.look()
        #expect(live.policy.readOnly == ReadOnlyPolicy())
        #expect(lines.all.filter { $0.contains("cancels are switched on again") }.count == 1)
        #expect(!lines.all.contains { $0.contains("next start") })
        await watch.look(isForced: true)
        #expect(lines.all.filter { $0.contains("cancels are switched") }.count == 2, "a change is told, no more")
    }

    @Test("goes on to protect a target that its file lost while the gateway serves it, until the file says otherwise")
    func lostTarget() async throws {
        let workspace = try Workspace()
        let source = ConfigurationSource(
            flags: ["keys.file": workspace.path + "/keys.yaml"],
            environment: ["HOME": workspace.path, "AWS_REGION": "eu-central-1"], path: workspace.path + "/jobgate.yaml")
        try workspace.write(
            "jobgate.yaml", "targets: {default: {readOnly: true, readOnlyMessage: Stop.}, two: {readOnly: true}}\n")
        let configuration = try await source.load()
        let lines = LogLines()
        let logger = Logger(label: "test") { _ in JSONLogHandler(level: .trace) { lines.append($0) } }
        let keySets = KeySets { _ in { _, _ throws(KeySetFault) in throw .timedOut } }
        let parts = SharedParts(limiter: InMemoryRateLimiter(), keySets: keySets, targetNames: ["default", "two"])
        let live = try LiveConfiguration(configuration, keys: [], assembly: PolicyAssembly(parts))
        var watch = ConfigurationWatch(
            live: live, source: source, keys: .file,
            seen: ConfigurationWatch.stamps(of: configuration, source: source), logger: logger)
        for yaml in ["targets: {two: {readOnly: false}}", "targets: {three: {readOnly: true}}", "cors: {maxAge: 5m}"] {
            try workspace.write("jobgate.yaml", yaml + "\n")
            await watch.look()
            #expect(live.status.problems.isEmpty)
            #expect(live.policy.readOnly.message(for: "default") == "Stop.", "\(yaml)")
            #expect(live.policy.readOnly.message(for: "two") == nil, "\(yaml)")
        }
        #expect(!lines.all.contains { $0.contains("cancels are switched on again") })
        try workspace.write("jobgate.yaml", "targets: {default: {}}\n")
        await watch.look()
        #expect(live.policy.readOnly == ReadOnlyPolicy())
        #expect(lines.all.filter { $0.contains("cancels are switched on again") }.count == 1)
    }

    /// Keeps every line.
    private final class LogLines: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock { $0 } }

        func append(_ line: [UInt8]) { lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    }
}

@Suite("Allow-lists of keys and the configuration")
struct AllowListConfigurationTests {
    @Test(
        "a pattern that fits no configured target is refused, of what is allowed and of what is denied",
        arguments: [
            (["prod-*"], [], []), (["*"], [], []), (nil, ["PROD-EU"], []), (["gone-*"], [], ["gone-*"]),
            (["prod-eu"], ["prod-uk", "prod-??"], ["prod-uk"]), (["PROD-*"], [], ["PROD-*"]),
        ] as [([String]?, [String], [String])])
    func idle(allowed: [String]?, denied: [String], named: [String]) async throws {
        let workspace = try Workspace()
        let rule = AccessRule(
            allowed: allowed.map { $0.compactMap(Glob.init) }, denied: denied.compactMap(Glob.init))
        let record = APIKeyRecord(
            id: "confined", name: "confined", digest: [UInt8](repeating: 7, count: 32), scopes: [.conversionsRead],
            allowList: AllowList(targets: rule))
        try APIKeyFile(path: workspace.path + "/keys.yaml").write([record])
        let problems = try await workspace.problems(yaml: "targets: {prod-us: {}, prod-eu: {}}\n")
        #expect(problems.count == named.count, "\(problems)")
        for (problem, name) in zip(problems, named) {
            #expect(
                problem.hasSuffix("keys.yaml: the key `confined` names a target `\(name)` that is not configured"))
        }
    }
}
