import GatewayAPI
import GatewayAPITestSupport
import GatewayCore
import GatewayTestSupport
import HTTPServer
import Jobs
import Testing

@Suite("Read-only mode")
struct ReadOnlyTests {
    private static let message = "Quarter-end: no cancels before Monday. \"Ask\" ops — 📞 4711."
    private static let targets = ["default", "prod-eu"].map {
        Target(name: $0, region: "eu-west-1", isNamedInPaths: true)
    }
    private static let whole = ReadOnlyPolicy(gatewayMessage: message)
    private static let one = ReadOnlyPolicy(targetMessages: ["prod-eu": message])

    @Test("a cancel is 503 with the operator's message, and AWS is not asked", arguments: JobKind.allCases)
    func cancel(kind: JobKind) async throws {
        let gateway = TestGateway(readOnly: Self.whole)
        let answer = await gateway.send("DELETE", kind.path, headers: ["Prefer": "wait=5"])
        #expect(answer.status == 503)
        #expect(answer.headers["Retry-After"] == ["60"])
        #expect(gateway.aws.requests.isEmpty)
        let problem = try answer.json
        #expect(problem["code"] == "read-only")
        #expect(problem["detail"]?.string == Self.message)
        #expect(problem["retryable"] == true)
        #expect(problem["retryAfterSeconds"]?.number == 60)
        #expect(try gateway.log.last["problem"] == "read-only")
    }

    @Test("reads go on", arguments: JobKind.allCases, ["GET", "HEAD"])
    func read(kind: JobKind, method: String) async {
        let gateway = TestGateway(aws: [kind.reads(.running)], readOnly: Self.whole)
        #expect(await gateway.send(method, kind.path).status == 200)
    }

    @Test(
        "a dry run reads the job and says that a cancel would be refused", arguments: JobKind.allCases,
        [UpstreamState.running, .cancelling, .cancelled, .succeeded])
    func dryRun(kind: JobKind, state: UpstreamState) async throws {
        let gateway = TestGateway(aws: [kind.reads(state)], readOnly: Self.whole)
        let answer = await gateway.send("DELETE", kind.path + "?dryRun=true")
        #expect(answer.status == 200)
        #expect(try answer.json["outcome"] == "read-only")
        #expect(try answer.json["job"]?["id"] != nil)
    }

    @Test("of one target, only its cancels are refused", arguments: JobKind.allCases)
    func target(kind: JobKind) async throws {
        let gateway = TestGateway(aws: [kind.cancels()], targets: Self.targets, readOnly: Self.one)
        let refused = await gateway.send("DELETE", kind.path + "?target=prod-eu")
        #expect(refused.code == "read-only")
        #expect(try refused.json["detail"]?.string == Self.message)
        #expect(gateway.aws.requests.isEmpty)
        #expect(try gateway.log.last["target"] == "prod-eu")
        #expect(await gateway.send("DELETE", kind.path).status == 202)
    }

    @Test("what holds for the whole gateway is told before what holds for the target")
    func both() async throws {
        let policy = ReadOnlyPolicy(gatewayMessage: "All.", targetMessages: ["prod-eu": "One."])
        let gateway = TestGateway(targets: Self.targets, readOnly: policy)
        let answer = await gateway.send("DELETE", Upstream.transferJob + "?target=prod-eu")
        #expect(try answer.json["detail"] == "All.")
    }

    @Test(
        "what is the caller's own fault is told first",
        arguments: [
            (TestKey.unknown, Upstream.transferJob, "invalid-credential"),
            (.without(.transferJobsCancel), Upstream.transferJob, "insufficient-scope"),
            (.seller, Upstream.transferJob, "resource-not-allowed"),
            (.confined, Upstream.transferJob, "resource-not-allowed"),
            (.full, Upstream.transferJob + "?target=other", "job-not-found"),
            (.full, Upstream.transferJob + "?dryrun=true", "invalid-request"),
            (.full, "/transfer-jobs/-", "invalid-request"),
        ])
    func order(key: TestKey, target: String, code: String) async {
        #expect(await TestGateway(readOnly: Self.whole).send("DELETE", target, key: key).code == code)
    }

    @Test("a spent limit is told first, and a refused cancel counts")
    func limit() async {
        let gateway = TestGateway(readOnly: Self.whole)
        var codes: [String?] = []
        for _ in 0..<3 { codes.append(await gateway.send("DELETE", Upstream.transferJob, key: .tight).code) }
        #expect(codes == ["read-only", "read-only", "rate-limited"])
    }

    @Test("whoami tells which of the caller's targets are read-only, and why")
    func whoAmI() async throws {
        func states(_ policy: ReadOnlyPolicy, _ key: TestKey = .full) async throws -> JSON? {
            try await TestGateway(targets: Self.targets, readOnly: policy).send("GET", "/whoami", key: key).json[
                "readOnly"]
        }
        let state: (String) -> JSON = { .object(["target": .string($0), "message": .string(Self.message)]) }
        #expect(try await states(Self.whole) == .array([state("default"), state("prod-eu")]))
        #expect(try await states(Self.one) == .array([state("prod-eu")]))
        #expect(try await states(Self.whole, .confined) == .array([state("prod-eu")]))
        #expect(try await states(ReadOnlyPolicy()) == .array([]))
    }

    @Test("a policy has a message for those targets alone that it switches off")
    func messages() {
        #expect(ReadOnlyPolicy().message(for: "default") == nil)
        #expect(Self.one.message(for: "default") == nil)
        #expect(Self.one.message(for: "prod-eu") == Self.message)
        #expect(Self.whole.message(for: "default") == Self.message)
    }
}
