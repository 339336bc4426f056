import GatewayCore
import HTTPServer
import RateLimiting

/// `/whoami`: what the gateway knows of the caller.
struct CallerController: Sendable {
    /// Answers `GET`.
    func whoAmI(_ context: RequestContext) throws(GatewayError) -> Response {
        guard let caller = context.caller else {
            throw GatewayError(.internalError, "The gateway failed.", cause: "a caller's route without a caller")
        }
        let limit = context.policy.limit(for: caller)
        let body = JSONWriter.object { writer in
            writer.member("id", caller.id)
            writer.member("name", caller.name)
            writer.member("scopes", caller.scopes.map(\.rawValue).sorted())
            writer.member("targets", context.policy.targetNames(for: caller))
            writer.member("limit", limit) { writer, limit in
                writer.member("name", limit.name)
                writer.member("quota", limit.quota)
                writer.member("windowSeconds", limit.window / .seconds(1))
                writer.member("burst", limit.burst)
            }
        }
        return Response(
            status: .ok, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"], body: body)
    }
}
