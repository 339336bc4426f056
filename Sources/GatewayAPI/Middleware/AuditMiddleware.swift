import AuditLog
import Foundation
import GatewayCore
import HTTPServer

/// Sees to it that every request to cancel a job stands in the audit trail, with what came of it.
///
/// It stands outside authentication, so that a refusal of whatever step is seen, and inside problems, which know only
/// answers. The intent itself is written by the job's controller, which knows when there is nothing left to refuse.
struct AuditMiddleware: Sendable {
    private let trail: AuditTrail
    private let now: @Sendable () -> Date

    /// Writes to `trail`.
    init(trail: AuditTrail, now: @escaping @Sendable () -> Date = { Date() }) {
        self.trail = trail
        self.now = now
    }

    /// Handles one request; one that cancels nothing leaves no trace.
    func handle(
        _ request: Request, _ context: inout RequestContext,
        next: (Request, inout RequestContext) async throws(GatewayError) -> Response
    ) async throws(GatewayError) -> Response {
        guard case .route(let route, let parameters) = context.match, let job = AuditedJob(route, parameters),
            !Self.isDryRun(request)
        else { return try await next(request, &context) }
        let event = event(of: job, route, request, context)
        context.audit = CancelAudit(trail: trail, event: event, now: now)
        do {
            let response = try await next(request, &context)
            await context.audit?.settle(context, .success(response.status.code))
            return response
        } catch {
            // Strangers who are put off for their many failures would fill the trail; the access log has them.
            let isStranger = context.caller == nil && error.code == .rateLimited
            if !isStranger { await context.audit?.settle(context, .failure(error)) }
            throw error
        }
    }

    private func event(of job: AuditedJob, _ route: Route, _ request: Request, _ context: RequestContext) -> AuditEvent
    {
        var event = AuditEvent(
            time: now(), entry: .refusal, requestID: CredentialText.redacted(context.requestID))
        event.traceID = context.traceID
        event.remoteAddress = context.clientAddress
        // A reason that is not valid is refused once the caller is known; it is not kept.
        event.reason = try? AuditReason.read(request.headers)
        event.method = request.method
        event.route = route.template
        event.jobKind = job.kind.rawValue
        event.project = job.project.map(CredentialText.redacted)
        event.job = CredentialText.redacted(job.id)
        event.target = Self.target(request, context.policy)
        return event
    }

    private static func isDryRun(_ request: Request) -> Bool {
        items(request).contains { $0 == ("dryRun", "true") }
    }

    /// The target that the query names, where there is one of the name: what a stranger writes there is not kept.
    private static func target(_ request: Request, _ policy: RequestPolicy) -> String? {
        items(request).first { $0.name == "target" && policy.targetNames.contains($0.value) }?.value
    }

    private static func items(_ request: Request) -> [(name: String, value: String)] {
        // A query that cannot be read is refused further in.
        (try? request.queryItems()) ?? []
    }
}

/// The job that a request would cancel, as its path names it: nothing of it is checked yet.
private struct AuditedJob {
    let kind: Job.Kind
    let project: String?
    let id: String

    /// `nil` for a route that cancels nothing.
    init?(_ route: Route, _ parameters: [String]) {
        switch route.action {
        case .cancelConversion: (kind, project, id) = (.conversion, parameters[0], parameters[1])
        case .cancelTransferJob: (kind, project, id) = (.transfer, nil, parameters[0])
        case .readConversion, .readTransferJob, .whoAmI, .auditTrail, .openAPIYAML, .openAPIJSON, .problemPage, .live,
            .ready:
            return nil
        }
    }
}
