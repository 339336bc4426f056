import AWSRuntime
import GatewayAPITestSupport
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("DELETE cancels")
struct CancelTests {
    @Test("a cancel that AWS took is 202 with where and when to look", arguments: JobKind.allCases)
    func accepted(kind: JobKind) async throws {
        let gateway = TestGateway(aws: [kind.cancels()])
        let answer = await gateway.send("DELETE", kind.path)
        #expect(answer.status == 202)
        #expect(answer.headers["Location"] == [kind.path])
        #expect(answer.headers["Retry-After"] == ["5"])
        #expect(answer.headers["Content-Type"] == ["application/json"])
        #expect(answer.headers["Cache-Control"] == ["no-store"])
        #expect(!answer.headers.contains("Preference-Applied"))
        #expect(try answer.json["state"] == "cancelling")
        #expect(try answer.json.names == JobDocumentTests.members)
        #expect(gateway.aws.requests.count == 1)
    }

    @Test("a job that runs on after the cancel is 202 too", arguments: JobKind.allCases)
    func stillRunning(kind: JobKind) async throws {
        let answer = await TestGateway(aws: [kind.cancels(.running)]).send("DELETE", kind.path)
        #expect(answer.status == 202)
        #expect(try answer.json["state"] == "running")
    }

    @Test("a job that is cancelled at once is 200, with nothing to wait for", arguments: JobKind.allCases)
    func cancelledAtOnce(kind: JobKind) async {
        let answer = await TestGateway(aws: [kind.cancels(.cancelled)]).send("DELETE", kind.path)
        #expect(answer.status == 200)
        #expect(!answer.headers.contains("Location"))
        #expect(!answer.headers.contains("Retry-After"))
    }

    @Test(
        "a repeated DELETE is never an error", arguments: JobKind.allCases,
        [(UpstreamState.cancelling, 202), (.cancelled, 200)])
    func repeated(kind: JobKind, found: (state: UpstreamState, status: Int)) async throws {
        let gateway = TestGateway(aws: [kind.refusesCancel, kind.reads(found.state)])
        let answer = await gateway.send("DELETE", kind.path)
        #expect(answer.status == found.status)
        #expect(try answer.json["state"]?.string == "\(found.state)")
    }

    @Test(
        "a job that had ended before is 409 with how it ended", arguments: JobKind.allCases,
        [UpstreamState.succeeded, .failed])
    func alreadyFinished(kind: JobKind, state: UpstreamState) async throws {
        let gateway = TestGateway(aws: [kind.refusesCancel, kind.reads(state)])
        let answer = await gateway.send("DELETE", kind.path)
        #expect(answer.status == 409)
        let problem = try answer.json
        #expect(problem["code"] == "already-finished")
        #expect(problem["retryable"] == false)
        #expect(problem["job"]?.names == JobDocumentTests.members)
        #expect(problem["job"]?["state"]?.string == "\(state)")
        #expect(problem["upstream"]?["requestId"]?.string == Upstream.requestID)
        #expect(!answer.headers.contains("Retry-After"))
    }

    @Test(
        "a job that AWS will not cancel yet is 409 with its state and when to try again",
        arguments: JobKind.allCases, [UpstreamState.queued, .running, .unknown])
    func conflict(kind: JobKind, state: UpstreamState) async throws {
        let gateway = TestGateway(aws: [kind.refusesCancel, kind.reads(state)])
        let answer = await gateway.send("DELETE", kind.path)
        #expect(answer.status == 409)
        let problem = try answer.json
        #expect(problem["code"] == "conflict")
        #expect(problem["retryable"] == true)
        #expect(problem["retryAfterSeconds"] == 5)
        #expect(answer.headers["Retry-After"] == ["5"])
        #expect(problem["job"]?["state"]?.string == "\(state)")
    }

    @Test("a job that AWS does not know is 404 after one call", arguments: JobKind.allCases, ["GET", "DELETE"])
    func notFound(kind: JobKind, method: String) async {
        let gateway = TestGateway(aws: [kind.knowsNoSuchJob])
        let answer = await gateway.send(method, kind.path, headers: ["Prefer": "wait=55"])
        #expect(answer.status == 404)
        #expect(answer.code == "job-not-found")
        #expect(gateway.aws.requests.count == 1)
        #expect(gateway.clock.slept.isEmpty)
    }

