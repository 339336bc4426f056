import Foundation
import GatewayCore
package import HTTPServer

/// What the gateway tells of itself on its admin listener: `/livez`, `/readyz`, `/healthz`; never asks AWS.
///
/// There are no callers here, so it listens where only operators can reach it.
package struct AdminAPI: Sendable {
    private let health: HealthController
    private let isDraining: @Sendable () -> Bool
    private let report: @Sendable () -> HealthReport

    /// Creates the API.
    ///
    /// - Parameters:
    ///   - isDraining: Whether the program is shutting down.
    ///   - report: How everything stands now.
    package init(isDraining: @escaping @Sendable () -> Bool, report: @escaping @Sendable () -> HealthReport) {
        health = HealthController(isDraining: isDraining)
        self.isDraining = isDraining
        self.report = report
    }

    /// Answers one request; never fails.
    package func respond(to request: Request) async -> Response {
        do {
            return try answer(request)
        } catch {
            let requestID = UUID().uuidString.lowercased()
            return ProblemDetails.response(for: error, instance: request.path, requestID: requestID)
        }
    }

    /// Answers what the server refused by itself.
    package func refuse(_ refusal: Refusal) -> Response {
        let requestID = UUID().uuidString.lowercased()
        return ProblemDetails.response(
            for: GatewayError(refusal), instance: "urn:uuid:\(requestID)", requestID: requestID)
    }

    private func answer(_ request: Request) throws(GatewayError) -> Response {
        guard ["/livez", "/readyz", "/healthz"].contains(request.path) else {
            throw GatewayError(.noSuchRoute, "There are /livez, /readyz and /healthz here.")
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            var error = GatewayError(.methodNotAllowed, "This path takes GET, HEAD.")
            error.headers = [("Allow", "GET, HEAD")]
            throw error
        }
        switch request.path {
        case "/livez": return health.live()
        case "/readyz": return try health.ready()
        default:
            guard !isDraining() else { return try health.ready() }
            return Response(
                status: .ok, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
                body: report().json)
        }
    }
}
