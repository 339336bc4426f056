package import AWSRuntime
package import AWSServices
package import Foundation
package import GatewayCore

/// Metadata model conversions of one target.
package struct ConversionSource: JobSource {
    private let client: DatabaseMigrationClient
    private let target: Target
    private let now: @Sendable () -> Date

    /// Creates a source.
    package init(client: DatabaseMigrationClient, target: Target, now: @escaping @Sendable () -> Date = { Date() }) {
        self.client = client
        self.target = target
        self.now = now
    }

    /// Reads one conversion: DMS has no call for one, so it is described through the `request-id` filter.
    package func read(
        _ identifier: ConversionIdentifier, in context: InvocationContext
    ) async throws(GatewayError) -> Job {
        var marker: String?
        // A filtered page may be empty and yet not be the last; the bound keeps a marker that never ends from looping.
        for _ in 0..<20 {
            let answer: AWSAnswer<SchemaConversionPage>
            do {
                answer = try await client.describeMetadataModelConversions(
                    migrationProjectIdentifier: identifier.project.text, requestIdentifiers: [identifier.request],
                    marker: marker, context: context)
            } catch {
                throw GatewayError(readFailure: error)
            }
            if let request = Self.request(identifier.request, in: answer.output) {
                return job(request, identifier, operation: "DescribeMetadataModelConversions", answer.requestID)
            }
            marker = answer.output.marker.flatMap { $0.isEmpty ? nil : $0 }
            guard marker != nil else { throw Self.notFound(identifier) }
        }
        throw GatewayError(
            .upstreamInvalidResponse, "AWS lists the project's conversions without an end.",
            cause: "20 pages, all empty")
    }

    /// Asks DMS to cancel one conversion.
    package func cancel(
        _ identifier: ConversionIdentifier, in context: InvocationContext
    ) async throws(GatewayError) -> Job {
        do {
            let answer = try await client.cancelMetadataModelConversion(
                migrationProjectIdentifier: identifier.project.text, requestIdentifier: identifier.request,
                context: context)
            return job(answer.output, identifier, operation: "CancelMetadataModelConversion", answer.requestID)
        } catch {
            throw GatewayError(error)
        }
    }

    private func job(
        _ request: SchemaConversionRequest, _ identifier: ConversionIdentifier, operation: String, _ requestID: String?
    ) -> Job {
        let origin = JobOrigin(
            path: target.path(of: .conversion(identifier)), target: target.name, region: target.region,
            observedAt: now().timeIntervalSince1970,
            upstream: Job.UpstreamCall(service: "dms", operation: operation, requestID: requestID))
        return Job(request, identifier: identifier, origin: origin)
    }

    private static func request(_ identifier: String, in page: SchemaConversionPage) -> SchemaConversionRequest? {
        let requests = page.requests
        if let request = requests.first(where: { $0.requestIdentifier == identifier }) { return request }
        // Every member is optional: a lone answer without a name is the one that was asked for.
        return requests.count == 1 && requests[0].requestIdentifier == nil ? requests[0] : nil
    }

    private static func notFound(_ identifier: ConversionIdentifier) -> GatewayError {
        GatewayError(
            .jobNotFound, "There is no such conversion request in the project.",
            hint: "Check the project's name or ARN, its region and the request identifier.")
    }
}
