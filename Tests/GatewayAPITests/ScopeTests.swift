import GatewayAPITestSupport
import GatewayCore
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("Scopes")
struct ScopeTests {
    static let routes: [(method: String, path: String, scope: Scope)] = [
        ("DELETE", Upstream.conversion, .conversionsCancel),
        ("GET", Upstream.conversion, .conversionsRead),
        ("HEAD", Upstream.conversion, .conversionsRead),
        ("DELETE", Upstream.transferJob, .transferJobsCancel),
        ("GET", Upstream.transferJob, .transferJobsRead),
        ("HEAD", Upstream.transferJob, .transferJobsRead),
    ]

    @Test("a key with every scope but the route's is 403, and the scope is named", arguments: routes)
    func missingScope(method: String, path: String, scope: Scope) async throws {
        let gateway = TestGateway()
        let answer = await gateway.send(method, path, key: .without(scope))
        #expect(answer.status == 403)
        let problem = try answer.json
        #expect(problem["code"] == "insufficient-scope")
        #expect(problem["detail"]?.string == "The credential lacks the scope `\(scope.rawValue)`.")
        #expect(
            answer.headers["WWW-Authenticate"] == [
                "Bearer realm=\"jobgate\", error=\"insufficient_scope\", scope=\"\(scope.rawValue)\""
            ])
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test("the route's scope alone is enough", arguments: routes)
    func onlyScope(method: String, path: String, scope: Scope) async {
        let step =
            path == Upstream.transferJob
            ? Upstream.transfer("CANCELLED")
            : method == "DELETE" ? Upstream.cancelsConversion("CANCELED") : Upstream.describes("CANCELED")
        let answer = await TestGateway(aws: [step]).send(method, path, key: .only(scope))
        #expect(answer.status == 200)
    }

    @Test("a dry run needs the scope of the cancel, not of the read")
    func dryRun() async {
        let step = Upstream.transfer("RUNNING")
        let target = Upstream.transferJob + "?dryRun=true"
        #expect(await TestGateway(aws: [step]).send("DELETE", target, key: .only(.transferJobsRead)).status == 403)
        #expect(await TestGateway(aws: [step]).send("DELETE", target, key: .only(.transferJobsCancel)).status == 200)
    }

    @Test("whoami needs a key but no scope of its own", arguments: Scope.allCases)
    func whoAmI(scope: Scope) async throws {
        let answer = await TestGateway().send("GET", "/whoami", key: .only(scope))
        #expect(try answer.json["scopes"] == .array([.string(scope.rawValue)]))
    }
}
