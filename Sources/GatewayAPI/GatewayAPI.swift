package import AuditLog
import GatewayCore
package import HTTPServer
import Jobs
package import Logging
package import RateLimiting

/// The gateway's HTTP side: every request goes down these steps, and its answer up again.
package struct GatewayAPI: Sendable {
    private let policy: @Sendable () -> RequestPolicy
    private let observability: ObservabilityMiddleware
    private let cors = CORSMiddleware()
    private let problems = ProblemMiddleware()
    private let audit: AuditMiddleware
    private let authentication: AuthenticationMiddleware
    private let rateLimit: RateLimitMiddleware
    private let scopes = ScopeMiddleware()
    private let conversions: ConversionsController
    private let transferJobs: TransferJobsController
    private let callers = CallerController()
    private let auditTrail: AuditController
    private let health: HealthController
    private let documents: DocumentsController

    /// Puts the steps together.
    ///
    /// - Parameters:
    ///   - jobs: Reads and cancels jobs.
    ///   - limiter: Counts the callers' requests.
    ///   - failures: Counts failed authentications.
    ///   - audit: Keeps what is cancelled, and what is refused.
    ///   - policy: The rules in force; asked once a request.
    ///   - openAPIJSON: The API's description as JSON.
    ///   - logger: Takes one access line a request.
    ///   - isDraining: Whether the program is shutting down.
    package init(
        jobs: JobController, limiter: any RateLimiter, failures: FailedAuthenticationLimiter, audit: AuditTrail,
        policy: @escaping @Sendable () -> RequestPolicy, openAPIJSON: [UInt8], logger: Logger,
        isDraining: @escaping @Sendable () -> Bool
    ) {
        self.policy = policy
        observability = ObservabilityMiddleware(logger: logger)
        authentication = AuthenticationMiddleware(failures: failures)
        rateLimit = RateLimitMiddleware(limiter: limiter)
        self.audit = AuditMiddleware(trail: audit)
        auditTrail = AuditController(trail: audit)
        conversions = ConversionsController(jobs: jobs)
        transferJobs = TransferJobsController(jobs: jobs)
        health = HealthController(isDraining: isDraining)
        documents = DocumentsController(openAPIJSON: openAPIJSON)
    }

    /// Answers one request; never fails.
    package func respond(to request: Request) async -> Response {
        await observability.handle(request, policy: policy()) { request, context in
            await cors.handle(request, &context) { request, context in
                await problems.handle(request, &context) { request, context throws(GatewayError) in
                    try await audit.handle(request, &context) { request, context throws(GatewayError) in
                        try await authenticated(request, &context)
                    }
                }
            }
        }
    }

    private func authenticated(
        _ request: Request, _ context: inout RequestContext
    ) async throws(GatewayError) -> Response {
        try await authentication.handle(request, &context) { request, context throws(GatewayError) in
            try await rateLimit.handle(request, &context) { request, context throws(GatewayError) in
                try await scopes.handle(request, &context) { route, parameters, request, context throws(GatewayError) in
                    try await dispatch(route, parameters, request, &context)
                }
            }
        }
    }

    /// Answers what the server refused by itself.
    package func refuse(_ refusal: Refusal, remoteAddress: String?) -> Response {
        observability.refuse(refusal, remoteAddress: remoteAddress)
    }

    private func dispatch(
        _ route: Route, _ parameters: [String], _ request: Request, _ context: inout RequestContext
    ) async throws(GatewayError) -> Response {
        switch route.action {
        case .cancelConversion: try await conversions.cancel(parameters, request, &context)
        case .readConversion: try await conversions.read(parameters, request, &context)
        case .cancelTransferJob: try await transferJobs.cancel(parameters, request, &context)
        case .readTransferJob: try await transferJobs.read(parameters, request, &context)
        case .auditTrail: try await auditTrail.list(request, context)
        case .whoAmI: try callers.whoAmI(context)
        case .openAPIYAML: documents.yaml()
        case .openAPIJSON: documents.json()
        case .problemPage: try documents.problem(parameters)
        case .live: health.live()
        case .ready: try health.ready()
        }
    }
}
