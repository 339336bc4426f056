import AuditLog
import GatewayCore
import HTTPServer

/// `/audit`: the audit trail, newest first.
struct AuditController: Sendable {
    private let trail: AuditTrail

    /// Reads `trail`.
    init(trail: AuditTrail) {
        self.trail = trail
    }

    /// Answers `GET`: the rows that the query asks for and that the caller's allow-list does not leave out.
    func list(_ request: Request, _ context: RequestContext) async throws(GatewayError) -> Response {
        guard let caller = context.caller else {
            throw GatewayError(.internalError, "The gateway failed.", cause: "a caller's route without a caller")
        }
        let query = try AuditQuery(request)
        let allowList = caller.allowList
        let page: AuditPage?
        do {
            page = try await trail.page(query) { Self.mayRead($0, allowList) }
        } catch {
            throw GatewayError(
                .auditUnavailable, "The audit trail cannot be read.", retryAfter: .seconds(5), cause: error.description)
        }
        guard let page else {
            throw GatewayError(
                .noSuchRoute, "This gateway keeps no audit trail that could be read.",
                hint: "The operator can have it kept with the setting `audit.path`.")
        }
        let body = JSONWriter.object { writer in
            writer.member("items", page.records) { AuditDocument.write($1, to: &$0) }
            writer.member("nextCursor", page.next.map(AuditCursor.text))
        }
        return Response(
            status: .ok, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"], body: body)
    }

    /// Whether an allow-list lets its caller read of a job; what is of no known target is for those who may use all.
    static func mayRead(_ event: AuditEvent, _ allowList: AllowList) -> Bool {
        guard event.target.map(allowList.targets.allows) ?? (allowList.targets == .everything) else { return false }
        if let project = event.project { return allowList.obstacle(toProject: project) == nil }
        return event.job.map(allowList.transferJobs.allows) ?? (allowList.transferJobs == .everything)
    }
}
