import Foundation
import GatewayApp
import Testing

@Suite("What is wrong with a configuration")
struct ConfigurationProblemTests {
    @Test("a wrong value is named with its key and its place", arguments: Setting.all)
    func wrongValue(setting: Setting) async throws {
        let workspace = try Workspace()
        for value in setting.bad {
            let sources: [(String, [String])] = [
                ("jobgate.yaml:2", try await workspace.problems(yaml: setting.yaml(value))),
                (
                    "environment \(setting.variable)",
                    try await workspace.problems(environment: [setting.variable: value])
                ),
                ("flags", try await workspace.problems(flags: [setting.key: value])),
            ]
            for (place, problems) in sources {
                #expect(problems.count == 1, "\(value): \(problems)")
                #expect(problems.first?.hasPrefix("\(place): `\(setting.key)` is ") == true, "\(problems)")
                #expect(problems.first?.hasSuffix(", not `\(value)`") == true, "\(problems)")
            }
        }
    }

    @Test("a wrong value is named where it counts, not where it is overridden")
    func overriddenWrongValue() async throws {
        let workspace = try Workspace()
        let yaml = "listen:\n  port: wrong\n"
        #expect(try await workspace.problems(environment: ["JOBGATE_LISTEN_PORT": "80"], yaml: yaml) == [])
        let problems = try await workspace.problems(
            flags: ["listen.port": "bad"], environment: ["JOBGATE_LISTEN_PORT": "80"], yaml: yaml)
        #expect(problems == ["flags: `listen.port` is a whole number from 0 to 65535, not `bad`"])
    }

    @Test("an empty value is refused where a flag or a file gives it", arguments: ["listen.host", "aws.profile"])
    func emptyValue(key: String) async throws {
        let workspace = try Workspace()
        #expect(try await workspace.problems(flags: [key: ""]).first?.hasPrefix("flags: `\(key)` is ") == true)
        let parts = key.split(separator: ".")
        let ofFile = try await workspace.problems(yaml: "\n\(parts[0]):\n  \(parts[1]): ''\n")
        #expect(ofFile.first?.hasPrefix("jobgate.yaml:3: `\(key)` is ") == true)
    }

    @Test("everything that is wrong is said at once")
    func allAtOnce() async throws {
        let workspace = try Workspace(limits: ["nowhere"])
        let yaml = """
            listen:
              port: 70000
              hots: 127.0.0.1
            server:
              idleTimeout: 10
            limits: [default]
            """
        let problems = try await workspace.problems(
            flags: ["aws.timeout": "x", "no.such": "1"],
            environment: [
                "JOBGATE_LOG_LEVEL": "loud", "JOBGATE_AWS_REGIN": "eu-west-1", "AWS_ENDPOINT_URL": "nonsense",
            ],
            yaml: yaml)
        let expected = [
            "jobgate.yaml:2: `listen.port`", "jobgate.yaml:5: `server.idleTimeout`", "jobgate.yaml:6: `limits`",
            "flags: `aws.timeout`", "environment JOBGATE_LOG_LEVEL: `log.level`", "the key `key00000` names a limit",
            "flags: there is no setting `no.such`", "environment: there is no setting JOBGATE_AWS_REGIN",
            "jobgate.yaml:3: there is no setting `listen.hots`", "DMS endpoint: AWS_ENDPOINT_URL is not a URL",
        ]
        for sentence in expected {
            #expect(problems.contains { $0.contains(sentence) }, "\(sentence) in \(problems)")
        }
        #expect(problems.count == expected.count)
    }

