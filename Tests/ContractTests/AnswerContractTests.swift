import GatewayAPI
import GatewayAPITestSupport
import GatewayCore
import HTTPServer
import RateLimiting
import Testing

/// An answer as it is counted here: its status, and its code where it is a problem.
private struct Outcome: Hashable, CustomStringConvertible {
    let status: Int
    let code: String?

    var description: String { "\(status) \(code ?? "")" }
}

@Suite("Answers and openapi.yaml")
struct AnswerContractTests {
    private let description: APIDescription

    init() throws {
        description = try APIDescription.load()
    }

    /// What the server refuses before any route is known, so that every operation describes it and none produces it.
    static let refusals: [(refusal: Refusal, reason: String)] = [
        (.headerTimeout, "the headers never came"),
        (.requestTimeout, "the body never came"),
        (.contentTooLarge(limit: 65_536), "the body is not taken"),
        (.targetTooLong(limit: 8_192), "the path is not taken"),
        (.expectationFailed, "the server decides before it reads on"),
        (.headersTooLarge("The request has more than 100 header fields."), "the headers are not taken"),
        (.unsupportedTransferCoding, "the body cannot be read"),
        (.tooManyConnections, "the connection itself is refused"),
        (.unsupportedVersion, "the request line cannot be understood"),
    ]

    /// What no request provokes: a fault of the program itself.
    private static let faults = [Outcome(status: 500, code: ProblemCode.internalError.rawValue)]

