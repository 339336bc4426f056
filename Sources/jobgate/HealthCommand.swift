import ArgumentParser
import Foundation
import GatewayApp

/// `jobgate health`: a container's health check, for an image without a shell or curl.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Asks a running gateway whether it takes requests; exits with 0 when it does.")

    @Option(help: "What to fetch (default: /readyz on this host, at the environment's JOBGATE_LISTEN_PORT or 8080).")
    var url: String?

    func run() async throws {
        let port = ProcessInfo.processInfo.environment["JOBGATE_LISTEN_PORT"] ?? "8080"
        if let failure = await HealthCheck.failure(of: url ?? "http://127.0.0.1:\(port)/readyz") {
            Failure.report(failure)
            throw ExitCode(1)
        }
    }
}
