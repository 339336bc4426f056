import AuditLog
import Foundation
package import GatewayCore

/// What the trail is to say of the cancel that a request asks for; each step adds its part.
package struct CancelAudit: Sendable {
    /// Where it is written.
    private let trail: AuditTrail
    private let now: @Sendable () -> Date
    private let intent = AuditIntent()
    private var event: AuditEvent
    private var hasBegun = false
    /// The job's state in the answer.
    package var stateAfter: Job.State?

    /// Begins with what a request says of itself.
    init(trail: AuditTrail, event: AuditEvent, now: @escaping @Sendable () -> Date) {
        self.trail = trail
        self.event = event
        self.now = now
    }

    /// Whether the job is to be read before it is cancelled.
    package var readsStateBefore: Bool { trail.settings.readsStateBefore }

    /// Writes that the cancel is about to be sent; nothing may be sent to AWS before this returns.
    ///
    /// - Parameters:
    ///   - context: The request's.
    ///   - stateBefore: The job's state, where it was read.
    /// - Throws: `audit-unavailable` or `overloaded` when the cancel must not be sent.
    package mutating func begin(_ context: RequestContext, stateBefore: Job.State?) async throws(GatewayError) {
        event.stateBefore = stateBefore?.rawValue
        do {
            event.intent = try await trail.begin(filled(.intent, context), intent)
            hasBegun = true
        } catch {
            throw GatewayError(error)
        }
    }

    /// Writes what came of the request.
    ///
    /// - Parameters:
    ///   - context: The request's.
    ///   - result: The answer's status, or the failure.
    func settle(_ context: RequestContext, _ result: Result<Int, GatewayError>) async {
        var event = filled(hasBegun ? .outcome : .refusal, context)
        event.upstreamRequestID = context.upstreamRequestID
        switch result {
        case .success(let status):
            event.status = status
            event.stateAfter = stateAfter?.rawValue
            event.outcome = event.stateAfter
        case .failure(let error):
            event.status = error.code.status
            event.outcome = error.code.rawValue
            event.upstreamRequestID = error.upstream?.requestID ?? event.upstreamRequestID
            event.stateAfter = error.job?.state.rawValue
            // A cancel that AWS refused changed nothing: the state that was read then is the one before, too.
            event.stateBefore = event.stateBefore ?? event.stateAfter
        }
        await trail.settle(event, of: intent)
    }

    private func filled(_ entry: AuditEvent.Entry, _ context: RequestContext) -> AuditEvent {
        var event = event
        event.time = now()
        event.entry = entry
        event.callerID = context.caller?.id
        event.callerName = context.caller?.name
        event.proof = context.caller.map { caller in
            switch caller.proof {
            case .apiKey(let id): "api-key:\(id)"
            case .token(let issuer): "token:\(issuer)"
            }
        }
        event.target = context.target ?? event.target
        return event
    }
}

extension GatewayError {
    /// Why a cancel was not sent.
    fileprivate init(_ error: AuditError) {
        switch error {
        case .overloaded:
            self.init(
                .overloaded, "Too many cancels wait for the audit trail; this one was not sent.",
                retryAfter: .seconds(1))
        case .unusable, .unwritable, .unreadable, .slow, .closed:
            self.init(
                .auditUnavailable, "The audit trail cannot be written, so the cancel was not sent.",
                retryAfter: .seconds(5), cause: error.description)
        }
    }
}
