import Foundation
import GatewayApp
import RateLimiting
import Testing

@Suite("Configuration of the limiter")
struct LimiterConfigurationTests {
    @Test("without a URL the limits are counted in memory")
    func memory() async throws {
        #expect(try await Workspace().load().limiter == GatewayConfiguration.Limiter())
        #expect(try await Workspace().load().limiter.store == nil)
    }

    @Test("the store is taken from flags, else the environment, else the file")
    func precedence() async throws {
        let workspace = try Workspace()
        let yaml = "limiter:\n  url: redis://file\n"
        let environment = ["JOBGATE_LIMITER_URL": "redis://user:word@environment"]
        let flags = ["limiter.url": "redis://flag"]
        #expect(try await workspace.load(yaml: yaml).limiter.store == RedisEndpoint(url: "redis://file"))
        #expect(
            try await workspace.load(environment: environment, yaml: yaml).limiter.store
                == RedisEndpoint(url: "redis://user:word@environment"))
        #expect(
            try await workspace.load(flags: flags, environment: environment, yaml: yaml).limiter.store
                == RedisEndpoint(url: "redis://flag"))
    }

    @Test("a wrong URL is named with its place and not shown, since it may hold a password")
    func wrongURL() async throws {
        let workspace = try Workspace()
        for (place, problems) in [
            ("jobgate.yaml:2", try await workspace.problems(yaml: "limiter:\n  url: 'redis//:hunter2@cache'\n")),
            (
                "environment JOBGATE_LIMITER_URL",
                try await workspace.problems(environment: ["JOBGATE_LIMITER_URL": "redis//:hunter2@cache"])
            ),
            ("flags", try await workspace.problems(flags: ["limiter.url": "redis//:hunter2@cache"])),
            ("jobgate.yaml:2", try await workspace.problems(yaml: "limiter:\n  url: ['redis://:hunter2@cache']\n")),
        ] {
            #expect(problems.count == 1)
            #expect(problems.first?.hasPrefix("\(place): `limiter.url` is a URL such as redis://host:6379/0") == true)
            #expect(problems.first?.contains("hunter2") == false)
        }
    }

    @Test("a password on the command line is refused with a hint, and not shown")
    func passwordInFlags() async throws {
        let problems = try await Workspace().problems(flags: ["limiter.url": "redis://:hunter2@cache"])
        let expected =
            "flags: `limiter.url` holds a password, which a command line shows to others;"
            + " put it into JOBGATE_LIMITER_URL or into the file of `limiter.passwordFile`"
        #expect(problems == [expected])
        #expect(try await Workspace().problems(flags: ["limiter.url": "redis://user@cache"]) == [])
    }

    @Test(
        "a password file is one line of text",
        arguments: [
            ("word", true), ("word\n", true), ("a long word with: every/thing%", true), ("word\r\n", true),
            (String(repeating: "a", count: 4_096) + "\n", true), ("", false), ("\n", false), ("two\nlines", false),
            ("word\n\n", false), (String(repeating: "a", count: 4_097), false),
        ])
    func passwordFile(text: String, isGood: Bool) async throws {
        let workspace = try Workspace()
        try workspace.write("password", text)
        let yaml = "limiter:\n  url: redis://user@cache\n  passwordFile: '{dir}/password'\n"
        let problems = try await workspace.problems(yaml: yaml)
        if isGood {
            #expect(problems == [])
            #expect(try await workspace.load(yaml: yaml).limiter.passwordFile == workspace.path + "/password")
        } else {
            #expect(problems.count == 1)
            #expect(problems.first?.hasPrefix("jobgate.yaml:3: `limiter.passwordFile` is the path of a file") == true)
        }
    }

    @Test("a password file that is not there, or no text, is refused")
    func unreadablePasswordFile() async throws {
        let workspace = try Workspace()
        try Data([0xFF, 0xFE]).write(to: URL(fileURLWithPath: workspace.path + "/bytes"))
        for name in ["nowhere", "bytes", ".aws"] {
            let problems = try await workspace.problems(flags: ["limiter.passwordFile": "{dir}/\(name)"])
            #expect(problems.count == 1)
        }
    }

    @Test("two passwords are one too many")
    func twoPasswords() async throws {
        let workspace = try Workspace()
        try workspace.write("password", "word")
        let problems = try await workspace.problems(
            environment: ["JOBGATE_LIMITER_URL": "redis://:hunter2@cache"],
            yaml: "limiter:\n  passwordFile: '{dir}/password'\n")
        #expect(
            problems == ["jobgate.yaml:2: `limiter.passwordFile` is of no use: `limiter.url` holds a password"])
    }

    @Test("a bundle must hold a certificate, and is of no use without TLS")
    func bundle() async throws {
        let workspace = try Workspace()
        try workspace.write("ca.pem", Workspace.certificate)
        try workspace.write("empty.pem", "")
        let flags = ["limiter.url": "rediss://cache", "limiter.caBundle": "{dir}/ca.pem"]
        #expect(try await workspace.load(flags: flags).limiter.caBundle == workspace.path + "/ca.pem")
        let plain = flags.merging(["limiter.url": "redis://cache"]) { $1 }
        #expect(
            try await workspace.problems(flags: plain) == [
                "flags: `limiter.caBundle` is of no use without TLS: `limiter.url` begins with `rediss://` for it"
            ])
        let empty = flags.merging(["limiter.caBundle": "{dir}/empty.pem"]) { $1 }
        let problems = try await workspace.problems(flags: empty)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("flags: `limiter.caBundle` is a PEM file") == true)
    }
}
