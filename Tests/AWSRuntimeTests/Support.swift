import AWSRuntime
import AWSServices
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Synchronization
import Testing

/// An operation that a test makes up.
struct SampleOperation: AWSOperation {
    struct Output: Decodable, Sendable, Equatable {
        let value: String
    }

    struct Unwritable: Error {}

    static let name = "SampleOperation"
    static let iamAction = "sample:Operate"

    var method = "POST"
    var path = "/"
    var body: [UInt8] = []
    var isUnwritable = false

    func content() throws -> AWSRequestContent {
        guard !isUnwritable else { throw Unwritable() }
        return AWSRequestContent(method: method, path: path, body: body)
    }

    static func decode(_ body: [UInt8]) throws -> Output {
        try JSONProtocols.decode(Output.self, from: body)
    }
}

/// A client of a made-up operation, its script, its clock and its quota.
struct SampleClient {
    let clock: ManualClock
    let transport: StubTransport
    let quota: RetryQuota
    let client: AWSClient

    init(
        _ script: [StubTransport.Step], service: AWSService = .databaseMigration, override: String? = nil,
        credentials: any CredentialsSource = StaticCredentialsProvider(.example),
        strategy: RetryStrategy = RetryStrategy(), quota: Int = 500, jitter: Double = 1,
        sendTakes duration: Duration = .zero
    ) throws {
        let clock = ManualClock()
        let resolver = EndpointResolver(region: "eu-west-1")
        let endpoint = try resolver.endpoint(
            for: service, override: override.map { .init(url: $0, source: "the test") })
        self.clock = clock
        self.transport = StubTransport(script) { clock.advance(by: duration) }
        self.quota = RetryQuota(capacity: quota)
        self.client = AWSClient(
            service: service, endpoint: endpoint, credentials: credentials, transport: transport,
            retries: AWSClientRetries(strategy: strategy, quota: self.quota), time: clock.time(jitter: jitter))
    }

    /// Calls the operation; by default the deadline is ten minutes away.
    func invoke(
        _ operation: SampleOperation = SampleOperation(), within: Duration = .seconds(600)
    ) async throws(AWSError) -> AWSAnswer<SampleOperation.Output> {
        try await client.invoke(operation, in: InvocationContext(deadline: .after(within, from: clock.now)))
    }

    /// Calls the operation and gives the error that it must end with.
    func failure(
        _ operation: SampleOperation = SampleOperation(), within: Duration = .seconds(600)
    ) async throws -> AWSError {
        try await #require(throws: AWSError.self) { _ = try await invoke(operation, within: within) }
    }
}

extension StubTransport.Step {
    /// A good answer of ``SampleOperation``.
    static let good = Self.json(200, #"{"value":"good"}"#, headers: [("x-amzn-RequestId", "good-request")])

    /// An error answer with a code.
    static func error(_ status: Int, _ code: String, headers: [(name: String, value: String)] = []) -> Self {
        .json(status, #"{"__type":"\#(code)","message":"of \#(code)"}"#, headers: headers)
    }
}

extension AWSError {
    /// The service's failure, where it is the reason.
    var serviceFailure: AWSServiceFailure? {
        if case .service(let failure) = reason { failure } else { nil }
    }
}

extension Credentials {
    /// The key pair of AWS's own documentation.
    static let example = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    /// The same with a session token.
    static let temporaryExample = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        sessionToken: "EXAMPLETOKEN")
}

/// Gives other credentials each time, and fails where there are none, or no more.
final class RotatingCredentials: CredentialsSource {
    private let remaining: Mutex<[Credentials?]>

    init(_ credentials: [Credentials?]) {
        remaining = Mutex(credentials)
    }

    func credentials(for caller: String?, by deadline: Deadline) async throws(CredentialsError) -> Credentials {
        let next = remaining.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let next else { throw .failed(provider: "rotating", reason: "none left") }
        return next
    }

    func invalidate(_ expired: Credentials, for caller: String?) -> Bool { false }
}

/// A directory of its own for one test; it is gone when the test is.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("jobgate-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            Issue.record("the directory of the test stays behind: \(error)")
        }
    }

    /// Writes a file and gives its path.
    func write(_ text: String, to name: String) throws -> String {
        let url = URL(fileURLWithPath: path).appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
        return url.path
    }
}

extension CredentialsProvider {
    /// What the provider gives, without where it comes from.
    func credentials() async throws(CredentialsError) -> Credentials {
        try await resolve(by: .after(.seconds(300))).credentials
    }
}

/// An STS that nobody reaches.
struct NoSecurityTokens: SecurityTokenService {
    func assumeRole(
        _ role: AssumedRole, signedWith credentials: Credentials, deadline: Deadline
    ) async throws(AWSError) -> Credentials {
        throw Self.unreachable("AssumeRole")
    }

    func assumeRoleWithWebIdentity(
        _ role: AssumedRole, token: String, deadline: Deadline
    ) async throws(AWSError) -> Credentials {
        throw Self.unreachable("AssumeRoleWithWebIdentity")
    }

    private static func unreachable(_ operation: String) -> AWSError {
        AWSError(
            reason: .transport(.connectFailed("nobody is there")), service: "sts", operation: operation,
            iamAction: "sts:\(operation)", attempts: 1)
    }
}
