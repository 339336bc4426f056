import GatewayCore
import HTTPServer

/// Lets pages of the configured origins call the gateway from a browser.
///
/// The fields are those of the Fetch standard, https://fetch.spec.whatwg.org/#http-cors-protocol.
///
/// It stands outside problems, so that a page can read an error too, and before authentication: a browser asks whether
/// it may send a credential before it sends one.
struct CORSMiddleware: Sendable {
    /// Handles one request; without configured origins it leaves no trace.
    func handle(
        _ request: Request, _ context: inout RequestContext,
        next: (Request, inout RequestContext) async -> Response
    ) async -> Response {
        let policy = context.policy.cors
        guard !policy.origins.isEmpty else { return await next(request, &context) }
        let origin = policy.origin(of: request.headers["Origin"])
        guard !Self.isPreflight(request) else { return Self.preflight(of: origin, context.match, policy) }
        var response = await next(request, &context)
        // Also where there is no origin: a cache must not give this answer to a page that may read it.
        response.headers.add("Vary", "Origin")
        if let origin {
            response.headers.add("Access-Control-Allow-Origin", origin.text)
            response.headers.add("Access-Control-Expose-Headers", Self.exposedFields)
        }
        return response
    }

    private static func isPreflight(_ request: Request) -> Bool {
        request.method == "OPTIONS" && request.headers.contains("Origin")
            && request.headers.contains("Access-Control-Request-Method")
    }

    /// Answers a browser that asks before it sends.
    ///
    /// An origin that is not configured gets the same status without the leave: a browser then says that the leave is
    /// missing, where an error status would hide the reason. `Access-Control-Allow-Credentials` is never sent, since
    /// keys are no cookies, nor `Access-Control-Allow-Private-Network`.
    private static func preflight(of origin: Origin?, _ match: Routes.Match, _ policy: CORSPolicy) -> Response {
        var response = Response(
            status: .noContent,
            headers: [
                "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
            ])
        guard let origin else { return response }
        response.headers.add("Access-Control-Allow-Origin", origin.text)
        response.headers.add("Access-Control-Allow-Methods", methods(of: match).joined(separator: ", "))
        response.headers.add("Access-Control-Allow-Headers", allowedFields)
        response.headers.add("Access-Control-Max-Age", "\(policy.maxAge.components.seconds)")
        return response
    }

    /// The methods of the path; all there are where the path is none, so that the page can read why.
    private static func methods(of match: Routes.Match) -> [String] {
        switch match {
        case .methodNotAllowed(_, let allow): allow
        case .route, .noSuchRoute, .invalidPath: Routes.methods
        }
    }

    /// What a page may send.
    ///
    /// All of it is told each time, asked for or not: then one answer, kept by the browser, serves for all requests to
    /// a path, and nothing of a request comes back in an answer.
    private static let allowedFields = [
        "Authorization", "X-API-Key", "X-Request-Id", "Prefer", "X-Audit-Reason", "Idempotency-Key", "traceparent",
        "Content-Type",
    ].joined(separator: ", ")

    /// What a page may read beyond what browsers always show.
    private static let exposedFields = [
        "Location", "Retry-After", "RateLimit", "RateLimit-Policy", "Preference-Applied", "X-Request-Id",
    ].joined(separator: ", ")
}
