import GatewayCore
import HTTPServer
import RateLimiting

/// Counts the caller's request.
///
/// It stands after authentication and before everything that costs something.
struct RateLimitMiddleware: Sendable {
    private let limiter: any RateLimiter

    /// Counts with `limiter`.
    init(limiter: any RateLimiter) {
        self.limiter = limiter
    }

    /// Handles one request; the limit's headers go on the answer, whatever it is.
    ///
    /// Of a request that could not be counted only the policy is told: what is left is not known.
    func handle(
        _ request: Request, _ context: inout RequestContext,
        next: (Request, inout RequestContext) async throws(GatewayError) -> Response
    ) async throws(GatewayError) -> Response {
        if let caller = context.caller {
            let decision = await limiter.consume(key: caller.id, limit: context.policy.limit(for: caller))
            context.headers.add("RateLimit-Policy", decision.policyField)
            if decision.isCounted {
                context.headers.add("RateLimit", decision.limitField)
                if decision.remaining == 0 { context.nextAllowedSeconds = decision.nextInSeconds }
            }
            guard decision.isAllowed else {
                guard decision.isCounted else {
                    throw GatewayError(
                        .overloaded, "The store that counts requests cannot be used, and none passes uncounted.",
                        retryAfter: decision.nextIn)
                }
                throw GatewayError(
                    .rateLimited, "The limit `\(decision.limit.name)` is spent.", retryAfter: decision.nextIn)
            }
        }
        return try await next(request, &context)
    }
}