    @Test(
        "an unknown key of a file is refused with its line",
        arguments: [
            ("listen:\n  prot: 1\n", "jobgate.yaml:2: there is no setting `listen.prot`"),
            ("\nlisten: 1\n", "jobgate.yaml:2: there is no setting `listen`"),
            ("listen: 8080\n", "jobgate.yaml:1: there is no setting `listen`"),
            ("listen:\n  Port: 1\n", "jobgate.yaml:2: there is no setting `listen.Port`"),
            ("listen:\n  port:\n    number: 1\n", "jobgate.yaml:3: there is no setting `listen.port.number`"),
            ("listen.prot: 1\n", "jobgate.yaml:1: there is no setting `listen.prot`"),
            ("lisen:\n", "jobgate.yaml:1: there is no setting `lisen`"),
            ("listen:\n  prot:\n", "jobgate.yaml:2: there is no setting `listen.prot`"),
        ])
    func unknownInFile(yaml: String, problem: String) async throws {
        #expect(try await Workspace().problems(yaml: yaml) == [problem])
    }

    @Test(
        "an unknown flag is refused", arguments: ["listen.prot", "listen", "Listen.port", "limits.default", "config"])
    func unknownFlag(key: String) async throws {
        let problems = try await Workspace().problems(flags: [key: "1"])
        #expect(problems == ["flags: there is no setting `\(key)`"])
    }

    @Test(
        "a variable that begins like a section is refused when it is none of its settings",
        arguments: ["JOBGATE_LISTEN_PROT", "JOBGATE_SERVER_TIMEOUT", "JOBGATE_AWS_REGIN", "JOBGATE_KEYS_PATH"])
    func unknownVariable(name: String) async throws {
        let problems = try await Workspace().problems(environment: [name: "1"])
        #expect(problems == ["environment: there is no setting \(name)"])
    }

    @Test(
        "other variables of the prefix are left alone",
        arguments: [
            "JOBGATE_URL", "JOBGATE_KEY", "JOBGATE_CONFIG", "JOBGATE_PORT", "JOBGATE_PORT_8080_TCP",
            "JOBGATE_SERVICE_HOST", "JOBGATE", "MY_JOBGATE_LISTEN_X",
        ])
    func foreignVariable(name: String) async throws {
        #expect(try await Workspace().problems(environment: [name: "1"]) == [])
    }

