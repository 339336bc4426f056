package import GatewayCore
package import HTTPServer

/// What is known of a request on its way; each step adds its part, and the outermost one logs it all.
package struct RequestContext: Sendable {
    /// The request's identifier, the client's own or a new one.
    package let requestID: String
    /// The identifier of the trace that the client sent.
    package let traceID: String?
    /// The rules that hold for this request, read once.
    package let policy: RequestPolicy
    /// What the path and the method led to.
    package let match: Routes.Match
    /// Where the request comes from: the client's address, as the policy on proxies finds it.
    package let clientAddress: String?
    /// Who asks, once that is known.
    package var caller: Caller?
    /// After how many seconds the caller's quota allows another request; `nil` while it allows one at once.
    package var nextAllowedSeconds: Int64?
    /// Headers that go on the answer, whatever it is.
    package var headers: HeaderFields = [:]
    /// The name of the target that was asked, for the log.
    package var target: String?
    /// What the audit trail is to say of the request; `nil` for one that cancels nothing.
    package var audit: CancelAudit?
    /// AWS's request id, for the log.
    package var upstreamRequestID: String?
    /// What went wrong, for the log.
    package var failure: GatewayError?

    /// Creates the context of a request that has just arrived.
    package init(
        requestID: String, traceID: String?, policy: RequestPolicy, match: Routes.Match, clientAddress: String? = nil
    ) {
        self.requestID = requestID
        self.traceID = traceID
        self.policy = policy
        self.match = match
        self.clientAddress = clientAddress
    }

    /// The template of the route, where the path is a known one.
    package var routeTemplate: String? {
        switch match {
        case .route(let route, _): route.template
        case .methodNotAllowed(let template, _): template
        case .noSuchRoute, .invalidPath: nil
        }
    }

    /// Whether the path is open to everyone; then a wrong method is told to everyone, too.
    package var isPublic: Bool {
        switch match {
        case .route(let route, _): route.access == .everyone
        case .methodNotAllowed(let template, _):
            Routes.all.allSatisfy { $0.template != template || $0.access == .everyone }
        case .noSuchRoute, .invalidPath: false
        }
    }
}
