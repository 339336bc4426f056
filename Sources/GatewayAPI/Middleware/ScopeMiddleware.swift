import GatewayCore
import HTTPServer

/// Lets only those pass who may use the route.
///
/// It stands last: everything before it holds for every route alike.
struct ScopeMiddleware: Sendable {
    /// Handles one request: the route that was matched, or 400, 404, 405, 403.
    func handle(
        _ request: Request, _ context: inout RequestContext,
        next: (Route, [String], Request, inout RequestContext) async throws(GatewayError) -> Response
    ) async throws(GatewayError) -> Response {
        switch context.match {
        case .route(let route, let parameters):
            try requireAccess(to: route, caller: context.caller)
            return try await next(route, parameters, request, &context)
        case .methodNotAllowed(_, let allow):
            var error = GatewayError(.methodNotAllowed, "This path takes \(allow.joined(separator: ", ")).")
            error.headers = [("Allow", allow.joined(separator: ", "))]
            throw error
        case .noSuchRoute:
            throw GatewayError(.noSuchRoute, "There is no such path here.", hint: "/openapi.yaml lists every route.")
        case .invalidPath(let sentence):
            throw GatewayError(.invalidRequest, sentence)
        }
    }

    private func requireAccess(to route: Route, caller: Caller?) throws(GatewayError) {
        switch route.access {
        case .everyone, .anyCaller: return
        case .scope(let scope):
            if let caller, caller.scopes.contains(scope) { return }
            var error = GatewayError(.insufficientScope, "The credential lacks the scope `\(scope.rawValue)`.")
            error.headers = [
                (
                    "WWW-Authenticate",
                    "Bearer realm=\"jobgate\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
                )
            ]
            throw error
        }
    }
}
