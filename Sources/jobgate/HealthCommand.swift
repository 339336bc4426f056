import ArgumentParser
import Foundation
import GatewayApp

/// `jobgate health`: a container's health check, for an image without a shell or curl.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Asks a running gateway whether it takes requests; exits with 0 when it does.")

    @Option(help: "What to fetch (default: /readyz where the environment's JOBGATE_LISTEN_HOST and _PORT say).")
    var url: String?

    func run() async throws {
        if let failure = await HealthCheck.failure(of: url ?? Self.defaultURL(ProcessInfo.processInfo.environment)) {
            Failure.report(failure)
            throw ExitCode(1)
        }
    }

    /// Where a gateway of this environment listens; all addresses are asked through the loopback one.
    private static func defaultURL(_ environment: [String: String]) -> String {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let host =
            switch value("JOBGATE_LISTEN_HOST") {
            // `localhost` is what the listener takes it for, also where no resolver knows the name.
            case .none, "0.0.0.0", "::", "localhost": "127.0.0.1"
            case .some(let host) where host.contains(":"): "[\(host)]"
            case .some(let host): host
            }
        return "http://\(host):\(value("JOBGATE_LISTEN_PORT") ?? "8080")/readyz"
    }
}
