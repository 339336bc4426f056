package import AWSRuntime
import AWSServices
package import AuditLog
package import Authentication
package import Foundation
package import GatewayAPI
package import GatewayCore
package import GatewayTestSupport
package import HTTPServer
package import Jobs
import Logging
import Observability
package import RateLimiting
package import SigV4
import Synchronization

/// A whole gateway in memory, on an AWS that answers from a script: requests go in as values, answers come out.
package struct TestGateway {
    /// The AWS that answers from a script and keeps what it was asked.
    package let aws: StubTransport
    /// Every line that was logged.
    package let log = LogRecorder()
    /// Every line of the audit trail.
    package let auditLog = LogRecorder()
    /// The clock of jobs, limits and retries; waiting moves it and takes no time.
    package let clock = ManualClock()
    private let api: GatewayAPI

    /// What the gateway signs with; none of the secret parts may ever leave it.
    package static let credentials = Credentials(
        accessKeyID: "AKIDGATEWAY", secretAccessKey: "aws-secret-access-key", sessionToken: "aws-session-token")

    /// Puts a gateway together.
    ///
    /// - Parameters:
    ///   - script: What AWS answers, in order.
    ///   - targets: The configured targets, each in a region that AWS has; one called `default` when left out.
    ///   - hasTwinMaker: Whether the regions have IoT TwinMaker.
    ///   - isDraining: Whether the program is shutting down.
    ///   - credentials: Where the AWS credentials come from.
    ///   - cors: Which pages may read the answers in a browser.
    ///   - readOnly: Where cancels are switched off.
    ///   - limiter: What counts requests; the memory, by ``clock``, when left out.
    ///   - trail: The file of the audit trail; `nil` for none.
    ///   - auditSettings: How the audit trail is kept.
    ///   - takesLines: Whether the log takes the lines of the audit trail.
    ///   - onSend: Called at each request to AWS.
    ///   - onAudit: Called with each line of the audit trail.
    ///   - change: Changes the rules for callers.
    package init(
        aws script: [StubTransport.Step] = [],
        targets: [Target] = [Target(name: "default", region: "eu-west-1")], hasTwinMaker: Bool = true,
        isDraining: Bool = false, credentials: any CredentialsSource = StaticCredentialsProvider(Self.credentials),
        cors: CORSPolicy = CORSPolicy(), readOnly: ReadOnlyPolicy = ReadOnlyPolicy(),
        limiter: (any RateLimiter)? = nil, trail: SQLiteAuditLog? = nil,
        auditSettings: AuditTrail.Settings = AuditTrail.Settings(), takesLines: Bool = true,
        onSend: @escaping @Sendable () -> Void = {}, onAudit: @escaping @Sendable ([UInt8]) -> Void = { _ in },
        change: (inout RequestPolicy) -> Void = { _ in }
    ) {
        let clock = clock
        let aws = StubTransport(script, onSend: onSend)
        self.aws = aws
        let table = TargetTable(
            targets.map {
                Self.jobs(
                    of: $0, hasTwinMaker: hasTwinMaker, credentials: credentials, transport: aws, clock: clock)
            })
        let jobClock = JobClock(
            now: { clock.now },
            sleep: { duration in
                clock.sleep(duration)
                return true
            })
        let service = JobService(targets: table, timeout: .seconds(20), clock: jobClock)
        let origin = clock.now
        let now: @Sendable () -> Int64 = { Int64(origin.duration(to: clock.now) / .nanoseconds(1)) }
        var rules = RequestPolicy(
            authenticators: AuthenticatorChain([
                APIKeyAuthenticator(TestKey.known.map(\.record)), IssuerWithoutKeys(),
            ]),
            limits: [Self.defaultLimit, Self.tightLimit], defaultLimit: Self.defaultLimit,
            targetNames: targets.map(\.name), cors: cors)
        rules.readOnly = readOnly
        change(&rules)
        let policy = rules
        let write = log.write
        let writeAudit = auditLog.write
        let audit = AuditTrail(
            file: trail, settings: auditSettings,
            write: { line in
                if takesLines { writeAudit(line) }
                onAudit(line)
                return takesLines
            }, notify: { _ in })
        api = GatewayAPI(
            jobs: JobController(service: service), limiter: limiter ?? InMemoryRateLimiter(now: now),
            failures: FailedAuthenticationLimiter(InMemoryRateLimiter(now: now)), audit: audit, policy: { policy },
            openAPIJSON: Array("{}".utf8),
            logger: Logger(label: "test") { _ in JSONLogHandler(level: .trace, write: write) },
            isDraining: { isDraining })
    }

    private static func jobs(
        of target: Target, hasTwinMaker: Bool, credentials: any CredentialsSource, transport: StubTransport,
        clock: ManualClock
    ) -> TargetJobs {
        func client(_ service: AWSService) -> AWSClient {
            let resolver = EndpointResolver(region: target.region)
            guard let endpoint = try? resolver.endpoint(for: service, override: nil) else {
                preconditionFailure("\(service.signingName) is in \(target.region)")
            }
            let time = AWSClientTime(
                date: { clock.date }, now: { .now }, sleep: { clock.sleep($0) }, jitter: { 0 })
            return AWSClient(
                service: service, endpoint: endpoint, credentials: credentials, transport: transport, time: time)
        }
        let conversions = ConversionSource(
            client: DatabaseMigrationClient(client: client(.databaseMigration)), target: target,
            now: { clock.date })
        let transferJobs = TransferJobSource(
            client: TwinMakerClient(client: client(.twinMaker)), target: target, now: { clock.date })
        return TargetJobs(
            target: target, conversions: conversions, transferJobs: hasTwinMaker ? transferJobs : nil)
    }

    /// Sends a request with a key, or with none, from an address.
    package func send(
        _ method: String, _ target: String, key: TestKey? = .full, headers: HeaderFields = [:],
        from address: String? = "127.0.0.1"
    ) async -> Answer {
        var headers = headers
        if let key { headers.add("Authorization", "Bearer \(key.text)") }
        let request = Request(method: method, target: target, headers: headers, remoteAddress: address)
        return Answer(await api.respond(to: request))
    }

    /// Answers what the server refuses by itself.
    package func refuse(_ refusal: Refusal) -> Answer {
        Answer(api.refuse(refusal, remoteAddress: "192.0.2.7"))
    }

    private static let defaultLimit = limit("default", quota: 60)
    private static let tightLimit = limit("tight", quota: 2)

    private static func limit(_ name: String, quota: Int) -> RateLimit {
        guard let limit = RateLimit(name: name, quota: quota, window: .seconds(60)) else {
            preconditionFailure("\(name) is no limit")
        }
        return limit
    }
}

