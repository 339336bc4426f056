import AWSRuntime
import AuditLog
package import GatewayAPI
package import GatewayCore
package import GatewayTestSupport
package import HTTPServer
import Testing

/// One request that provokes one answer: between them they show every answer that the API itself can give.
package struct Scenario: Sendable, CustomTestStringConvertible {
    /// What the request meets.
    package var name: String
    /// The route's method.
    package var method: String
    /// The request's target.
    package var target: String
    /// The route's template; `nil` for a path or a method outside all routes.
    package var template: String?
    /// The key that is sent.
    package var key: TestKey? = .full
    /// What is sent besides.
    package var headers: HeaderFields = [:]
    /// What AWS answers.
    package var aws: [StubTransport.Step] = []
    /// How many requests the caller sent before.
    package var before = 0
    /// Whether the gateway has AWS credentials.
    package var hasCredentials = true
    /// Whether the gateway keeps an audit trail in a file.
    package var keepsTrail = false
    /// Whether the lines and rows of the audit trail can be written.
    package var canAudit = true
    /// Whether the gateway is shutting down.
    package var isDraining = false
    /// Where cancels are switched off.
    package var readOnly = ReadOnlyPolicy()
    /// The status that comes of it.
    package var status: Int
    /// The problem that comes of it; `nil` for a success.
    package var code: ProblemCode?

    package var testDescription: String { "\(method) \(target), \(name)" }

    /// Plays the scenario on a gateway of its own, with the CORS policy given.
    package func play(cors: CORSPolicy = CORSPolicy()) async -> (gateway: TestGateway, answer: Answer) {
        let credentials: any CredentialsSource =
            hasCredentials
            ? StaticCredentialsProvider(TestGateway.credentials) : CredentialsCache(CredentialsProviderChain([]))
        let folder = keepsTrail ? TrailFolder() : nil
        if !canAudit { await folder?.trail.close() }
        let gateway = TestGateway(
            aws: aws, isDraining: isDraining, credentials: credentials, cors: cors, readOnly: readOnly,
            trail: folder?.trail, takesLines: canAudit)
        defer { folder?.remove() }
        for _ in 0..<before { _ = await gateway.send("GET", "/whoami", key: key) }
        return (gateway, await gateway.send(method, target, key: key, headers: headers))
    }
}

extension Scenario {
    /// Every scenario of every route, and those outside all routes.
    package static let all: [Scenario] = Routes.all.flatMap(of) + outside

    private static func of(_ route: Route) -> [Scenario] {
        let target = target(of: route)
        func scenario(_ name: String, _ status: Int, _ code: ProblemCode?) -> Scenario {
            Scenario(
                name: name, method: route.method, target: target, template: route.template, status: status, code: code)
        }
        var inQuery = scenario("a credential in the query", 400, .invalidRequest)
        inQuery.target += "?token=x"
        guard route.access != .everyone else {
            return [inQuery, scenario("without a key", 200, nil).with { $0.key = nil }] + ofPublic(route, scenario)
        }
        var scenarios = [
            inQuery,
            scenario("without a key", 401, .unauthenticated).with { $0.key = nil },
            scenario("with an unknown key", 401, .invalidCredential).with { $0.key = .unknown },
            scenario("with a spent limit", 429, .rateLimited).with {
                $0.key = .tight
                $0.before = 2
            },
            scenario("with a token that cannot be checked", 503, .upstreamUnavailable).with {
                $0.key = nil
                $0.headers = ["Authorization": "Bearer \(IssuerWithoutKeys.token)"]
            },
        ]
        if case .scope(let scope) = route.access {
            scenarios.append(scenario("without the scope", 403, .insufficientScope).with { $0.key = .without(scope) })
        }
        switch route.action {
        case .readConversion: return scenarios + ofRead(.conversion, scenario)
        case .readTransferJob: return scenarios + ofRead(.transfer, scenario)
        case .cancelConversion: return scenarios + ofCancel(.conversion, scenario)
        case .cancelTransferJob: return scenarios + ofCancel(.transfer, scenario)
        case .auditTrail:
            return scenarios + [
                scenario("of a gateway that keeps none", 404, .noSuchRoute),
                scenario("of a gateway that keeps one", 200, nil).with { $0.keepsTrail = true },
                scenario("that cannot be read", 503, .auditUnavailable).with {
                    $0.keepsTrail = true
                    $0.canAudit = false
                },
                scenario("with an unknown parameter", 400, .invalidRequest).with { $0.target += "?sort=asc" },
            ]
        default: return scenarios + [scenario("with a key", 200, nil)]
        }
    }

    private typealias Make = (_ name: String, _ status: Int, _ code: ProblemCode?) -> Scenario

    private static func ofPublic(_ route: Route, _ scenario: Make) -> [Scenario] {
        switch route.action {
        case .problemPage:
            [scenario("of a code that there is not", 404, .noSuchRoute).with { $0.target = "/problems/none" }]
        case .ready: [scenario("while shutting down", 503, .draining).with { $0.isDraining = true }]
        default: []
        }
    }

