import GatewayCore
import HTTPServer

/// The only place where an error becomes an answer.
///
/// It stands outside authentication and limits so that their refusals, too, are answered here.
struct ProblemMiddleware: Sendable {
    /// Handles one request.
    func handle(
        _ request: Request, _ context: inout RequestContext,
        next: (Request, inout RequestContext) async throws(GatewayError) -> Response
    ) async -> Response {
        do {
            return try await next(request, &context)
        } catch {
            var error = error
            // Asked to come back sooner than its quota allows, the caller would be refused.
            if let retryAfter = error.retryAfter, let next = context.nextAllowedSeconds {
                error.retryAfter = max(retryAfter, .seconds(next))
            }
            context.failure = error
            if let requestID = error.upstream?.requestID { context.upstreamRequestID = requestID }
            return ProblemDetails.response(for: error, instance: request.path, requestID: context.requestID)
        }
    }
}
