import GatewayCore
import HTTPServer

/// `/livez` and `/readyz`; neither ever asks AWS.
struct HealthController: Sendable {
    private let isDraining: @Sendable () -> Bool

    /// Asks `isDraining` whether the program is shutting down.
    init(isDraining: @escaping @Sendable () -> Bool) {
        self.isDraining = isDraining
    }

    /// The program runs.
    func live() -> Response { Self.ok }

    /// The program takes requests.
    func ready() throws(GatewayError) -> Response {
        guard !isDraining() else {
            throw GatewayError(.draining, "This instance is shutting down.", retryAfter: .seconds(1))
        }
        return Self.ok
    }

    private static let ok = Response(
        status: .ok, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
        body: Array("{\"status\":\"ok\"}".utf8))
}