/// A key that a test gateway knows, or does not.
package struct TestKey: Sendable {
    /// The whole key.
    package let text: String
    /// What the gateway keeps of it.
    package let record: APIKeyRecord

    /// Makes a key of an identifier of eight characters.
    package init(
        _ id: String, scopes: Set<Scope> = Set(Scope.allCases), limit: String? = nil,
        allowList: AllowList = AllowList(), expiresAt: Date? = nil, revokedAt: Date? = nil
    ) {
        text = "jg_\(id)_" + String(repeating: "s3cR-t_", count: 6) + "x"
        guard let key = APIKey(text) else { preconditionFailure("\(text) has not a key's shape") }
        record = APIKeyRecord(
            id: id, name: "key \(id)", digest: key.digest, scopes: scopes, limitName: limit, allowList: allowList,
            expiresAt: expiresAt, revokedAt: revokedAt)
    }

    /// Every scope, the default limit.
    package static let full = TestKey("full0001")
    /// Every scope, two requests a minute.
    package static let tight = TestKey("tight001", limit: "tight")
    /// Every scope, a limit that is not configured.
    package static let mislimited = TestKey("mislimit", limit: "nowhere")
    /// Every scope, in the target `prod-eu` alone.
    package static let confined = TestKey(
        "confined", allowList: AllowList(targets: AccessRule(allowed: globs("prod-eu"))))
    /// Every scope, in the targets `prod-eu` and `prod-us`, and in one that is not configured.
    package static let paired = TestKey(
        "paired01", allowList: AllowList(targets: AccessRule(allowed: globs("prod-us", "prod-eu", "gone"))))
    /// Every scope, in the targets that begin with `prod-`, `prod-us` left out.
    package static let european = TestKey(
        "european", allowList: AllowList(targets: AccessRule(allowed: globs("prod-*"), denied: globs("prod-us"))))
    /// Every scope, in the projects that begin with `sales-` and the jobs that begin with `factory-`, but for one each.
    package static let seller = TestKey(
        "seller01",
        allowList: AllowList(
            projects: AccessRule(allowed: globs("sales-*"), denied: globs("sales-secret")),
            transferJobs: AccessRule(allowed: globs("factory-*"), denied: globs("factory-secret"))))
    /// Every scope, in every project but the one with this ARN.
    package static let barred = TestKey(
        "barred01", allowList: AllowList(projects: AccessRule(denied: globs("arn:*:migration-project:SECRET"))))
    /// Its time is over.
    package static let expired = TestKey("expired1", expiresAt: Date(timeIntervalSince1970: 1_000_000_000))
    /// It was revoked.
    package static let revoked = TestKey("revoked1", revokedAt: Date(timeIntervalSince1970: 1_000_000_000))
    /// Right in shape, in no file.
    package static let unknown = TestKey("unknown1")

    /// A key with one scope alone.
    package static func only(_ scope: Scope) -> TestKey { TestKey(name(of: scope, "o"), scopes: [scope]) }

    /// A key with every scope but one.
    package static func without(_ scope: Scope) -> TestKey {
        TestKey(name(of: scope, "w"), scopes: Set(Scope.allCases).subtracting([scope]))
    }

    /// The keys that a test gateway knows.
    package static let known =
        [full, tight, mislimited, confined, paired, european, seller, barred, expired, revoked]
        + Scope.allCases.map(only)
        + Scope.allCases.map(without)

    private static func globs(_ patterns: String...) -> [Glob] { patterns.compactMap(Glob.init) }

    private static func name(of scope: Scope, _ prefix: String) -> String {
        "\(prefix)scope0\(Scope.allCases.firstIndex(of: scope) ?? 9)"
    }
}

/// What came back for a request.
package struct Answer: Sendable {
    /// The status code.
    package let status: Int
    /// The header fields.
    package let headers: HeaderFields
    /// The body as text.
    package let text: String

    /// Reads a response.
    package init(_ response: Response) {
        status = response.status.code
        headers = response.headers
        text = String(decoding: response.body, as: UTF8.self)
    }

    /// The body as JSON.
    package var json: JSON {
        get throws { try JSON(text: text) }
    }

    /// The member `code` of a problem; `nil` for what is none.
    package var code: String? { (try? json)?["code"]?.string }
}

/// Keeps every line that is logged.
package final class LogRecorder: Sendable {
    private let kept = Mutex<[String]>([])

    /// Has kept nothing yet.
    package init() {}

    /// Takes one line.
    package var write: @Sendable ([UInt8]) -> Void {
        { [self] line in kept.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    }

    /// Every line so far.
    package var lines: [String] { kept.withLock { $0 } }

    /// Every line so far, as JSON.
    package var documents: [JSON] {
        get throws { try lines.map(JSON.init(text:)) }
    }

    /// The newest line as JSON.
    package var last: JSON {
        get throws { try JSON(text: lines.last ?? "null") }
    }
}
