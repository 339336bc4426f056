import GatewayAPI
import GatewayAPITestSupport
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("CORS")
struct CORSTests {
    private static let app = "https://app.example.com"
    private static let local = "http://localhost:3000"

    /// Everything that the Fetch standard lets an answer say.
    private static let fields = [
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers", "Access-Control-Max-Age", "Access-Control-Expose-Headers",
        "Access-Control-Allow-Private-Network",
    ]

    /// What is no configured origin, though some of it looks like one.
    static let strangers: [HeaderFields] = [
        ["Origin": "https://evil.example"], ["Origin": "http://app.example.com"],
        ["Origin": "https://app.example.com:8443"], ["Origin": "https://app.example.com.evil.example"],
        ["Origin": "https://evil-app.example.com"], ["Origin": "https://app.example.com/"],
        ["Origin": "https://APP.example.com"], ["Origin": "https://app.example.com:443"],
        ["Origin": "http://localhost"], ["Origin": "null"], ["Origin": "*"], ["Origin": ""],
        ["Origin": "https://app.example.com http://localhost:3000"],
        ["Origin": "https://app.example.com, http://localhost:3000"],
        ["Origin": "https://app.example.com", "origin": "https://app.example.com"],
        ["Origin": "https://app.example.com", "ORIGIN": "https://evil.example"],
    ]

