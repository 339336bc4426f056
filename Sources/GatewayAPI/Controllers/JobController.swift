import GatewayCore
import HTTPServer
package import Jobs

/// Reads and cancels jobs of any kind: HTTP's side of ``Jobs/JobService``.
///
/// The controllers of the kinds parse the path; what an answer looks like is the same for all of them.
package struct JobController: Sendable {
    /// After how many seconds a look at a job under way is worth its while.
    private static let pollSeconds: Int64 = 5

    private let service: JobService

    /// Creates a controller.
    package init(service: JobService) {
        self.service = service
    }

    /// Answers `GET` of a job.
    func read(
        _ identifier: JobIdentifier, _ request: Request, _ context: inout RequestContext
    ) async throws(GatewayError) -> Response {
        let query = try JobQuery(request, allowsDryRun: false)
        let subject = try subject(identifier, query, &context)
        let preference = Preference(request.headers)
        let job = try await service.read(subject, wait: preference.wait, isWanted: { !request.client.isGone })
        return response(.ok, job, preference, &context)
    }

    /// Answers `DELETE` of a job: cancels it, or says what that would do.
    func cancel(
        _ identifier: JobIdentifier, _ request: Request, _ context: inout RequestContext
    ) async throws(GatewayError) -> Response {
        let query = try JobQuery(request, allowsDryRun: true)
        _ = try AuditReason.read(request.headers)
        let subject = try subject(identifier, query, &context)
        if query.isDryRun {
            let isReadOnly = context.policy.readOnly.message(for: subject.target.name) != nil
            let (preview, job) = try await service.preview(subject, isReadOnly: isReadOnly)
            context.upstreamRequestID = job.upstream.requestID
            let body = JSONWriter.object { writer in
                writer.member("dryRun", true)
                writer.member("outcome", preview.rawValue)
                writer.member("job", job) { JobDocument.write($1, to: &$0) }
            }
            return Response(status: .ok, headers: Self.headers, body: body)
        }
        try requireCancels(in: subject.target, context)
        let preference = Preference(request.headers)
        try await beginAudit(of: subject, &context)
        let cancellation = try await service.cancel(
            subject, wait: preference.wait, isWanted: { !request.client.isGone })
        switch cancellation {
        case .ended(let job):
            context.audit?.stateAfter = job.state
            return response(.ok, job, preference, &context)
        case .underway(let job):
            context.audit?.stateAfter = job.state
            var response = response(.accepted, job, preference, &context)
            response.headers.add("Location", job.path)
            // A look before the caller's quota allows one would be refused.
            response.headers.add("Retry-After", String(max(Self.pollSeconds, context.nextAllowedSeconds ?? 0)))
            return response
        }
    }

    /// Refuses a cancel while an operator has switched cancels off.
    ///
    /// It comes after all that is the caller's own fault: who may not cancel is told so, now as ever.
    private func requireCancels(in target: Target, _ context: RequestContext) throws(GatewayError) {
        guard let message = context.policy.readOnly.message(for: target.name) else { return }
        throw GatewayError(
            .readOnly, message, hint: "Nothing was sent to AWS. Jobs can be read as ever; send the cancel again later.",
            retryAfter: ReadOnlyPolicy.retryAfter)
    }

    /// Writes to the audit trail that the job is about to be cancelled, and in what state it is.
    private func beginAudit(of subject: JobSubject, _ context: inout RequestContext) async throws(GatewayError) {
        guard var audit = context.audit else { return }
        let state = audit.readsStateBefore ? await service.state(of: subject) : nil
        try await audit.begin(context, stateBefore: state)
        context.audit = audit
    }

    private func subject(
        _ identifier: JobIdentifier, _ query: JobQuery, _ context: inout RequestContext
    ) throws(GatewayError) -> JobSubject {
        guard let caller = context.caller else {
            throw GatewayError(.internalError, "The request has no caller.", cause: "a job route that needs no caller")
        }
        let subject = try service.subject(identifier, target: query.target, caller: caller)
        context.target = subject.target.name
        return subject
    }

    private func response(
        _ status: Status, _ job: Job, _ preference: Preference, _ context: inout RequestContext
    ) -> Response {
        context.upstreamRequestID = job.upstream.requestID
        var headers = Self.headers
        if let applied = preference.applied { headers.add("Preference-Applied", applied) }
        return Response(status: status, headers: headers, body: JobDocument.bytes(of: job))
    }

    private static let headers: HeaderFields = ["Content-Type": "application/json", "Cache-Control": "no-store"]
}