    @Test(
        "a file that is no mapping of sections is refused with the reason",
        arguments: [
            ("- a\n- b\n", "jobgate.yaml:1: the file is a mapping of sections"),
            ("\n\njust text\n", "jobgate.yaml:3: the file is a mapping of sections"),
            ("listen: [\n", "jobgate.yaml: is not YAML: line "),
            ("listen:\n\tport: 1\n", "jobgate.yaml: is not YAML: line 2"),
            ("a: b: c\n", "jobgate.yaml: is not YAML: line 1"),
            ("log:\n  level: info\n  level: debug\n", "jobgate.yaml: is not YAML: a key stands there twice: level"),
            ("log: {}\nlisten: {}\nlog: {}\n", "jobgate.yaml: is not YAML: a key stands there twice: log"),
        ])
    func notAMapping(yaml: String, reason: String) async throws {
        let problems = try await Workspace().problems(yaml: yaml)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix(reason) == true, "\(problems)")
    }

    @Test("a list where a value belongs, and a value where a list belongs, are refused with the line")
    func wrongShape() async throws {
        let workspace = try Workspace()
        let list = try await workspace.problems(yaml: "listen:\n  port: [1, 2]\n")
        #expect(list == ["jobgate.yaml:2: `listen.port` is a whole number from 0 to 65535"])
        let value = try await workspace.problems(yaml: "limits: default=1/1s\n")
        #expect(value.count == 1)
        #expect(value.first?.hasPrefix("jobgate.yaml:1: `limits` is a list of ") == true)
    }

    @Test("a file that is not there, not to be read or not text is refused")
    func unreadableFile() async throws {
        let workspace = try Workspace()
        try Data([0xFF, 0xFE, 0x00, 0xD8]).write(to: URL(fileURLWithPath: workspace.path + "/binary.yaml"))
        for (name, reason) in [
            ("none.yaml", "no such file"), ("", "cannot be read"), ("binary.yaml", "cannot be read"),
        ] {
            let path = workspace.path + "/" + name
            let error = await #expect(throws: ConfigurationError.self) {
                try await GatewayConfiguration.load(flags: [:], environment: [:], file: path)
            }
            #expect(error?.problems == ["\(path): \(reason)"])
        }
    }

    @Test("a CA bundle that cannot be read is named with its key and its place, and once")
    func caBundle() async throws {
        let workspace = try Workspace()
        let sources = [
            ("jobgate.yaml:2", try await workspace.problems(yaml: "aws:\n  caBundle: '{dir}/none.pem'\n")),
            (
                "environment JOBGATE_AWS_CA_BUNDLE",
                try await workspace.problems(environment: ["JOBGATE_AWS_CA_BUNDLE": "{dir}/none.pem"])
            ),
            ("flags", try await workspace.problems(flags: ["aws.caBundle": "{dir}/none.pem"])),
        ]
        for (place, problems) in sources {
            #expect(problems.count == 1)
            #expect(problems.first?.hasPrefix("\(place): `aws.caBundle` is ") == true)
            #expect(problems.first?.hasSuffix("not `none.pem`") == true)
        }
    }

    @Test("a limit that stands there twice is refused")
    func limitTwice() async throws {
        let problems = try await Workspace().problems(yaml: "limits: [default=1/1s, batch=1/1s, default=2/2s]\n")
        #expect(problems == ["jobgate.yaml:1: the limit `default` stands there twice"])
    }

    @Test("each wrong origin of a list is named with what an origin is, and without a password that stands in it")
    func wrongOrigins() async throws {
        let origins = "https://a.example,*,https://user:word@b.example"
        let problems = try await Workspace().problems(flags: ["cors.origins": origins])
        let sentence =
            "flags: `cors.origins` is a list of origins such as https://app.example.com or http://localhost:3000"
            + " (scheme, host, port, and no slash behind them; neither `*` nor `null`)"
        #expect(problems == [sentence + ", not `*`", sentence])
    }

    @Test("each wrong limit of a list is named")
    func wrongLimits() async throws {
        let problems = try await Workspace().problems(flags: ["limits": "default=1/1s,a,b=1"])
        #expect(problems.count == 2)
        #expect(problems.first?.hasSuffix("not `a`") == true)
        #expect(problems.last?.hasSuffix("not `b=1`") == true)
    }
}

@Suite("The key file of a configuration")
struct KeyFileConfigurationTests {
    @Test("is needed")
    func missing() async throws {
        let error = await #expect(throws: ConfigurationError.self) {
            try await GatewayConfiguration.load(flags: [:], environment: ["AWS_REGION": "eu-west-1"], file: nil)
        }
        #expect(error?.problems.count == 1)
        #expect(error?.problems.first?.contains("`keys.file` is missing") == true)
    }

    @Test("that is not there or broken is refused, with the place of the setting")
    func broken() async throws {
        let workspace = try Workspace()
        try workspace.write("broken.yaml", "keys:\n  - id: short\n")
        let absent = try await workspace.problems(environment: ["JOBGATE_KEYS_FILE": "{dir}/none.yaml"])
        #expect(absent.count == 1)
        #expect(absent.first?.hasPrefix("environment JOBGATE_KEYS_FILE: `keys.file`: ") == true)
        #expect(absent.first?.contains("none.yaml") == true)
        let broken = try await workspace.problems(yaml: "keys:\n  file: '{dir}/broken.yaml'\n")
        #expect(broken.count == 1)
        #expect(broken.first?.hasPrefix("jobgate.yaml:2: `keys.file`: ") == true)
        #expect(broken.first?.contains("broken.yaml:2") == true)
    }

    @Test("whose key names a limit that is not configured is refused")
    func unknownLimit() async throws {
        let workspace = try Workspace(limits: [nil, "default", "batch"])
        let problems = try await workspace.problems()
        #expect(problems.count == 1)
        #expect(problems.first?.contains("keys.yaml: the key `key00002` names a limit `batch`") == true)
        #expect(try await workspace.problems(flags: ["limits": "batch=1/1s"]) == [])
    }
}