    @Test("an answer to a page of a configured origin names that origin, and what the page may read")
    func answer() async throws {
        for origin in [Self.app, Self.local] {
            let gateway = try Self.gateway(aws: [Upstream.cancelsConversion()])
            let answer = await gateway.send("DELETE", Upstream.conversion, headers: ["Origin": origin])
            #expect(answer.status == 202)
            #expect(answer.headers["Access-Control-Allow-Origin"] == [origin])
            #expect(
                answer.headers.list("Access-Control-Expose-Headers") == [
                    "Location", "Retry-After", "RateLimit", "RateLimit-Policy", "Preference-Applied", "X-Request-Id",
                ])
            #expect(answer.headers["Vary"] == ["Origin"])
            #expect(Self.names(answer) == ["Access-Control-Allow-Origin", "Access-Control-Expose-Headers"])
        }
    }

    @Test("an answer to another origin, to none or to several lets no page read it, and is otherwise the same")
    func strangers() async throws {
        for headers in Self.strangers + [[:]] {
            let answer = try await Self.gateway().send("GET", "/whoami", headers: headers)
            #expect(answer.status == 200)
            #expect(Self.names(answer).isEmpty, "\(headers)")
            #expect(answer.headers["Vary"] == ["Origin"])
        }
    }

    @Test("every answer to a page of a configured origin can be read there, errors too", arguments: Scenario.all)
    func everyAnswer(scenario: Scenario) async throws {
        var scenario = scenario
        scenario.headers.add("Origin", Self.app)
        let (_, answer) = await scenario.play(cors: try Self.policy())
        #expect(answer.status == scenario.status)
        #expect(answer.headers["Access-Control-Allow-Origin"] == [Self.app])
        #expect(answer.headers.contains("Access-Control-Expose-Headers"))
        #expect(answer.headers["Vary"] == ["Origin"])
    }

    @Test(
        "a preflight is told the methods of its path, and of all paths where there is no such path",
        arguments: [
            (Upstream.conversion, "DELETE, GET, HEAD"), (Upstream.transferJob, "DELETE, GET, HEAD"),
            ("/whoami", "GET, HEAD"), ("/problems/conflict", "GET, HEAD"), ("/livez", "GET, HEAD"),
            ("/nowhere", "DELETE, GET, HEAD"), ("/a%00", "DELETE, GET, HEAD"), ("*", "DELETE, GET, HEAD"),
        ])
    func methods(path: String, methods: String) async throws {
        let answer = try await Self.gateway().preflight(path, of: Self.app)
        #expect(answer.status == 204)
        #expect(answer.text.isEmpty)
        #expect(answer.headers["Access-Control-Allow-Methods"] == [methods])
    }

    @Test(
        "a preflight is told its origin, what may be sent, and for how long that holds",
        arguments: [
            (Duration.seconds(600), "600"), (.seconds(86_400), "86400"), (.milliseconds(1_999), "1"),
            (.milliseconds(1), "0"),
        ])
    func preflight(maxAge: Duration, seconds: String) async throws {
        let gateway = try Self.gateway(maxAge: maxAge)
        let answer = await gateway.preflight("/whoami", of: Self.local, headers: ["X-Request-Id": "mine"])
        #expect(answer.headers["Access-Control-Allow-Origin"] == [Self.local])
        #expect(
            answer.headers.list("Access-Control-Allow-Headers") == [
                "Authorization", "X-API-Key", "X-Request-Id", "Prefer", "X-Audit-Reason", "Idempotency-Key",
                "traceparent", "Content-Type",
            ])
        #expect(answer.headers["Access-Control-Max-Age"] == [seconds])
        #expect(
            answer.headers.list("Vary") == [
                "Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers",
            ])
        #expect(answer.headers["X-Request-Id"] == ["mine"])
        #expect(answer.headers["X-Content-Type-Options"] == ["nosniff"])
        #expect(
            Self.names(answer) == [
                "Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers",
                "Access-Control-Max-Age",
            ])
    }

    @Test("what a preflight asks for changes nothing of its answer, nor comes back in it")
    func fixedAnswer() async throws {
        let gateway = try Self.gateway()
        let plain = await gateway.preflight("/whoami", of: Self.app, headers: ["X-Request-Id": "same"])
        let asking = await gateway.preflight(
            "/whoami", of: Self.app, method: "PUT",
            headers: [
                "X-Request-Id": "same", "Access-Control-Request-Headers": "x-evil",
                "Access-Control-Request-Private-Network": "true",
            ])
        #expect(asking.status == 204)
        #expect(asking.headers == plain.headers)
    }

    @Test("a preflight of another origin, of none that counts or of several is answered without leave")
    func preflightOfStrangers() async throws {
        for headers in Self.strangers {
            let answer = try await Self.gateway().preflight(Upstream.transferJob, of: nil, headers: headers)
            #expect(answer.status == 204)
            #expect(answer.text.isEmpty)
            #expect(Self.names(answer).isEmpty, "\(headers)")
            #expect(answer.headers.list("Vary").first == "Origin")
        }
    }

    @Test("a preflight needs no key, counts against no limit and asks AWS nothing")
    func preflightIsFree() async throws {
        let gateway = try Self.gateway()
        for key in [nil, TestKey.unknown, .tight, .tight, .tight] {
            let answer = await gateway.preflight(Upstream.conversion, of: Self.app, key: key)
            #expect(answer.status == 204)
            #expect(!answer.headers.contains("RateLimit"))
        }
        #expect(await gateway.send("GET", "/whoami", key: .tight).headers.first("RateLimit")?.contains("r=1;") == true)
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test("a preflight has an access line with the path's route and no caller")
    func accessLine() async throws {
        let gateway = try Self.gateway()
        _ = await gateway.preflight(Upstream.conversion + "?target=default", of: Self.app)
        #expect(gateway.log.lines.count == 1)
        let line = try gateway.log.last
        #expect(line["log"] == "access")
        #expect(line["method"] == "OPTIONS")
        #expect(line["route"] == "/projects/{project}/conversions/{request}")
        #expect(line["status"] == 204)
        #expect(line["caller"] == .null)
        #expect(line["problem"] == nil)
    }

    @Test(
        "OPTIONS that is no preflight is answered as any other method that a path does not have",
        arguments: [
            ["Origin": app], ["Access-Control-Request-Method": "GET"], [:],
        ] as [HeaderFields])
    func plainOptions(headers: HeaderFields) async throws {
        let gateway = try Self.gateway()
        let known = await gateway.send("OPTIONS", "/whoami", headers: headers)
        #expect(known.status == 405)
        #expect(known.headers["Allow"] == ["GET, HEAD"])
        #expect(known.headers["Vary"] == ["Origin"])
        #expect(known.headers.contains("Access-Control-Allow-Origin") == headers.contains("Origin"))
        #expect(await gateway.send("OPTIONS", "/nowhere", headers: headers).status == 404)
        #expect(await gateway.send("OPTIONS", "/whoami", key: nil, headers: headers).status == 401)
    }

    @Test("another method with the fields of a preflight is none", arguments: ["GET", "POST", "options"])
    func otherMethods(method: String) async throws {
        let headers: HeaderFields = ["Origin": Self.app, "Access-Control-Request-Method": "DELETE"]
        let answer = try await Self.gateway().send(method, "/whoami", key: nil, headers: headers)
        #expect(answer.status == 401)
        #expect(answer.headers["Access-Control-Allow-Origin"] == [Self.app])
    }

    @Test("without configured origins no answer speaks of CORS, and a preflight is answered as before")
    func unconfigured() async throws {
        let gateway = TestGateway()
        let preflight = await gateway.preflight("/whoami", of: Self.app)
        #expect(preflight.status == 401)
        let known = await gateway.preflight("/whoami", of: Self.app, key: .full)
        #expect(known.status == 405)
        let plain = await gateway.send("GET", "/whoami", headers: ["Origin": Self.app])
        #expect(plain.status == 200)
        for answer in [preflight, known, plain] {
            #expect(Self.names(answer).isEmpty)
            #expect(!answer.headers.contains("Vary"))
        }
    }

    @Test("what the server refuses before there is a request speaks of no origin")
    func refusal() throws {
        let answer = try Self.gateway().refuse(.requestTimeout)
        #expect(Self.names(answer).isEmpty)
        #expect(!answer.headers.contains("Vary"))
    }

    private static func policy(maxAge: Duration = .seconds(600)) throws -> CORSPolicy {
        CORSPolicy(origins: try [app, local].map { try #require(Origin(text: $0)) }, maxAge: maxAge)
    }

    private static func gateway(
        aws: [StubTransport.Step] = [], maxAge: Duration = .seconds(600)
    ) throws -> TestGateway {
        TestGateway(aws: aws, cors: try policy(maxAge: maxAge))
    }

    /// The fields of CORS that an answer has.
    private static func names(_ answer: Answer) -> Set<String> { Set(fields.filter(answer.headers.contains)) }
}

extension TestGateway {
    /// Asks as a browser does before it sends a request that is not a simple one.
    fileprivate func preflight(
        _ path: String, of origin: String?, method: String = "DELETE", key: TestKey? = nil,
        headers: HeaderFields = [:]
    ) async -> Answer {
        var headers = headers
        if let origin { headers.add("Origin", origin) }
        headers.add("Access-Control-Request-Method", method)
        return await send("OPTIONS", path, key: key, headers: headers)
    }
}
