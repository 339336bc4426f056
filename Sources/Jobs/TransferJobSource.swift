package import AWSRuntime
package import AWSServices
package import Foundation
package import GatewayCore

/// Metadata transfer jobs of one target.
package struct TransferJobSource: JobSource {
    private let client: TwinMakerClient
    private let target: Target
    private let now: @Sendable () -> Date

    /// Creates a source.
    package init(client: TwinMakerClient, target: Target, now: @escaping @Sendable () -> Date = { Date() }) {
        self.client = client
        self.target = target
        self.now = now
    }

    /// Reads one transfer job.
    package func read(
        _ identifier: TransferJobIdentifier, in context: InvocationContext
    ) async throws(GatewayError) -> Job {
        do {
            let answer = try await client.getMetadataTransferJob(
                metadataTransferJobId: identifier.text, context: context)
            return job(answer, identifier, operation: "GetMetadataTransferJob")
        } catch {
            throw GatewayError(readFailure: error)
        }
    }

    /// Asks TwinMaker to cancel one transfer job.
    package func cancel(
        _ identifier: TransferJobIdentifier, in context: InvocationContext
    ) async throws(GatewayError) -> Job {
        do {
            let answer = try await client.cancelMetadataTransferJob(
                metadataTransferJobId: identifier.text, context: context)
            return job(answer, identifier, operation: "CancelMetadataTransferJob")
        } catch {
            throw GatewayError(error)
        }
    }

    private func job(
        _ answer: AWSAnswer<MetadataTransferJob>, _ identifier: TransferJobIdentifier, operation: String
    ) -> Job {
        let origin = JobOrigin(
            path: target.path(of: .transferJob(identifier)), target: target.name, region: target.region,
            observedAt: now().timeIntervalSince1970,
            upstream: Job.UpstreamCall(service: "iottwinmaker", operation: operation, requestID: answer.requestID))
        return Job(answer.output, origin: origin)
    }
}
