import AWSRuntime
import GatewayAPITestSupport
import GatewayTestSupport
import HTTPServer
import Jobs
import Testing

@Suite("Several targets")
struct TargetTests {
    private static let account = "111122223333"

    /// Two targets of which none is the default.
    static let pair = [
        Target(name: "prod-eu", region: "eu-central-1", account: account, isNamedInPaths: true),
        Target(name: "prod-us", region: "us-east-1", account: account, isNamedInPaths: true),
    ]
    /// The same, and the default.
    static let three = pair + [Target(name: "default", region: "eu-west-1", isNamedInPaths: true)]

    /// Every way to ask about a job: the method, and what follows in the query.
    static let requests = [
        ("GET", ""), ("HEAD", ""), ("DELETE", ""), ("DELETE", "&dryRun=true"),
    ]

    @Test(
        "the target that is named is asked in its region, and the answer and the log say so",
        arguments: JobKind.allCases, [("prod-eu", "eu-central-1"), ("prod-us", "us-east-1"), ("default", "eu-west-1")])
    func named(kind: JobKind, target: (name: String, region: String)) async throws {
        let gateway = TestGateway(aws: [kind.reads(.running)], targets: Self.three)
        let answer = await gateway.send("GET", "\(kind.path)?target=\(target.name)")
        #expect(answer.status == 200)
        try expect(gateway, asked: target.region)
        let job = try answer.json
        #expect(job["target"]?.string == target.name)
        #expect(job["region"]?.string == target.region)
        #expect(job["self"]?.string == "\(kind.path)?target=\(target.name)")
        #expect(try gateway.log.last["target"]?.string == target.name)
    }

    @Test("the Location of a cancel names the target, and leads to the same job", arguments: JobKind.allCases)
    func location(kind: JobKind) async throws {
        let gateway = TestGateway(aws: [kind.cancels(), kind.reads(.cancelled)], targets: Self.pair)
        let answer = await gateway.send("DELETE", "\(kind.path)?target=prod-us")
        #expect(answer.status == 202)
        let location = try #require(answer.headers.first("Location"))
        #expect(location == "\(kind.path)?target=prod-us")
        #expect(try answer.json["self"]?.string == location)
        let look = await gateway.send("GET", location)
        #expect(look.status == 200)
        #expect(try look.json["self"]?.string == location)
        #expect(gateway.aws.requests.map(\.endpoint.region) == ["us-east-1", "us-east-1"])
    }

    @Test("a job that had ended names its target in the problem, too", arguments: JobKind.allCases)
    func problem(kind: JobKind) async throws {
        let gateway = TestGateway(aws: [kind.refusesCancel, kind.reads(.succeeded)], targets: Self.pair)
        let problem = try await gateway.send("DELETE", "\(kind.path)?target=prod-eu").json
        #expect(problem["code"] == "already-finished")
        #expect(problem["job"]?["self"]?.string == "\(kind.path)?target=prod-eu")
        #expect(problem["instance"]?.string == kind.path)
    }

    @Test("a dry run names the target", arguments: JobKind.allCases)
    func preview(kind: JobKind) async throws {
        let gateway = TestGateway(aws: [kind.reads(.running)], targets: Self.pair)
        let preview = try await gateway.send("DELETE", "\(kind.path)?target=prod-us&dryRun=true").json
        #expect(preview["outcome"] == "would-cancel")
        #expect(preview["job"]?["self"]?.string == "\(kind.path)?target=prod-us")
        try expect(gateway, asked: "us-east-1")
    }

    @Test(
        "a project's ARN chooses the target of its region and account, its colons as they are or encoded",
        arguments: [("eu-central-1", "prod-eu"), ("us-east-1", "prod-us"), ("eu-west-1", "default")], [":", "%3A"])
    func arn(target: (region: String, name: String), colon: String) async throws {
        let gateway = TestGateway(aws: [Upstream.describes("IN_PROGRESS")], targets: Self.three)
        let answer = await gateway.send("GET", Self.path(target.region, Self.account, colon: colon))
        #expect(answer.status == 200)
        #expect(try answer.json["target"]?.string == target.name)
        try expect(gateway, asked: target.region)
    }

