package import Foundation

/// What the trail keeps of one step of a cancel: that it is about to be sent, what came of it, or that it was refused.
///
/// What is not known is `nil`. Nothing in it is secret: credentials are named by their public parts alone.
package struct AuditEvent: Sendable, Hashable {
    /// Which step it is.
    package enum Entry: String, Sendable, Hashable, CaseIterable {
        /// The cancel is about to be sent to AWS.
        case intent
        /// What came of an intent.
        case outcome
        /// The cancel was refused before there was an intent.
        case refusal
    }

    /// When it happened.
    package var time: Date
    /// Which step it is.
    package var entry: Entry
    /// The number of the intent that an outcome belongs to.
    package var intent: Int64?
    /// The request's identifier.
    package var requestID: String
    /// The identifier of the trace that the client sent.
    package var traceID: String?
    /// The caller's identifier.
    package var callerID: String?
    /// The caller's name.
    package var callerName: String?
    /// How the caller proved who it is, `api-key:<id>` or `token:<issuer>`.
    package var proof: String?
    /// The client's address.
    package var remoteAddress: String?
    /// Why the caller cancels, in its own words.
    package var reason: String?
    /// The request's method.
    package var method: String?
    /// The route's template.
    package var route: String?
    /// The configured target's name.
    package var target: String?
    /// The sort of the job, `conversion` for example.
    package var jobKind: String?
    /// The migration project as the request names it.
    package var project: String?
    /// The job's identifier as the request names it.
    package var job: String?
    /// The job's state before the cancel.
    package var stateBefore: String?
    /// The job's state in the answer.
    package var stateAfter: String?
    /// AWS's own request id.
    package var upstreamRequestID: String?
    /// The status of the answer.
    package var status: Int?
    /// The state in the answer, the problem's code, or ``interrupted``.
    package var outcome: String?

    /// The outcome of an intent whose process ended before it could say what came of it.
    package static let interrupted = "interrupted"

    /// Creates an event of which only this much is known.
    package init(time: Date, entry: Entry, requestID: String) {
        self.time = time
        self.entry = entry
        self.requestID = requestID
    }
}
