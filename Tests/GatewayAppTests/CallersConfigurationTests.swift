import GatewayAPI
import GatewayApp
import GatewayCore
import Testing

@Suite("The configuration of callers")
struct CallersConfigurationTests {
    @Test("last-used times lie beside the key file unless the configuration says otherwise")
    func usageFile() async throws {
        let workspace = try Workspace()
        #expect(try await workspace.load().keyUsageFile == workspace.path + "/keys.yaml.used")
        #expect(try await workspace.load(flags: ["keys.usageFile": "off"]).keyUsageFile == nil)
        #expect(try await workspace.load(flags: ["keys.usageFile": "/var/used"]).keyUsageFile == "/var/used")
        #expect(
            try await workspace.load(environment: ["JOBGATE_KEYS_USAGE_FILE": "/var/env"]).keyUsageFile == "/var/env")
        for (value, path) in [("off", nil), ("/var/file", "/var/file")] {
            let yaml = "keys:\n  file: '{dir}/keys.yaml'\n  usageFile: \(value)\n"
            #expect(try await workspace.load(yaml: yaml).keyUsageFile == path)
        }
    }

    @Test("last-used times do not lie in the key file itself, nor nowhere")
    func wrongUsageFile() async throws {
        let workspace = try Workspace()
        #expect(
            try await workspace.problems(flags: ["keys.usageFile": workspace.path + "/keys.yaml"])
                == ["flags: `keys.usageFile` is another file than `keys.file`"])
        #expect(
            try await workspace.problems(flags: ["keys.usageFile": ""]) == [
                "flags: `keys.usageFile` is a path, or `off`, not ``"
            ])
    }

    @Test("the failures' limit may be off in a file without quotes")
    func plainOff() async throws {
        let configuration = try await Workspace().load(yaml: "authentication:\n  failures: off\n")
        #expect(configuration.failureLimit == nil)
    }

    @Test("trusted proxies may be a list of the file")
    func proxies() async throws {
        let yaml = "proxies:\n  trusted:\n    - 10.0.0.0/8\n    - ::1\n  header: forwarded\n"
        let addresses = try await Workspace().load(yaml: yaml).addresses
        let ranges = [AddressRange("10.0.0.0/8"), AddressRange("::1")].compactMap(\.self)
        #expect(addresses.trusted == ranges)
        #expect(addresses.field == .forwarded)
    }
}
