import ArgumentParser
import Foundation
import GatewayApp

/// The settings that the command line can give; each goes before the environment, the file and the defaults.
struct ServeOptions: ParsableArguments {
    @Option(help: "The YAML configuration file (default: the environment's JOBGATE_CONFIG).")
    var config: String?

    @Option(help: "The address to listen on: listen.host.")
    var host: String?

    @Option(help: "The port to listen on, 0 for any: listen.port.")
    var port: Int?

    @Option(help: "The API key file: keys.file.")
    var keys: String?

    @Option(help: "The AWS region: aws.region.")
    var region: String?

    @Option(name: .customLong("set"), help: "Any setting, as KEY=VALUE; may be repeated.")
    var settings: [String] = []

    mutating func validate() throws {
        for setting in settings where !setting.contains("=") || setting.hasPrefix("=") {
            throw ValidationError("--set takes KEY=VALUE, such as --set aws.timeout=10s")
        }
        let keys = settings.map { $0.prefix { $0 != "=" } }
        if let key = keys.first(where: { key in keys.count { $0 == key } > 1 }) {
            throw ValidationError(
                "--set gives `\(key)` twice; a list is one value: --set limits=default=60/60s,batch=600/60s")
        }
    }

    /// The configuration of these options, the environment and the file.
    func load(needsKeys: Bool = true) async throws -> GatewayConfiguration {
        try await source.load(needsKeys: needsKeys)
    }

    /// These options, the environment and the file.
    var source: ConfigurationSource {
        let environment = ProcessInfo.processInfo.environment
        return ConfigurationSource(
            flags: flags, environment: environment,
            path: config ?? environment["JOBGATE_CONFIG"].flatMap { $0.isEmpty ? nil : $0 })
    }

    private var flags: [String: String] {
        var flags: [String: String] = [:]
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            flags[String(parts[0])] = String(parts[1])
        }
        let named = [
            ("listen.host", host), ("listen.port", port.map(String.init)), ("keys.file", keys), ("aws.region", region),
        ]
        for case (let key, let value?) in named { flags[key] = value }
        return flags
    }
}

/// How commands end when something is wrong.
enum Failure {
    /// `EX_CONFIG` of sysexits.h: something was found in an unconfigured or misconfigured state.
    static let configuration = ExitCode(78)

    /// `EX_SOFTWARE` of sysexits.h: a fault of this program itself.
    static let software = ExitCode(70)

    /// Writes lines to standard error.
    static func report(_ text: String) {
        FileHandle.standardError.write(Data((text + "\n").utf8))
    }
}