    @Test("every answer of a scenario is described: status, code, media type, headers, body", arguments: Scenario.all)
    func described(scenario: Scenario) async throws {
        let (_, answer) = await scenario.play()
        let answers = try answers(of: scenario.template, method: scenario.method)
        let described = try #require(answers[answer.status], "\(answer.status) is not described")
        try expect(answer, isAs: described)
        if scenario.code == nil { #expect(described.codes.isEmpty) }
    }

    @Test(
        "every described answer is produced, by a scenario, by the server, or by a fault alone", arguments: Routes.all)
    func produced(route: Route) throws {
        let scenarios = Scenario.all.filter { $0.template == route.template && $0.method == route.method }
        let answers = try answers(of: route.template, method: route.method)
        expectSame(answers, scenarios)
    }

    @Test("so are the answers outside all operations")
    func producedOutside() throws {
        expectSame(try description.answersOutsideOperations(), Scenario.all.filter { $0.template == nil })
    }

    @Test("what the server refuses by itself is described for every operation", arguments: refusals)
    func refused(refusal: Refusal, reason: String) throws {
        let answer = TestGateway().refuse(refusal)
        for operation in try description.operations() {
            let described = try #require(operation.answers[answer.status])
            try expect(answer, isAs: described)
        }
        try expect(answer, isAs: try #require(try description.answersOutsideOperations()[answer.status]))
    }

    @Test("the refusal of an address that failed too often is described wherever a key is needed")
    func failures() async throws {
        let limit = try #require(RateLimit(name: "failures", quota: 1, window: .seconds(60)))
        for route in Routes.all where route.access != .everyone {
            let gateway = TestGateway(change: { $0.failureLimit = limit })
            let path = try #require(Scenario.all.first { $0.template == route.template && $0.code == nil }).target
            _ = await gateway.send(route.method, path, key: .unknown)
            let answer = await gateway.send(route.method, path, key: .unknown)
            #expect(answer.status == 429)
            let answers = try answers(of: route.template, method: route.method)
            try expect(answer, isAs: try #require(answers[429]))
        }
    }

    @Test("broken framing is described as any invalid request is")
    func malformed() throws {
        let answer = TestGateway().refuse(.malformed("The request line is broken."))
        for operation in try description.operations() {
            try expect(answer, isAs: try #require(operation.answers[400]))
        }
    }

    @Test(
        "an answer to a known caller has the headers of the limit wherever they are described", arguments: Scenario.all)
    func limitHeaders(scenario: Scenario) async throws {
        let (gateway, answer) = await scenario.play()
        guard try gateway.log.last["caller"] != .null else { return }
        let described = try #require(try answers(of: scenario.template, method: scenario.method)[answer.status])
        for name in ["RateLimit", "RateLimit-Policy"] {
            #expect(described.headers[name] != nil)
            #expect(answer.headers.contains(name))
        }
    }

    @Test("an answer to a page of a configured origin has the described headers", arguments: Scenario.all)
    func headersForPages(scenario: Scenario) async throws {
        var scenario = scenario
        scenario.headers.add("Origin", "https://app.example.com")
        let answer = await scenario.play(cors: try Self.cors()).answer
        let described = try #require(try answers(of: scenario.template, method: scenario.method)[answer.status])
        try expect(answer, isAs: described)
        for name in ["Vary", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers"] {
            #expect(described.headers[name] != nil)
            #expect(answer.headers.contains(name))
        }
    }

    @Test("a preflight is answered with exactly the described headers; of another origin, with the required ones")
    func preflight() async throws {
        let answers = try description.preflightAnswers()
        #expect(Array(answers.keys) == [204])
        let described = try #require(answers[204])
        #expect(described.schemas.isEmpty)
        for path in ["/whoami", "/nowhere", JobKind.conversion.path] {
            for (origin, isConfigured) in [("https://app.example.com", true), ("https://b.example", false)] {
                let answer = await TestGateway(cors: try Self.cors()).send(
                    "OPTIONS", path, key: nil,
                    headers: ["Origin": origin, "Access-Control-Request-Method": "GET"])
                #expect(answer.status == 204)
                try expectHeaders(answer, areAs: described)
                let expected = described.headers.filter { $0.value || isConfigured }.keys
                #expect(Set(answer.headers.map(\.name)) == Set(expected))
            }
        }
    }

    private static func cors() throws -> CORSPolicy {
        CORSPolicy(origins: [try #require(Origin(text: "https://app.example.com"))])
    }

    private func expectSame(_ answers: [Int: APIDescription.Answer], _ scenarios: [Scenario]) {
        let described = answers.flatMap { status, answer in
            answer.codes.isEmpty
                ? [Outcome(status: status, code: nil)] : answer.codes.map { Outcome(status: status, code: $0) }
        }
        let refused = Self.refusals.map { entry in
            Outcome(status: entry.refusal.status.code, code: GatewayError(entry.refusal).code.rawValue)
        }
        let produced = scenarios.map { Outcome(status: $0.status, code: $0.code?.rawValue) }
        #expect(Set(produced).isDisjoint(with: refused + Self.faults))
        #expect(Set(described) == Set(produced + refused + Self.faults))
    }

    private func expect(_ answer: Answer, isAs described: APIDescription.Answer) throws {
        let type = try #require(answer.headers.first("Content-Type"))
        let schema = try #require(described.schemas[String(type.prefix { $0 != ";" })], "\(type) is not described")
        if type.hasPrefix("application/json") || type.hasPrefix("application/problem+json") {
            let json = try answer.json
            let faults = try SchemaCheck(description: description).faults(of: json, against: schema)
            #expect(faults.isEmpty)
            if !described.codes.isEmpty { #expect(described.codes.contains(json["code"]?.string ?? "")) }
        }
        try expectHeaders(answer, areAs: described)
    }

    private func expectHeaders(_ answer: Answer, areAs described: APIDescription.Answer) throws {
        for (name, isRequired) in described.headers where isRequired {
            #expect(answer.headers.contains(name), "\(name) is missing")
        }
        for (name, value) in answer.headers where !Self.undescribed.contains(name) {
            let schema = try #require(described.headerSchemas[name], "\(name) is not described")
            let json: JSON = Int(value).map { .number(Double($0)) } ?? .string(value)
            #expect(try SchemaCheck(description: description).faults(of: json, against: schema).isEmpty)
        }
    }

    /// The media type is described apart; the policy of a page is between it and the browser.
    private static let undescribed: Set<String> = ["Content-Type", "Content-Security-Policy"]

    private func answers(of template: String?, method: String) throws -> [Int: APIDescription.Answer] {
        guard let template else { return try description.answersOutsideOperations() }
        return try #require(try description.operations().first { $0.path == template && $0.method == method }).answers
    }
}
