import ArgumentParser
import Foundation
import GatewayApp

/// `jobgate check`: says what is wrong with the configuration, and where.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks the configuration; exits with 78 and says what is wrong, and where.")

    @OptionGroup var options: ServeOptions

    func run() async throws {
        do {
            let configuration = try await options.load()
            let targets = try AWSTarget.resolveAll(
                configuration, environment: ProcessInfo.processInfo.environment)
            for warning in targets.flatMap(\.warnings) { Failure.report("warning: \(warning)") }
        } catch {
            Failure.report("\(error)")
            throw Failure.configuration
        }
        print("configuration is valid")
    }
}
