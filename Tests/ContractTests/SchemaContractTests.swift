import GatewayAPI
import GatewayAPITestSupport
import GatewayCore
import Testing

@Suite("Schemas and openapi.yaml")
struct SchemaContractTests {
    private let description: APIDescription

    init() throws {
        description = try APIDescription.load()
    }

    @Test("every problem code is in the description, and every described one is a problem code")
    func problemCodes() throws {
        let described = try strings(description.schema("ProblemCode")["enum"])
        #expect(described == ProblemCode.allCases.map(\.rawValue))
        #expect(try description.schema("Problem")["properties"]?["code"]?["$ref"] == "#/components/schemas/ProblemCode")
    }

    @Test("a response lists only codes of its own status, and a code stands somewhere", arguments: ProblemCode.allCases)
    func statuses(code: ProblemCode) throws {
        let answers = try description.operations().map(\.answers) + [try description.answersOutsideOperations()]
        let statuses = answers.flatMap { answers in
            answers.filter { $0.value.codes.contains(code.rawValue) }.map(\.key)
        }
        #expect(!statuses.isEmpty)
        #expect(Set(statuses) == [code.status])
    }

    @Test("a response of an error lists its codes and is a problem; one of a success lists none")
    func kindsOfAnswer() throws {
        for operation in try description.operations() {
            for (status, answer) in operation.answers {
                let isError = status >= 400
                #expect(answer.codes.isEmpty != isError, "\(operation.method) \(operation.path) \(status)")
                #expect((answer.schemas.keys.first == "application/problem+json") == isError)
                #expect(answer.schemas.count == 1)
                if isError {
                    #expect(answer.schemas["application/problem+json"]?["$ref"] == "#/components/schemas/Problem")
                }
            }
        }
    }

    @Test("the required members of Job are all its members, and those that are written", arguments: JobKind.allCases)
    func jobMembers(kind: JobKind) async throws {
        let schema = try description.schema("Job")
        let required = try strings(schema["required"])
        #expect(Set(required) == schema["properties"]?.names)
        let job = try await TestGateway(aws: [kind.reads(.running)]).send("GET", kind.path).json
        #expect(job.names == Set(required))
    }

    @Test("the states and kinds of Job are the program's")
    func jobEnums() throws {
        let properties = try #require(try description.schema("Job")["properties"])
        #expect(try strings(properties["state"]?["enum"]) == Job.State.allCases.map(\.rawValue))
        #expect(try strings(properties["kind"]?["enum"]) == Job.Kind.allCases.map(\.rawValue))
    }

    @Test("the scopes are the program's")
    func scopes() throws {
        #expect(try strings(description.schema("Scope")["enum"]) == Scope.allCases.map(\.rawValue))
    }

    @Test("every example is as its schema says")
    func examples() throws {
        let check = SchemaCheck(description: description)
        var count = 0
        for operation in try description.operations() {
            for (status, answer) in operation.answers {
                for (name, value, schema) in answer.examples {
                    let faults = try check.faults(of: value, against: schema)
                    #expect(faults.isEmpty, "\(operation.method) \(operation.path) \(status) \(name): \(faults)")
                    count += 1
                    guard let code = value["code"]?.string else { continue }
                    #expect(answer.codes.contains(code))
                    #expect(value["status"]?.number == Double(status))
                    #expect(value["title"]?.string == ProblemCode(rawValue: code)?.title)
                    #expect(value["retryable"] == .bool(ProblemCode(rawValue: code)?.isRetryable ?? false))
                }
            }
        }
        #expect(count > 50)
    }

    @Test(
        "what the pattern of a transfer job's id takes is what the gateway takes",
        arguments: [
            "ab", "a1", "_1", "a-b", "a_b-c9", "0", "a", "-ab", "ab-", "ab_", "__", "a.b", "a:b", "a~b",
            String(repeating: "a", count: 128), String(repeating: "a", count: 129),
        ])
    func transferJobPattern(id: String) async throws {
        let gateway = TestGateway(aws: [Upstream.transfer("RUNNING")])
        let answer = await gateway.send("GET", "/transfer-jobs/\(id)")
        let isTaken = try fits(id, "transferJob")
        #expect(isTaken == (answer.status == 200))
    }

    @Test(
        "what the pattern of a request's identifier takes is what the gateway takes",
        arguments: [
            ("a", "a"), ("!", "!"), ("~", "~"), ("a b", "a%20b"), ("\u{e9}", "%C3%A9"), ("a%b", "a%25b"),
            ("-_.", "-_."),
            (String(repeating: "a", count: 255), String(repeating: "a", count: 255)),
            (String(repeating: "a", count: 256), String(repeating: "a", count: 256)), ("a?", "a%3F"), ("\u{7f}", "%7F"),
        ])
    func requestPattern(id: String, encoded: String) async throws {
        let gateway = TestGateway(aws: [Upstream.answer(200, "{\"Requests\":[{}]}")])
        let answer = await gateway.send("GET", "/projects/orders/conversions/\(encoded)")
        let isTaken = try fits(id, "request")
        #expect(isTaken == (answer.status == 200))
    }

    @Test(
        "what the pattern of a project takes is what the gateway takes",
        arguments: [
            ("a", "a"), ("a b", "a%20b"), ("\u{e9}", "%C3%A9"), ("\u{85}", "%C2%85"), ("\u{1f}", "%1F"),
            ("a/b", "a%2Fb"),
            (String(repeating: "a", count: 255), String(repeating: "a", count: 255)),
            (String(repeating: "a", count: 256), String(repeating: "a", count: 256)),
        ])
    func projectPattern(name: String, encoded: String) async throws {
        let gateway = TestGateway(aws: [Upstream.describes("IN_PROGRESS")])
        let answer = await gateway.send("GET", "/projects/\(encoded)/conversions/conversion-1")
        let isTaken = try fits(name, "project")
        #expect(isTaken == (answer.status == 200))
    }

    private func fits(_ value: String, _ parameter: String) throws -> Bool {
        let schema = try #require(description.root["components"]?["parameters"]?[parameter]?["schema"])
        return try SchemaCheck(description: description).faults(of: .string(value), against: schema).isEmpty
    }

    private func strings(_ list: JSON?) throws -> [String] {
        try #require(list?.array).compactMap(\.string)
    }
}
