import ArgumentParser
import Foundation
import GatewayApp

/// `jobgate check`: says what is wrong with the configuration, and where.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks the configuration; exits with 78 and says what is wrong, and where.")

    @OptionGroup var options: ServeOptions

    @Flag(help: "As JSON: the targets with their endpoints, or what is wrong.")
    var json = false

    func run() async throws {
        let targets: [AWSTarget]
        do {
            let configuration = try await options.load()
            targets = try AWSTarget.resolveAll(configuration, environment: ProcessInfo.processInfo.environment)
        } catch {
            if json { print(try ConfigurationReport.json(problemsOf: error)) } else { Failure.report("\(error)") }
            throw Failure.configuration
        }
        if json { return print(try ConfigurationReport.json(targets)) }
        for warning in targets.flatMap(\.warnings) { Failure.report("warning: \(warning)") }
        print("configuration is valid")
    }
}
