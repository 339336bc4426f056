import ArgumentParser
import Authentication
import Foundation
import GatewayApp
import GatewayCore
import HTTPServer
import RateLimiting
import Sandbox
import SigV4

/// `jobgate sandbox`: the gateway on a simulated AWS in this process; no account, no configuration.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Serves the gateway on a simulated AWS, with a demo key and curl lines to paste.")

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on, 0 for any.")
    var port = 8_080

    @Option(help: "The port of the simulated AWS, 0 for any.")
    var awsPort = 0

    func run() async throws {
        try SelfTest.run()
        defer { GatewayLog.flush(.standardError) }
        do {
            try await serve()
        } catch let error as ListeningSocketError {
            Failure.report("jobgate: \(error)\nAnother port can be had with --port.")
            throw ExitCode(1)
        }
    }

    private func serve() async throws {
        let aws = SimulatedAWS(jobs: SandboxScript.jobs(startingAt: Date()))
        let socket = try ListeningSocket(host: "127.0.0.1", port: awsPort, backlog: 128)
        let awsURL = "http://127.0.0.1:\(socket.address.port)"
        var configuration = GatewayConfiguration()
        let targets = try AWSTarget.resolveAll(
            configuration,
            environment: [
                "AWS_ENDPOINT_URL": awsURL, "AWS_REGION": SimulatedAWS.region,
                "AWS_ACCESS_KEY_ID": SimulatedAWS.credentials.accessKeyID,
                "AWS_SECRET_ACCESS_KEY": SimulatedAWS.credentials.secretAccessKey,
            ])
        configuration.listen.host = host
        configuration.listen.port = port
        if let limit = RateLimit(name: "default", quota: 600, window: .seconds(60)) { configuration.limits = [limit] }
        let (key, record) = APIKeyRecord.create(name: "sandbox demo", scopes: Set(Scope.allCases), at: Date())
        let gateway = Gateway(
            configuration: configuration, targets: targets, keys: .memory([record]),
            logger: GatewayLog.logger(level: configuration.logLevel, to: .standardError), output: .standardError)
        let companion = Companion(socket: socket, refuse: { refusal, _ in aws.refuse(refusal) }, respond: aws.respond)
        try await gateway.run(companions: [companion]) { host, port in
            let name = host.contains(":") ? "[\(host)]" : host
            let text = SandboxGuide.text(gatewayURL: "http://\(name):\(port)", key: key.expose(), awsURL: awsURL)
            // Not `print`, which keeps what a pipe's reader waits for.
            FileHandle.standardOutput.write(Data(text.utf8))
        }
    }
}
