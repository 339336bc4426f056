package import AWSRuntime
package import GatewayCore

/// Reads and cancels the jobs of one upstream service.
package protocol JobSource: Sendable {
    /// How the service's jobs are named.
    associatedtype Identifier: Sendable

    /// Reads one job.
    ///
    /// - Throws: ``GatewayCore/GatewayError``; `job-not-found` when the service knows no such job.
    func read(_ identifier: Identifier, in context: InvocationContext) async throws(GatewayError) -> Job

    /// Asks the service to cancel one job.
    ///
    /// - Throws: ``GatewayCore/GatewayError``; `conflict` when the job's state does not allow it, whatever that state
    ///   is.
    func cancel(_ identifier: Identifier, in context: InvocationContext) async throws(GatewayError) -> Job
}
