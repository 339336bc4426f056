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
        let targets = context.policy.targetNames(for: caller)
        let body = JSONWriter.object { writer in
            writer.member("id", caller.id)
            writer.member("name", caller.name)
            writer.member("authentication", caller.proof) { writer, proof in
                switch proof {
                case .apiKey(let id):
                    writer.member("method", "api-key")
                    writer.member("keyId", id)
                    writer.member("issuer", nil as String?)
                case .token(let issuer):
                    writer.member("method", "token")
                    writer.member("keyId", nil as String?)
                    writer.member("issuer", issuer)
                }
            }
            writer.member("scopes", caller.scopes.map(\.rawValue).sorted())
            writer.member("targets", targets)
            writer.member("allowList", caller.allowList, Self.write)
            writer.member("readOnly", targets.compactMap(context.policy.readOnly.state(of:))) { writer, state in
                writer.member("target", state.target)
                writer.member("message", state.message)
            }
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

    private static func write(to writer: inout JSONWriter, _ allowList: AllowList) {
        writer.member("targets", allowList.targets, write)
        writer.member("projects", allowList.projects, write)
        writer.member("transferJobs", allowList.transferJobs, write)
    }

    private static func write(to writer: inout JSONWriter, _ rule: AccessRule) {
        writer.member("allow", rule.allowed.map { $0.map(\.pattern) })
        writer.member("deny", rule.denied.map(\.pattern))
    }
}
