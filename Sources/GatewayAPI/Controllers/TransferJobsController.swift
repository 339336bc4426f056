import GatewayCore
import HTTPServer
import Jobs

/// `/transfer-jobs/{id}`.
struct TransferJobsController: Sendable {
    private let jobs: JobController

    /// Answers through `jobs`.
    init(jobs: JobController) {
        self.jobs = jobs
    }

    /// Answers `GET`.
    func read(
        _ parameters: [String], _ request: Request, _ context: inout RequestContext
    ) async throws(GatewayError) -> Response {
        try await jobs.read(try Self.identifier(parameters), request, &context)
    }

    /// Answers `DELETE`.
    func cancel(
        _ parameters: [String], _ request: Request, _ context: inout RequestContext
    ) async throws(GatewayError) -> Response {
        try await jobs.cancel(try Self.identifier(parameters), request, &context)
    }

    private static func identifier(_ parameters: [String]) throws(GatewayError) -> JobIdentifier {
        do {
            return .transferJob(try TransferJobIdentifier(parameters[0]))
        } catch {
            throw GatewayError(.invalidRequest, error.detail)
        }
    }
}
