import GatewayAPI
import GatewayAPITestSupport
import GatewayCore
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("Problems")
struct ProblemTests {
    static let members: Set<String> = [
        "type", "title", "status", "detail", "instance", "code", "requestId", "retryable",
    ]

    @Test("every scenario ends as it says", arguments: Scenario.all)
    func outcome(scenario: Scenario) async {
        let (_, answer) = await scenario.play()
        #expect(answer.status == scenario.status)
        #expect(answer.code == scenario.code?.rawValue)
    }

    @Test(
        "a problem is RFC 9457's, with these members and no others", arguments: Scenario.all.filter { $0.code != nil })
    func document(scenario: Scenario) async throws {
        let code = try #require(scenario.code)
        let (_, answer) = await scenario.play()
        #expect(answer.headers["Content-Type"] == ["application/problem+json"])
        #expect(answer.headers["Cache-Control"] == ["no-store"])
        let problem = try answer.json
        #expect(problem.names.isSuperset(of: Self.members))
        #expect(
            problem.names.subtracting(Self.members).isSubset(of: ["retryAfterSeconds", "upstream", "hint", "job"]))
        #expect(problem["type"]?.string == "/problems/\(code.rawValue)")
        #expect(problem["title"]?.string == code.title)
        #expect(problem["status"]?.number == Double(answer.status))
        #expect(problem["status"]?.number == Double(code.status))
        #expect(problem["detail"]?.string?.isEmpty == false)
        #expect(problem["instance"]?.string == String(scenario.target.prefix { $0 != "?" }))
        #expect(problem["requestId"]?.string == answer.headers.first("X-Request-Id"))
        #expect(problem["retryable"] == .bool(code.isRetryable))
    }

    @Test("retryAfterSeconds and Retry-After say the same, or neither is there", arguments: Scenario.all)
    func retryAfter(scenario: Scenario) async throws {
        let (_, answer) = await scenario.play()
        let header = answer.headers.first("Retry-After").flatMap(Double.init)
        if scenario.code != nil { #expect(try answer.json["retryAfterSeconds"]?.number == header) }
        if let header { #expect(header >= 1) }
        if [429, 503].contains(answer.status) { #expect(header != nil) }
    }

    @Test("upstream is there exactly where AWS answered", arguments: Scenario.all.filter { $0.code != nil })
    func upstream(scenario: Scenario) async throws {
        let (gateway, answer) = await scenario.play()
        let upstream = try answer.json["upstream"]
        let isAnswered =
            !gateway.aws.requests.isEmpty && !["AWS is not there", "AWS is silent"].contains(scenario.name)
        #expect((upstream != nil) == isAnswered)
        guard let upstream else { return }
        #expect(upstream.names == ["service", "operation", "errorCode", "requestId", "httpStatus"])
        #expect(upstream["requestId"]?.string == Upstream.requestID)
        #expect(upstream["httpStatus"]?.number != nil)
    }

    @Test("a denied gateway is told which IAM action it lacks, which is not always the operation's name")
    func iamAction() async throws {
        let gateway = TestGateway(aws: [Upstream.fails("AccessDeniedFault")])
        let hint = try #require(try await gateway.send("GET", Upstream.conversion).json["hint"]?.string)
        #expect(hint.contains("dms:ListMetadataModelConversions"))
    }

    @Test("AWS's wish for a delay is passed on, rounded up")
    func upstreamDelay() async throws {
        let step = StubTransport.Step.json(
            429, "{}", headers: [("x-amzn-errortype", "ThrottlingException"), ("x-amz-retry-after", "7001")])
        let answer = await TestGateway(aws: [step, step, step]).send("GET", Upstream.transferJob)
        #expect(answer.headers["Retry-After"] == ["8"])
    }

    @Test("every code has its page's address, its status, and one document", arguments: ProblemCode.allCases)
    func everyCode(code: ProblemCode) throws {
        let error = GatewayError(
            code, "Said \"aloud\".", hint: "Try.", retryAfter: .milliseconds(1), cause: "private cause")
        let answer = Answer(ProblemDetails.response(for: error, instance: "/a b", requestID: "r"))
        #expect(answer.status == code.status)
        #expect(answer.headers["Retry-After"] == ["1"])
        #expect(!answer.text.contains("private cause"))
        let problem = try answer.json
        #expect(problem.names == Self.members.union(["retryAfterSeconds", "hint"]))
        #expect(problem["type"]?.string == "/problems/\(code.rawValue)")
        #expect(problem["detail"] == "Said \"aloud\".")
    }

    @Test(
        "a delay is rounded up to whole seconds, at least one",
        arguments: [
            (Duration.zero, "1"), (.nanoseconds(1), "1"), (.milliseconds(999), "1"), (.seconds(1), "1"),
            (.milliseconds(1_001), "2"), (.seconds(30), "30"), (.seconds(-5), "1"),
        ])
    func rounding(delay: Duration, seconds: String) {
        let error = GatewayError(.overloaded, "Later.", retryAfter: delay)
        let response = ProblemDetails.response(for: error, instance: "/", requestID: "r")
        #expect(response.headers["Retry-After"] == [seconds])
    }
}

@Suite("What the server refuses by itself")
struct RefusalTests {
    static let table: [(Refusal, Int, ProblemCode)] = [
        (.malformed("The request line is broken."), 400, .invalidRequest),
        (.headerTimeout, 408, .requestTimeout), (.requestTimeout, 408, .requestTimeout),
        (.contentTooLarge(limit: 65_536), 413, .contentTooLarge), (.targetTooLong(limit: 8_192), 414, .uriTooLong),
        (.expectationFailed, 417, .expectationFailed), (.headersTooLarge("Too many fields."), 431, .headersTooLarge),
        (.unsupportedTransferCoding, 501, .notImplemented), (.tooManyConnections, 503, .overloaded),
        (.unsupportedVersion, 505, .versionNotSupported),
    ]

    @Test("is a problem like any other, of the status that the server names", arguments: table)
    func problem(refusal: Refusal, status: Int, code: ProblemCode) throws {
        let gateway = TestGateway()
        let answer = gateway.refuse(refusal)
        #expect(answer.status == status)
        #expect(answer.status == refusal.status.code)
        #expect(answer.headers["Content-Type"] == ["application/problem+json"])
        #expect(answer.headers["X-Content-Type-Options"] == ["nosniff"])
        let problem = try answer.json
        #expect(problem["code"]?.string == code.rawValue)
        let id = try #require(answer.headers.first("X-Request-Id"))
        #expect(problem["requestId"]?.string == id)
        #expect(problem["instance"]?.string == "urn:uuid:\(id)")
    }

    @Test("is logged under the identifier that the client got", arguments: table)
    func logged(refusal: Refusal, status: Int, code: ProblemCode) throws {
        let gateway = TestGateway()
        let answer = gateway.refuse(refusal)
        let line = try gateway.log.last
        #expect(
            line.names == [
                "time", "level", "message", "log", "request_id", "caller", "credential", "method", "route", "status",
                "duration_ms",
                "target", "upstream_request_id", "remote", "problem",
            ])
        #expect(line["log"] == "access")
        #expect(line["remote"] == "192.0.2.7")
        #expect(line["request_id"]?.string == answer.headers.first("X-Request-Id"))
        #expect(line["status"]?.number == Double(status))
        #expect(line["problem"]?.string == code.rawValue)
        #expect(line["route"] == .null)
        #expect(line["caller"] == .null)
    }
}
