import AWSRuntime
import AWSServices
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Testing

@Suite("Credential cases")
struct CredentialCaseTests {
    @Test("the providers make of each case what it expects", arguments: try CredentialCase.all())
    func plays(credentialCase: CredentialCase) async throws {
        let stage = try CaseStage(credentialCase)
        try await stage.play(credentialCase.expected.first)
        if let then = credentialCase.expected.then {
            try credentialCase.layOut("fs2", in: stage.directory)
            try await stage.play(then)
        }
        #expect(stage.network.violations == [])
        #expect(stage.network.unplayed == [])
    }
}

/// Where a case is played: its files in a directory of their own, its network, and a clock that stands still.
private struct CaseStage {
    let directory: TemporaryDirectory
    let network: ScriptedNetwork
    private let setting: CredentialCase.Setting
    private let environment: [String: String]
    private let clock = ManualClock()
    private let chain: Result<CredentialsProviderChain, AWSProfileFiles.Problem>

    init(_ credentialCase: CredentialCase) throws {
        directory = try TemporaryDirectory()
        try credentialCase.layOut("fs", in: directory)
        setting = credentialCase.setting
        environment = credentialCase.environment(in: directory)
        network = ScriptedNetwork(credentialCase.exchanges, clock: clock)
        do {
            let settings = try AWSSettings(
                environment: environment, profile: setting.profile, region: setting.region ?? "eu-west-1")
            let context = CredentialsContext(
                settings: settings, transport: network,
                securityTokens: try Self.securityTokens(settings, network, clock), time: clock.time())
            chain = .success(.standard(context))
        } catch let problem as AWSProfileFiles.Problem {
            chain = .failure(problem)
        }
    }

    /// A client of STS that speaks to the case's network.
    private static func securityTokens(
        _ settings: AWSSettings, _ network: ScriptedNetwork, _ clock: ManualClock
    ) throws -> SecurityTokenClient {
        let endpoint = try EndpointResolver(region: settings.region ?? "").endpoint(
            for: .securityToken, override: settings.endpointOverride(for: .securityToken))
        return SecurityTokenClient { credentials in
            AWSClient(
                service: .securityToken, endpoint: endpoint, credentials: credentials, transport: network,
                time: clock.time())
        }
    }

    /// Asks the providers once and compares.
    func play(_ expected: CredentialCase.Outcome) async throws {
        let result = await resolved()
        switch (expected, result) {
        case (.keys(let keys), .success(let resolved)):
            let credentials = resolved.credentials
            #expect(credentials.accessKeyID == keys.accessKeyId)
            #expect(credentials.secretAccessKey == keys.secretAccessKey)
            #expect(credentials.sessionToken == keys.sessionToken)
            #expect(credentials.expiration == (try keys.expiration.map { try Date($0, strategy: .iso8601) }))
            #expect(resolved.source.contains(keys.provider))
            #expect(!Self.holdsSecret(resolved.source), "the source tells a secret")
        case (.error(let parts), .failure(let failure)):
            for part in parts { #expect(failure.text.contains(part)) }
            #expect(!Self.holdsSecret(failure.text), "the error tells a secret")
        case (.keys, .failure(let failure)): Issue.record("there are no credentials: \(failure.text)")
        case (.error, .success(let resolved)): Issue.record("there are credentials: \(resolved.source)")
        }
    }

    private struct Failure: Error {
        let text: String
    }

    /// What the chain gives, as a request would get it: through a cache, which takes nothing that has expired.
    private func resolved() async -> Result<ResolvedCredentials, Failure> {
        do {
            let deadline = Deadline.after(.seconds(setting.withinSeconds ?? 300), from: clock.now)
            let resolved = try await chain.get().resolve(by: deadline)
            let date = clock.date
            let time = AWSClientTime(
                date: { date }, now: { .now }, sleep: { try await Task.sleep(for: $0) }, jitter: { 1 })
            let cache = CredentialsCache(GivenCredentials(resolved: resolved), time: time)
            _ = try await cache.credentials(for: nil, by: .after(.seconds(300)))
            return .success(resolved)
        } catch {
            return .failure(Failure(text: "\(error)"))
        }
    }

    /// Every secret of a case is called `secret-of-…` or `token-of-…`.
    private static func holdsSecret(_ text: String) -> Bool {
        text.contains("secret-of") || text.contains("token-of")
    }
}

/// Gives what another provider has found.
private struct GivenCredentials: CredentialsProvider {
    let name = "given"
    let resolved: ResolvedCredentials

    func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials { resolved }
}
