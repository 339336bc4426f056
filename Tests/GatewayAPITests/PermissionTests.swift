import GatewayAPITestSupport
import GatewayCore
import GatewayTestSupport
import HTTPServer
import Jobs
import Testing

@Suite("Allow-lists of projects and transfer jobs")
struct PermissionTests {
    /// Every way to ask about a job: the method, and the query.
    private static let requests = [("GET", ""), ("HEAD", ""), ("DELETE", ""), ("DELETE", "?dryRun=true")]
    private static let arn = "arn:aws:dms:eu-west-1:123456789012:migration-project:"

    @Test(
        "what the list leaves out is 403 on every route, is named, and AWS is not asked",
        arguments: [
            ("/projects/orders/conversions/r", "project `orders`"),
            ("/projects/sales-secret/conversions/r", "project `sales-secret`"),
            ("/projects/SALES-eu/conversions/r", "project `SALES-eu`"),
            ("/projects/sales%2Dsecret/conversions/r", "project `sales-secret`"),
            ("/projects/\(arn)ABC/conversions/r", "project `\(arn)ABC`"),
            ("/transfer-jobs/transfer-1", "transfer job `transfer-1`"),
            ("/transfer-jobs/factory-secret", "transfer job `factory-secret`"),
        ], requests)
    func leftOut(job: (path: String, words: String), request: (method: String, query: String)) async throws {
        let gateway = TestGateway()
        let answer = await gateway.send(request.method, job.path + request.query, key: .seller)
        #expect(answer.status == 403)
        #expect(!answer.headers.contains("WWW-Authenticate"))
        #expect(gateway.aws.requests.isEmpty)
        let problem = try answer.json
        #expect(problem["code"] == "resource-not-allowed")
        #expect(problem["detail"]?.string == "The caller may not use the \(job.words).")
        #expect(problem["hint"]?.string?.contains("/whoami") == true)
        #expect(problem["retryable"] == false)
    }

    @Test("what the list has passes", arguments: ["GET", "DELETE"])
    func allowed(method: String) async {
        let kinds: [(JobKind, String)] = [
            (.conversion, "/projects/sales-eu/conversions/conversion-1"), (.transfer, "/transfer-jobs/factory-1"),
        ]
        for (kind, path) in kinds {
            let gateway = TestGateway(aws: [method == "GET" ? kind.reads(.running) : kind.cancels()])
            #expect(await gateway.send(method, path, key: .seller).status < 300)
            #expect(gateway.aws.requests.count == 1)
        }
    }

    @Test("where an ARN is denied a project is to be given by its ARN, and the hint says so", arguments: requests)
    func byARN(request: (method: String, query: String)) async throws {
        let gateway = TestGateway()
        let named = await gateway.send(request.method, Upstream.conversion + request.query, key: .barred)
        #expect(named.status == 403)
        #expect(try named.json["hint"]?.string?.contains("by its ARN") == true)
        for project in ["\(Self.arn)SECRET", "\(Self.arn)secret", "\(Self.arn)SECRET%20", "%20\(Self.arn)SECRET"] {
            let path = "/projects/\(project)/conversions/conversion-1\(request.query)"
            #expect(await gateway.send(request.method, path, key: .barred).status == 403)
        }
        #expect(gateway.aws.requests.isEmpty)
        let kind = JobKind.conversion
        let reads = request.method != "DELETE" || !request.query.isEmpty
        let open = TestGateway(aws: [reads ? kind.reads(.running) : kind.cancels()])
        let path = "/projects/\(Self.arn)OPEN/conversions/conversion-1\(request.query)"
        #expect(await open.send(request.method, path, key: .barred).status < 300)
    }

    @Test("a scope that is missing is told first")
    func scopeFirst() async {
        let answer = await TestGateway().send(
            "DELETE", "/projects/orders/conversions/r", key: .only(.conversionsRead))
        #expect(answer.code == "insufficient-scope")
    }

    @Test("patterns of targets are kept, and a denial goes before them", arguments: JobKind.allCases)
    func targets(kind: JobKind) async throws {
        let targets = ["prod-eu", "prod-us", "test"].map {
            Target(name: $0, region: "eu-west-1", isNamedInPaths: true)
        }
        let gateway = TestGateway(aws: [kind.cancels()], targets: targets)
        for name in ["prod-us", "test"] {
            let answer = await gateway.send("DELETE", "\(kind.path)?target=\(name)", key: .european)
            #expect(try answer.json["detail"]?.string == "The caller may not use the target `\(name)`.")
            #expect(answer.status == 403)
        }
        #expect(gateway.aws.requests.isEmpty)
        #expect(
            await gateway.send("DELETE", kind.path, key: .european).headers["Location"].first?.contains("prod-eu")
                == true)
    }

    @Test("a refusal counts against the caller's limit, and is logged with the caller and no target")
    func log() async throws {
        let gateway = TestGateway()
        let answer = await gateway.send("DELETE", "/transfer-jobs/transfer-1", key: .seller)
        #expect(answer.headers["RateLimit"] == ["\"default\";r=59;t=1"])
        let line = try gateway.log.last
        #expect(line["caller"] == "seller01")
        #expect(line["problem"] == "resource-not-allowed")
    }
}
