import AWSRuntime
import AWSServices
import Foundation
import Logging
import NIOPosix
import Resilience
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
    /// - Throws: ``ConfigurationError`` when the certificate authorities cannot be read.
    package func examine() async throws -> DoctorReport {
        let trustRootsPath = try AWSTarget.trustRootsPath(configuration.aws, targets: targets)
        let group = MultiThreadedEventLoopGroup.singleton
        let transport = AsyncHTTPClientTransport(
            eventLoopGroup: group, connectTimeout: configuration.aws.connectTimeout, trustRootsPath: trustRootsPath)
        var checks = [Self.signature()]
        for target in targets {
            // Breakers and budgets are for the traffic of many; a few questions of an operator pass by them.
            var aws = configuration.aws
            aws.breaker = nil
            aws.databaseMigrationBudget = nil
            aws.twinMakerBudget = nil
            let clock = ServerClock(transport)
            var assembly = UpstreamAssembly(
                aws: aws, transport: clock, logger: Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() })
            let examination = TargetExamination(
                upstream: assembly.assemble(target), clock: clock, timeout: aws.timeout,
                probe: EndpointProbe(group: group, trustRootsPath: trustRootsPath))
            checks += await examination.checks()
        }
        // The process ends next; a connection that cannot be closed is closed with it.
        try? await transport.shutdown()
        return DoctorReport(checks: checks)
    }

    private static func signature() -> DoctorCheck {
        SigV4SelfTest.passes()
            ? DoctorCheck(target: nil, name: "signature", .ok, "signs AWS's own example as AWS does")
            : DoctorCheck(
                target: nil, name: "signature", .fail, "signs AWS's own example wrongly",
                hint: "This build is broken; use another.")
    }
}