    @Test(
        "an ARN of a region or an account that is no target is 404, and AWS is not asked",
        arguments: [("us-west-2", account), ("us-east-1", "444455556666")], ["GET", "DELETE"])
    func foreignARN(place: (region: String, account: String), method: String) async {
        let gateway = TestGateway(targets: Self.three)
        let answer = await gateway.send(method, Self.path(place.region, place.account))
        #expect(answer.code == "job-not-found")
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test("without a name the target called default is asked", arguments: JobKind.allCases)
    func standard(kind: JobKind) async throws {
        let gateway = TestGateway(aws: [kind.cancels()], targets: Self.three)
        let answer = await gateway.send("DELETE", kind.path)
        #expect(answer.headers["Location"] == ["\(kind.path)?target=default"])
        try expect(gateway, asked: "eu-west-1")
    }

    @Test("without a name the only target that the key may use is asked", arguments: JobKind.allCases)
    func onlyAllowed(kind: JobKind) async throws {
        let gateway = TestGateway(aws: [kind.cancels()], targets: Self.three)
        let answer = await gateway.send("DELETE", kind.path, key: .confined)
        #expect(answer.headers["Location"] == ["\(kind.path)?target=prod-eu"])
        try expect(gateway, asked: "eu-central-1")
    }

    @Test(
        "where several could be meant it is 400, and the hint lists only those that the key may use",
        arguments: JobKind.allCases, requests)
    func ambiguous(kind: JobKind, request: (method: String, query: String)) async throws {
        let gateway = TestGateway(targets: Self.three)
        let target = "\(kind.path)?\(request.query.dropFirst())"
        let answer = await gateway.send(request.method, target, key: .paired)
        #expect(answer.status == 400)
        #expect(gateway.aws.requests.isEmpty)
        let problem = try answer.json
        #expect(problem["code"] == "invalid-request")
        let hint = try #require(problem["hint"]?.string)
        #expect(hint.contains("prod-eu") && hint.contains("prod-us"))
        #expect(!hint.contains("default") && !hint.contains("gone"))
    }

    @Test(
        "a target that is not configured is 404, also where the key's allow-list has its name",
        arguments: JobKind.allCases, requests)
    func unknown(kind: JobKind, request: (method: String, query: String)) async {
        for (name, key) in [("other", TestKey.full), ("gone", .paired), ("", .full), ("Prod-EU", .full)] {
            let gateway = TestGateway(targets: Self.three)
            let answer = await gateway.send(request.method, "\(kind.path)?target=\(name)\(request.query)", key: key)
            #expect(answer.status == 404)
            #expect(answer.code == "job-not-found")
            #expect(gateway.aws.requests.isEmpty)
        }
    }

    @Test(
        "a target that the key may not use is 403 and named, though the key has the scope, and AWS is not asked",
        arguments: JobKind.allCases, requests)
    func notAllowed(kind: JobKind, request: (method: String, query: String)) async throws {
        let gateway = TestGateway(targets: Self.three)
        let answer = await gateway.send(request.method, "\(kind.path)?target=prod-us\(request.query)", key: .confined)
        #expect(answer.status == 403)
        #expect(!answer.headers.contains("WWW-Authenticate"))
        #expect(gateway.aws.requests.isEmpty)
        let problem = try answer.json
        #expect(problem["code"] == "resource-not-allowed")
        #expect(problem["detail"]?.string?.contains("`prod-us`") == true)
        #expect(problem["retryable"] == false)
    }

    @Test("nor may it use one by its ARN", arguments: ["GET", "DELETE"])
    func notAllowedByARN(method: String) async {
        let gateway = TestGateway(targets: Self.three)
        let answer = await gateway.send(method, Self.path("us-east-1", Self.account), key: .confined)
        #expect(answer.code == "resource-not-allowed")
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test("a target may be given once")
    func twice() async {
        let gateway = TestGateway(targets: Self.three)
        let answer = await gateway.send("GET", Upstream.transferJob + "?target=prod-eu&target=prod-us")
        #expect(answer.code == "invalid-request")
        #expect(gateway.aws.requests.isEmpty)
    }

    private static func path(_ region: String, _ account: String, colon: String = ":") -> String {
        let arn = "arn:aws:dms:\(region):\(account):migration-project:ABCDEFGH"
        return "/projects/\(arn.replacing(":", with: colon))/conversions/conversion-1"
    }

    /// That AWS was asked once, in this region, with a signature for it.
    private func expect(_ gateway: TestGateway, asked region: String) throws {
        #expect(gateway.aws.requests.count == 1)
        let request = try #require(gateway.aws.requests.first)
        #expect(request.endpoint.host.contains(".\(region)."))
        #expect(request.values("Authorization").first?.contains("/\(region)/") == true)
    }
}
