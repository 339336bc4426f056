import ArgumentParser
import Foundation
import GatewayApp

/// `jobgate doctor`: looks at credentials, clock, endpoints and permissions, at the store of the limits, the issuers'
/// keys and the audit trail, and says what to do.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: """
            Asks AWS, and what else the configuration names, whether the gateway could work, changing nothing; exits \
            with 1 when something fails.
            """)

    @OptionGroup var options: ServeOptions

    @Option(help: "The target to look at; may be repeated (default: all).")
    var target: [String] = []

    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
        let report: DoctorReport
        do {
            let configuration = try await options.load(needsKeys: false)
            var targets = try AWSTarget.resolveAll(
                configuration, environment: ProcessInfo.processInfo.environment)
            for name in target where !targets.contains(where: { $0.name == name }) {
                throw ConfigurationError(problems: ["--target: there is no target `\(name)`"])
            }
            if !target.isEmpty { targets.removeAll { !target.contains($0.name) } }
            for warning in targets.flatMap(\.warnings) { Failure.report("warning: \(warning)") }
            report = try await Doctor(configuration: configuration, targets: targets).examine()
        } catch {
            Failure.report("jobgate: the configuration is not valid\n\(error)")
            throw Failure.configuration
        }
        print(json ? try report.json() : report.table, terminator: json ? "\n" : "")
        // As `serve` ends, which could not start either.
        if !report.signsWell { throw Failure.software }
        if report.status == .fail { throw ExitCode(1) }
    }
}