    @Test("a project's ARN of another region is 404, and AWS is not asked", arguments: ["GET", "DELETE"])
    func otherRegion(method: String) async {
        let gateway = TestGateway()
        let answer = await gateway.send(
            method, "/projects/arn:aws:dms:us-east-1:123456789012:migration-project:X/conversions/c-1")
        #expect(answer.status == 404)
        #expect(answer.code == "job-not-found")
        #expect(gateway.aws.requests.isEmpty)
    }
}

@Suite("A dry run")
struct DryRunTests {
    static let outcomes: [(UpstreamState, String)] = [
        (.queued, "would-cancel"), (.running, "would-cancel"), (.unknown, "would-cancel"),
        (.cancelling, "already-cancelling"), (.cancelled, "already-cancelled"), (.succeeded, "already-finished"),
        (.failed, "already-finished"),
    ]

    @Test("says what a cancel would do, and cancels nothing", arguments: JobKind.allCases, outcomes)
    func outcome(kind: JobKind, expected: (state: UpstreamState, outcome: String)) async throws {
        let gateway = TestGateway(aws: [kind.reads(expected.state)])
        let answer = await gateway.send(
            "DELETE", kind.path + "?dryRun=true", headers: ["Prefer": "wait=10"])
        #expect(answer.status == 200)
        let preview = try answer.json
        #expect(preview.names == ["dryRun", "outcome", "job"])
        #expect(preview["dryRun"] == true)
        #expect(preview["outcome"]?.string == expected.outcome)
        #expect(preview["job"]?.names == JobDocumentTests.members)
        #expect(!answer.headers.contains("Location"))
        #expect(!answer.headers.contains("Preference-Applied"))
        #expect(gateway.aws.requests.count == 1)
        #expect(gateway.aws.requests.allSatisfy(Self.isRead))
    }

    @Test("of a job that AWS does not know is 404", arguments: JobKind.allCases)
    func notFound(kind: JobKind) async {
        let answer = await TestGateway(aws: [kind.knowsNoSuchJob]).send("DELETE", kind.path + "?dryRun=true")
        #expect(answer.status == 404)
    }

    @Test("dryRun=false cancels")
    func off() async {
        let gateway = TestGateway(aws: [JobKind.transfer.cancels()])
        #expect(await gateway.send("DELETE", Upstream.transferJob + "?dryRun=false").status == 202)
        #expect(gateway.aws.requests.map(\.target) == ["/metadata-transfer-jobs/transfer-1/cancel"])
    }

    @Test(
        "a query that is not exactly understood cancels nothing", arguments: JobKind.allCases,
        [
            "dryrun=true", "DryRun=true", "dry_run=true", "dry-run=true", "dryRun", "dryRun=", "dryRun=1",
            "dryRun=True", "dryRun=yes", "dryRun=true%20", "dryRun=true&dryRun=true", "dryRun=true&dryRun=false",
            "dryRun=false&dryRun=false", "dryRun=true;target=default", "target=default&target=default", "wait=10",
            "dryRun%3Dtrue", "=", "x", "dryRun=true&x=1", "dryRun=%zz",
        ])
    func strictQuery(kind: JobKind, query: String) async {
        let gateway = TestGateway(aws: [kind.cancels()])
        let answer = await gateway.send("DELETE", "\(kind.path)?\(query)")
        #expect(answer.status == 400)
        #expect(answer.code == "invalid-request")
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test("a read knows no dryRun", arguments: JobKind.allCases)
    func onRead(kind: JobKind) async {
        let gateway = TestGateway(aws: [kind.reads(.running)])
        #expect(await gateway.send("GET", kind.path + "?dryRun=true").status == 400)
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test(
        "the one target there is may be named", arguments: ["GET", "DELETE"],
        ["target=default", "%74arget=default", ""])
    func target(method: String, query: String) async {
        let gateway = TestGateway(aws: [Upstream.transfer("CANCELLED")])
        #expect(await gateway.send(method, "\(Upstream.transferJob)?\(query)").status == 200)
    }

    @Test("another target is 404, and AWS is not asked", arguments: ["other", "", "Default", "default%20"])
    func otherTarget(name: String) async {
        let gateway = TestGateway()
        let answer = await gateway.send("DELETE", "\(Upstream.transferJob)?target=\(name)")
        #expect(answer.status == 404)
        #expect(answer.code == "job-not-found")
        #expect(gateway.aws.requests.isEmpty)
    }

    private static func isRead(_ request: TransportRequest) -> Bool {
        request.method == "GET"
            || request.headers.contains { $0.value == "AmazonDMSv20160101.DescribeMetadataModelConversions" }
    }
}
