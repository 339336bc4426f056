import AWSRuntime
import GatewayTestSupport
import Resilience
import Testing

/// An environment, a scripted network and a clock that is held by hand, for a provider to be tried in.
struct MetadataScene {
    let clock: ManualClock
    let transport: StubTransport
    let context: CredentialsContext

    init(
        _ environment: [String: String], _ script: [StubTransport.Step] = [], profile: String? = nil,
        sendTakes duration: Duration = .zero
    ) throws {
        let clock = ManualClock()
        self.clock = clock
        transport = StubTransport(script) { clock.advance(by: duration) }
        context = CredentialsContext(
            settings: try AWSSettings(environment: environment, profile: profile), transport: transport,
            securityTokens: NoSecurityTokens(), time: clock.time())
    }

    func resolve(
        _ provider: some CredentialsProvider, within duration: Duration = .seconds(300)
    ) async throws(CredentialsError) -> ResolvedCredentials {
        try await provider.resolve(by: .after(duration, from: clock.now))
    }

    /// The reason for which the provider fails; a provider that declines or succeeds is an issue of the test.
    func failure(_ provider: some CredentialsProvider, within duration: Duration = .seconds(300)) async throws -> String
    {
        let error = try await #require(throws: CredentialsError.self) {
            _ = try await resolve(provider, within: duration)
        }
        guard case .failed(provider.name, let reason) = error else {
            Issue.record("it did not fail: \(error)")
            return ""
        }
        return reason
    }

    /// The reason for which the provider declines.
    func refusal(_ provider: some CredentialsProvider) async throws -> String {
        let error = try await #require(throws: CredentialsError.self) { _ = try await resolve(provider) }
        guard case .declined(provider.name, let reason) = error else {
            Issue.record("it did not decline: \(error)")
            return ""
        }
        return reason
    }
}

extension StubTransport.Step {
    /// An answer of text.
    static func text(_ status: Int, _ text: String) -> Self {
        .success(TransportResponse(status: status, body: Array(text.utf8)))
    }

    /// Credentials as the container endpoint and the instance metadata give them.
    static func keys(expiration: String = "2026-11-21T15:00:00Z") -> Self {
        .json(
            200,
            #"{"Code": "Success", "AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "hunter2-secret", "#
                + #""Token": "hunter2-token", "Expiration": "\#(expiration)"}"#)
    }
}
