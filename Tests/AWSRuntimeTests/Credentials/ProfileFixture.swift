import AWSRuntime
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Synchronization
import Testing

/// AWS's files in a directory of their own, a scripted STS and a scripted network.
struct ProfileFixture {
    let directory: TemporaryDirectory
    let clock = ManualClock()
    let securityTokens: ScriptedSecurityTokens
    let transport: StubTransport

    init(_ answers: [ScriptedSecurityTokens.Answer] = [], network: [StubTransport.Step] = []) throws {
        directory = try TemporaryDirectory()
        securityTokens = ScriptedSecurityTokens(answers)
        transport = StubTransport(network)
    }

    /// What the providers work with; the files are written as given.
    func context(
        config: String = "", credentials: String = "", environment: [String: String] = [:], profile: String? = nil
    ) throws -> CredentialsContext {
        var environment = environment
        environment["HOME"] = directory.path
        environment["AWS_CONFIG_FILE"] = try directory.write(config, to: "config")
        environment["AWS_SHARED_CREDENTIALS_FILE"] = try directory.write(credentials, to: "credentials")
        environment["AWS_EC2_METADATA_DISABLED"] = "true"
        return CredentialsContext(
            settings: try AWSSettings(environment: environment, profile: profile), transport: transport,
            securityTokens: securityTokens, time: clock.time())
    }

    /// Fetches with a deadline that no test reaches.
    func resolve(_ provider: some CredentialsProvider) async throws(CredentialsError) -> ResolvedCredentials {
        try await provider.resolve(by: .after(.seconds(600), from: clock.now))
    }

    /// The reason with which a provider fails; it must not decline.
    func failure(
        _ provider: some CredentialsProvider, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let error = try await #require(throws: CredentialsError.self, sourceLocation: sourceLocation) {
            _ = try await resolve(provider)
        }
        guard case .failed(_, let reason) = error else {
            Issue.record("the provider declined: \(error)", sourceLocation: sourceLocation)
            return ""
        }
        return reason
    }
}

/// An STS that answers from a script and keeps what it was asked.
final class ScriptedSecurityTokens: SecurityTokenService {
    typealias Answer = Result<Credentials, AWSError>

    /// One question.
    struct Call: Sendable, Equatable {
        var role: AssumedRole
        /// The access key id that signed it.
        var signer: String?
        /// The web identity token.
        var token: String?
    }

    private let state: Mutex<(answers: [Answer], calls: [Call])>

    init(_ answers: [Answer]) {
        state = Mutex((answers, []))
    }

    var calls: [Call] { state.withLock { $0.calls } }

    func assumeRole(
        _ role: AssumedRole, signedWith credentials: Credentials, deadline: Deadline
    ) async throws(AWSError) -> Credentials {
        try next(Call(role: role, signer: credentials.accessKeyID)).get()
    }

    func assumeRoleWithWebIdentity(
        _ role: AssumedRole, token: String, deadline: Deadline
    ) async throws(AWSError) -> Credentials {
        try next(Call(role: role, token: token)).get()
    }

    private func next(_ call: Call) -> Answer {
        state.withLock { state in
            state.calls.append(call)
            guard state.answers.isEmpty else { return state.answers.removeFirst() }
            return .failure(.securityTokens(code: "", message: "the script is over"))
        }
    }
}

extension AWSError {
    /// A refusal of STS.
    static func securityTokens(code: String, message: String? = nil, status: Int = 400) -> AWSError {
        AWSError(
            reason: .service(AWSServiceFailure(code: code, message: message, httpStatus: status)), service: "sts",
            operation: "AssumeRole", iamAction: "sts:AssumeRole", attempts: 1)
    }
}

extension Credentials {
    /// Temporary credentials that are told apart by a number; they end an hour after the manual clock's beginning.
    static func numbered(_ number: Int) -> Credentials {
        Credentials(
            accessKeyID: "AKIDROLE\(number)", secretAccessKey: "secret-of-role-\(number)",
            sessionToken: "token-of-role-\(number)", expiration: Date(timeIntervalSince1970: 1_795_255_200))
    }
}
