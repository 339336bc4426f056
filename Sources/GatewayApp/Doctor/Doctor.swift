import AWSRuntime
import AWSServices
import Authentication
import Foundation
import NIOPosix
import SigV4

/// Looks at everything that a gateway of this configuration depends on, and says what is wrong and what to do.
///
/// It changes nothing: the reads ask for jobs that there are not, so that "not found" is what a healthy AWS answers.
package struct Doctor: Sendable {
    private let configuration: GatewayConfiguration
    private let targets: [AWSTarget]

    /// Creates a doctor for a checked configuration and those of its targets that are to be looked at.
    package init(configuration: GatewayConfiguration, targets: [AWSTarget]) {
        self.configuration = configuration
        self.targets = targets
    }

    /// Makes every check.
    ///
    /// - Throws: ``ConfigurationError`` when certificate authorities cannot be read.
    package func examine() async throws -> DoctorReport {
        let trustRootsPath = try AWSTarget.trustRootsPath(configuration.aws, targets: targets)
        let group = MultiThreadedEventLoopGroup.singleton
        let transport = AsyncHTTPClientTransport(
            eventLoopGroup: group, connectTimeout: configuration.aws.connectTimeout, trustRootsPath: trustRootsPath)
        let probe = EndpointProbe(group: group, trustRootsPath: trustRootsPath)
        var checks = [Self.signature()] + (try await surroundings(group))
        for target in targets {
            let examination = TargetExamination(target, aws: configuration.aws, transport: transport) {
                await probe.probe($0, timeout: $1)
            }
            checks += await examination.checks()
        }
        // The process ends next; a connection that cannot be closed is closed with it.
        try? await transport.shutdown()
        return DoctorReport(checks: checks)
    }

    private func surroundings(_ group: MultiThreadedEventLoopGroup) async throws -> [DoctorCheck] {
        let client = KeySetClient(eventLoopGroup: group)
        let examination = SurroundingsExamination(configuration, eventLoop: group.next(), fetch: client.fetch)
        let checks: Result<[DoctorCheck], ConfigurationError>
        do { checks = .success(try await examination.checks()) } catch { checks = .failure(error) }
        // A client that is let go with open connections stops the process.
        try await client.shutdown()
        return try checks.get()
    }

    private static func signature() -> DoctorCheck {
        SigV4SelfTest.passes()
            ? DoctorCheck(target: nil, name: "signature", .ok, "signs AWS's own example as AWS does")
            : DoctorCheck(
                target: nil, name: "signature", .fail, "signs AWS's own example wrongly",
                hint: "This build is broken; use another.")
    }
}