    private static func ofRead(_ kind: JobKind, _ scenario: Make) -> [Scenario] {
        [
            scenario("of a running job", 200, nil).with { $0.aws = [kind.reads(.running)] },
            scenario("with a wait", 200, nil).with {
                $0.aws = [kind.reads(.running), kind.reads(.succeeded)]
                $0.headers = ["Prefer": "wait=5"]
            },
        ] + ofJob(kind, scenario)
    }

    private static func ofCancel(_ kind: JobKind, _ scenario: Make) -> [Scenario] {
        [
            scenario("of a running job", 202, nil).with { $0.aws = [kind.cancels()] },
            scenario("of a running job, with a wait", 200, nil).with {
                $0.aws = [kind.cancels(), kind.reads(.cancelled)]
                $0.headers = ["Prefer": "wait=5"]
            },
            scenario("with a reason that is too long", 400, .invalidRequest).with {
                $0.headers = ["X-Audit-Reason": String(repeating: "x", count: 257)]
            },
            scenario("that the audit trail cannot take", 503, .auditUnavailable).with { $0.canAudit = false },
            scenario("as a dry run", 200, nil).with {
                $0.aws = [kind.reads(.running)]
                $0.target += "?dryRun=true"
            },
            scenario("while cancels are switched off", 503, .readOnly).with {
                $0.readOnly.gatewayMessage = "Quarter-end."
            },
            scenario("as a dry run while cancels are switched off", 200, nil).with {
                $0.aws = [kind.reads(.running)]
                $0.target += "?dryRun=true"
                $0.readOnly.gatewayMessage = "Quarter-end."
            },
            scenario("of a job that had ended", 409, .alreadyFinished).with {
                $0.aws = [kind.refusesCancel, kind.reads(.succeeded)]
            },
            scenario("that AWS refuses", 409, .conflict).with {
                $0.aws = [kind.refusesCancel, kind.reads(.running)]
            },
        ] + ofJob(kind, scenario)
    }

    private static func ofJob(_ kind: JobKind, _ scenario: Make) -> [Scenario] {
        let failures: [(String, StubTransport.Step, Int, ProblemCode)] = [
            ("AWS knows no such job", kind.knowsNoSuchJob, 404, .jobNotFound),
            ("AWS finds the identifier not valid", Upstream.fails("ValidationException"), 400, .invalidRequest),
            ("AWS denies the gateway", Upstream.fails("AccessDeniedException", 403), 502, .upstreamDenied),
            ("AWS answers with HTML", Upstream.answer(200, "<html>"), 502, .upstreamInvalidResponse),
            ("AWS fails", Upstream.fails("InternalServerException", 500), 502, .upstreamError),
            ("AWS throttles", Upstream.fails("ThrottlingException", 429), 503, .upstreamThrottled),
            ("AWS is not there", .failure(.connectFailed("refused")), 503, .upstreamUnavailable),
            ("AWS is silent", .failure(.timedOut), 504, .upstreamTimeout),
        ]
        let query = scenario("with an unknown parameter", 400, .invalidRequest)
        return failures.map { name, step, status, code in
            scenario(name, status, code).with { $0.aws = [step, step, step] }
        } + [
            query.with { $0.target += "?dryrun=true" },
            scenario("of another target", 404, .jobNotFound).with { $0.target += "?target=other" },
            scenario("of a target that the key may not use", 403, .resourceNotAllowed).with { $0.key = .confined },
            scenario("of a job that the key may not use", 403, .resourceNotAllowed).with { $0.key = .seller },
            scenario("without AWS credentials", 503, .upstreamUnavailable).with { $0.hasCredentials = false },
        ]
    }

    /// A path and a method that no route has: answered alike for all of them.
    private static let outside: [Scenario] = [
        Scenario(name: "an unknown path", method: "GET", target: "/nowhere", status: 404, code: .noSuchRoute),
        Scenario(name: "an unknown method", method: "POST", target: "/whoami", status: 405, code: .methodNotAllowed),
        Scenario(name: "an unreadable path", method: "GET", target: "/a%00", status: 400, code: .invalidRequest),
        Scenario(
            name: "without a key", method: "GET", target: "/nowhere", key: nil, status: 401, code: .unauthenticated),
        Scenario(
            name: "with an unknown key", method: "GET", target: "/nowhere", key: .unknown, status: 401,
            code: .invalidCredential),
        Scenario(
            name: "with a spent limit", method: "GET", target: "/nowhere", key: .tight, before: 2, status: 429,
            code: .rateLimited),
        Scenario(
            name: "with a token that cannot be checked", method: "GET", target: "/nowhere", key: nil,
            headers: ["Authorization": "Bearer \(IssuerWithoutKeys.token)"], status: 503, code: .upstreamUnavailable),
    ]

    private static func target(of route: Route) -> String {
        route.template.replacing("{project}", with: "orders").replacing("{request}", with: "conversion-1")
            .replacing("{id}", with: "transfer-1").replacing("{code}", with: "conflict")
    }

    private func with(_ change: (inout Scenario) -> Void) -> Scenario {
        var scenario = self
        change(&scenario)
        return scenario
    }
}
