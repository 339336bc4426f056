import Foundation
import GatewayAPI
import GatewayAPITestSupport
import HTTPServer
import Testing

@Suite("The admin listener")
struct AdminAPITests {
    private static let paths = ["/livez", "/readyz", "/healthz"]

    @Test("lives, whatever else is the matter", arguments: [false, true])
    func live(isDraining: Bool) async throws {
        let answer = await answer("GET", "/livez", isDraining: isDraining)
        #expect(answer.status == 200)
        #expect(answer.text == #"{"status":"ok"}"#)
        #expect(answer.headers.first("content-type") == "application/json")
        #expect(answer.headers.first("cache-control") == "no-store")
    }

    @Test("is ready until it drains", arguments: ["/readyz", "/healthz"])
    func ready(path: String) async throws {
        #expect(await answer("GET", path).status == 200)
        let draining = await answer("GET", path, isDraining: true)
        #expect(draining.status == 503)
        #expect(draining.code == "draining")
        #expect(draining.headers.first("retry-after") == "1")
        #expect(draining.headers.first("content-type") == "application/problem+json")
    }

    @Test("tells how every target stands, with null for what is not known")
    func health() async throws {
        let answer = await answer("GET", "/healthz")
        #expect(answer.headers.first("content-type") == "application/json")
        #expect(answer.headers.first("cache-control") == "no-store")
        let expected = #"""
            {"status":"warn",
             "configuration":{"state":"ok","adoptedAt":"2026-11-18T11:06:40.000Z","problems":[]},
             "limiter":{"store":"memory","state":"ok","error":null},
             "audit":{"state":"ok","newest":4711,"unwritten":0,"error":null},"readOnly":null,"targets":[
              {"name":"prod-eu","region":"eu-central-1","account":"123456789012","readOnly":null,
               "credentials":{"state":"ok","source":"role arn:aws:iam::123456789012:role/jobgate",
                              "expiresAt":"2026-11-21T10:00:00.000Z","error":null},
               "services":[{"service":"dms","circuit":"closed","budget":{"available":199,"waiting":3}},
                           {"service":"iottwinmaker","circuit":"half-open","budget":null}]},
              {"name":"prod-us","region":"us-east-1","account":null,"readOnly":null,
               "credentials":{"state":"none","source":null,"expiresAt":null,"error":"environment: a \"half\" pair"},
               "services":[]}]}
            """#
        #expect(try answer.json == JSON(text: expected))
    }

    @Test("writes its members in the order of its description")
    func order() async {
        let text = await answer("GET", "/healthz").text
        let members = text.split(separator: "\"").filter { $0 == "status" || $0 == "targets" || $0 == "services" }
        #expect(members == ["status", "targets", "services", "services"])
        #expect(text.hasPrefix(#"{"status":"warn","configuration":{"state":"ok","adoptedAt":"2026-11-18T"#))
        #expect(text.contains(#","targets":[{"name":"prod-eu","region":"eu-central-1","account":"#))
    }

    @Test(
        "warns of credentials that are none or too old, and of a circuit that is not closed",
        arguments: [
            ("ok", "closed", "ok"), ("expired", "closed", "warn"), ("none", "closed", "warn"), ("ok", "open", "warn"),
            ("ok", "half-open", "warn"),
        ])
    func status(credentials: String, circuit: String, status: String) async throws {
        let target = HealthReport.Target(
            name: "default", region: "eu-west-1", account: nil,
            credentials: .init(state: credentials, source: nil, expiresAt: nil, error: nil),
            services: [
                .init(service: "dms", circuit: "closed", budget: nil),
                .init(service: "iottwinmaker", circuit: circuit, budget: nil),
            ])
        let report = HealthReport(configuration: Self.adopted, targets: [target])
        let api = AdminAPI(isDraining: { false }, report: { report })
        let answer = Answer(await api.respond(to: Request(method: "GET", target: "/healthz")))
        #expect(try answer.json["status"] == .string(status))
        #expect(answer.status == 200, "a gateway whose AWS is ill can still tell so")
    }

    @Test("warns of files that say something else than what is in force, and says what is wrong with them")
    func configuration() async throws {
        let configuration = HealthReport.Configuration(
            adoptedAt: Self.adopted.adoptedAt, problems: ["jobgate.yaml:3: `limits` is a list"])
        let report = HealthReport(configuration: configuration, targets: [])
        let api = AdminAPI(isDraining: { false }, report: { report })
        let answer = Answer(await api.respond(to: Request(method: "GET", target: "/healthz")))
        let expected = #"""
            {"status":"warn","configuration":{"state":"rejected","adoptedAt":"2026-11-18T11:06:40.000Z",
             "problems":["jobgate.yaml:3: `limits` is a list"]},
             "limiter":{"store":"memory","state":"ok","error":null},
             "audit":{"state":"off","newest":null,"unwritten":0,"error":null},"readOnly":null,"targets":[]}
            """#
        #expect(try answer.json == JSON(text: expected))
    }

    @Test(
        "tells where cancels are switched off, and takes it for no illness",
        arguments: [
            (ReadOnlyPolicy(gatewayMessage: "All."), "\"All.\"", ["All.", "All."]),
            (ReadOnlyPolicy(targetMessages: ["two": "Two."]), "null", [nil, "Two."]),
        ] as [(ReadOnlyPolicy, String, [String?])])
    func readOnly(policy: ReadOnlyPolicy, gateway: String, targets: [String?]) async throws {
        var report = HealthReport(
            configuration: Self.adopted,
            targets: ["one", "two"].map { name in
                .init(
                    name: name, region: "eu-west-1", account: nil,
                    credentials: .init(state: "ok", source: nil, expiresAt: nil, error: nil), services: [])
            })
        report.readOnly = policy
        let api = AdminAPI(isDraining: { false }, report: { [report] in report })
        let answer = try Answer(await api.respond(to: Request(method: "GET", target: "/healthz"))).json
        #expect(answer["status"] == "ok")
        #expect(try answer["readOnly"] == JSON(text: gateway))
        let messages = answer["targets"]?.array?.map { $0["readOnly"] ?? "missing" }
        #expect(messages == targets.map { $0.map { .string($0) } ?? .null })
    }

    @Test(
        "tells how the keys of issuers stand, and warns of those that are old or not there",
        arguments: [("ok", "ok"), ("stale", "warn"), ("none", "warn")])
    func issuers(state: String, status: String) async throws {
        var report = HealthReport(configuration: Self.adopted, targets: [])
        report.issuers = [
            .init(name: "corp", state: "ok", keys: 2, error: nil),
            .init(name: "partner", state: state, keys: 1, error: "no answer in time"),
        ]
        let api = AdminAPI(isDraining: { false }, report: { [report] in report })
        let answer = Answer(await api.respond(to: Request(method: "GET", target: "/healthz")))
        #expect(try answer.json["status"] == .string(status))
        let expected = #"""
            [{"name":"corp","state":"ok","keys":2,"error":null},
             {"name":"partner","state":"\#(state)","keys":1,"error":"no answer in time"}]
            """#
        #expect(try answer.json["issuers"] == JSON(text: expected))
    }

    @Test("warns of a store that does not count, and says why")
    func limiter() async throws {
        let report = HealthReport(
            configuration: Self.adopted, targets: [], limiter: .init(store: "redis", error: "it answers OOM"))
        let api = AdminAPI(isDraining: { false }, report: { report })
        let answer = try Answer(await api.respond(to: Request(method: "GET", target: "/healthz"))).json
        #expect(answer["status"] == "warn")
        #expect(try answer["limiter"] == JSON(text: #"{"store":"redis","state":"down","error":"it answers OOM"}"#))
    }

    @Test(
        "warns of an audit trail that cannot be written, and of none that is kept",
        arguments: [("ok", "ok"), ("off", "ok"), ("failing", "warn")])
    func audit(state: String, status: String) async throws {
        let report = HealthReport(configuration: Self.adopted, targets: []).with { $0.audit = .init(state: state) }
        let api = AdminAPI(isDraining: { false }, report: { report })
        let answer = Answer(await api.respond(to: Request(method: "GET", target: "/healthz")))
        #expect(try answer.json["status"] == .string(status))
        #expect(try answer.json["audit"]?["state"] == .string(state))
    }

    @Test("answers HEAD as GET", arguments: paths)
    func head(path: String) async {
        let get = await answer("GET", path)
        let head = await answer("HEAD", path)
        #expect(head.status == 200)
        #expect(head.headers == get.headers)
        #expect(head.text == get.text)
    }

    @Test("does not mind a query")
    func query() async {
        #expect(await answer("GET", "/readyz?verbose").status == 200)
    }

    @Test("takes no other method", arguments: paths, ["POST", "DELETE", "OPTIONS"])
    func method(path: String, method: String) async {
        let answer = await answer(method, path)
        #expect(answer.status == 405)
        #expect(answer.code == "method-not-allowed")
        #expect(answer.headers.first("allow") == "GET, HEAD")
    }

    @Test(
        "has nothing else",
        arguments: ["/", "/livez/", "/metrics", "/whoami", "/transfer-jobs/transfer-1", "//readyz"])
    func notFound(path: String) async throws {
        for method in ["GET", "POST"] {
            let answer = await answer(method, path)
            #expect(answer.status == 404)
            #expect(answer.code == "no-such-route")
            #expect(try answer.json["instance"] == .string(path))
        }
    }

    @Test("tells what the server refuses by itself as a problem, with an id of its own")
    func refusal() throws {
        let api = AdminAPI(isDraining: { false }, report: { HealthReport(configuration: Self.adopted, targets: []) })
        let answers = [Answer(api.refuse(.headerTimeout)), Answer(api.refuse(.headerTimeout))]
        #expect(answers.map(\.status) == [408, 408])
        #expect(answers.map(\.code) == ["request-timeout", "request-timeout"])
        let ids = try answers.map { try #require($0.json["requestId"]?.string) }
        #expect(Set(ids).count == 2)
        #expect(try answers[0].json["instance"] == .string("urn:uuid:\(ids[0])"))
    }

    private func answer(_ method: String, _ target: String, isDraining: Bool = false) async -> Answer {
        let api = AdminAPI(isDraining: { isDraining }, report: { Self.report })
        return Answer(await api.respond(to: Request(method: method, target: target)))
    }

    private static let adopted = HealthReport.Configuration(
        adoptedAt: Date(timeIntervalSince1970: 1_795_000_000), problems: [])

    private static let report = HealthReport(
        configuration: adopted,
        targets: [
            .init(
                name: "prod-eu", region: "eu-central-1", account: "123456789012",
                credentials: .init(
                    state: "ok", source: "role arn:aws:iam::123456789012:role/jobgate",
                    expiresAt: Date(timeIntervalSince1970: 1_795_255_200), error: nil),
                services: [
                    .init(service: "dms", circuit: "closed", budget: .init(available: 199, waiting: 3)),
                    .init(service: "iottwinmaker", circuit: "half-open", budget: nil),
                ]),
            .init(
                name: "prod-us", region: "us-east-1", account: nil,
                credentials: .init(state: "none", source: nil, expiresAt: nil, error: "environment: a \"half\" pair"),
                services: []),
        ]
    ).with { $0.audit = .init(state: "ok", newest: 4711) }
}

extension HealthReport {
    fileprivate func with(_ change: (inout HealthReport) -> Void) -> HealthReport {
        var report = self
        change(&report)
        return report
    }
}
