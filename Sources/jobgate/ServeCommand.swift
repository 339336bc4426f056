import ArgumentParser
import Foundation
import GatewayApp
import HTTPServer

/// `jobgate serve`: the gateway, until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves the gateway until SIGTERM or SIGINT; SIGHUP reads the configuration again.")

    @OptionGroup var options: ServeOptions

    func run() async throws {
        ProcessSetup.outliveHangups()
        try SelfTest.run()
        let gateway: Gateway
        do {
            let configuration = try await options.load()
            let targets = try AWSTarget.resolveAll(
                configuration, environment: ProcessInfo.processInfo.environment)
            gateway = Gateway(
                configuration: configuration, targets: targets, keys: .file, source: options.source,
                logger: GatewayLog.logger(level: configuration.logLevel, to: .standardOutput))
        } catch {
            Failure.report("jobgate: the configuration is not valid\n\(error)")
            throw Failure.configuration
        }
        defer { GatewayLog.flush(.standardOutput) }
        do {
            try await gateway.run()
        } catch let error as ListeningSocketError {
            Failure.report("jobgate: \(error)")
            throw ExitCode(1)
        } catch let error as ConfigurationError {
            Failure.report("jobgate: \(error)")
            throw Failure.configuration
        }
    }
}
