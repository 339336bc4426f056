import AWSRuntime
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Testing

@Suite("Web identity")
struct WebIdentityCredentialsProviderTests {
    private static let arn = "arn:aws:iam::111122223333:role/r"

    /// A provider of the environment alone, with a token file of this text.
    private func provider(
        _ fixture: ProfileFixture, token: String? = "web-token", environment: [String: String] = ["AWS_ROLE_ARN": arn],
        section: [String: String] = [:]
    ) throws -> WebIdentityCredentialsProvider {
        var environment = environment
        environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = "\(fixture.directory.path)/token"
        if let token { _ = try fixture.directory.write(token, to: "token") }
        return WebIdentityCredentialsProvider(
            context: try fixture.context(environment: environment), profile: "p", section: section,
            readsEnvironment: true)
    }

    @Test("the token of the file is exchanged for the role, in a session that is called jobgate")
    func exchange() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let resolved = try await fixture.resolve(provider(fixture))
        #expect(resolved.credentials == .numbered(1))
        #expect(resolved.source == "web identity, role \(Self.arn)")
        let role = AssumedRole(roleARN: Self.arn, sessionName: "jobgate")
        #expect(fixture.securityTokens.calls == [.init(role: role, token: "web-token")])
    }

    @Test("each variable goes before the profile's setting, and each setting stands in for its variable")
    func precedence() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1)), .success(.numbered(1))])
        let section = ["role_arn": "arn:of-profile", "role_session_name": "of-profile"]
        _ = try await fixture.resolve(
            provider(fixture, environment: ["AWS_ROLE_SESSION_NAME": "of-environment"], section: section))
        _ = try await fixture.resolve(provider(fixture, section: section))
        #expect(
            fixture.securityTokens.calls.map(\.role) == [
                AssumedRole(roleARN: "arn:of-profile", sessionName: "of-environment"),
                AssumedRole(roleARN: Self.arn, sessionName: "of-profile"),
            ])
    }

    @Test("where the environment does not count, its variables are not looked at")
    func withoutEnvironment() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let file = try fixture.directory.write("of-profile", to: "other")
        let context = try fixture.context(environment: [
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/none", "AWS_ROLE_ARN": "arn:none", "AWS_ROLE_SESSION_NAME": "none",
        ])
        let section = ["web_identity_token_file": file, "role_arn": Self.arn]
        let provider = WebIdentityCredentialsProvider(
            context: context, profile: "p", section: section, readsEnvironment: false)
        _ = try await fixture.resolve(provider)
        let role = AssumedRole(roleARN: Self.arn, sessionName: "jobgate")
        #expect(fixture.securityTokens.calls == [.init(role: role, token: "of-profile")])
    }

    @Test("the file is read anew at every fetch, without the white space around its token")
    func rereading() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1)), .success(.numbered(2))])
        let provider = try provider(fixture, token: "first\n")
        _ = try await fixture.resolve(provider)
        _ = try fixture.directory.write(" second\r\n", to: "token")
        _ = try await fixture.resolve(provider)
        #expect(fixture.securityTokens.calls.map(\.token) == ["first", "second"])
    }

    @Test(
        "a file that holds no token is told by the variable, unquoted, and STS is not asked",
        arguments: [
            (nil, "does not exist"), ("", "is empty"), (" \n", "is empty"), ("hunter2\nhunter3", "control characters"),
            ("hunter2\u{0}", "control characters"), (String(repeating: "x", count: (64 << 10) + 1), "65536 bytes"),
        ])
    func badFile(token: String?, fault: String) async throws {
        let fixture = try ProfileFixture()
        let reason = try await fixture.failure(provider(fixture, token: token))
        #expect(reason.contains("AWS_WEB_IDENTITY_TOKEN_FILE") && reason.contains(fault))
        #expect(!reason.contains("hunter2") && fixture.securityTokens.calls.isEmpty)
    }

    @Test("a file of other bytes than UTF-8 is refused, as is a directory")
    func unreadable() async throws {
        let fixture = try ProfileFixture()
        let provider = try provider(fixture, token: nil)
        try Data([0x61, 0xFF]).write(to: URL(fileURLWithPath: "\(fixture.directory.path)/token"))
        #expect(try await fixture.failure(provider).contains("UTF-8"))
        let other = WebIdentityCredentialsProvider(
            context: try fixture.context(), profile: "p",
            section: ["web_identity_token_file": fixture.directory.path, "role_arn": Self.arn], readsEnvironment: true)
        let reason = try await fixture.failure(other)
        #expect(reason.contains("web_identity_token_file of the profile `p` names cannot be read"))
    }

    @Test("a file of just the largest size is read")
    func largest() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let token = String(repeating: "x", count: WebIdentityCredentialsProvider.maxTokenBytes)
        _ = try await fixture.resolve(provider(fixture, token: token))
        #expect(fixture.securityTokens.calls.first?.token == token)
    }

    @Test("without a token file it declines, with a token file and no role it fails")
    func incomplete() async throws {
        let fixture = try ProfileFixture()
        let context = try fixture.context(environment: ["AWS_ROLE_ARN": Self.arn])
        let none = WebIdentityCredentialsProvider(context: context, profile: "p", section: [:], readsEnvironment: true)
        let error = try await #require(throws: CredentialsError.self) { _ = try await fixture.resolve(none) }
        guard case .declined(provider: "web identity", let reason) = error else {
            Issue.record("the error is \(error)")
            return
        }
        #expect(reason.contains("AWS_WEB_IDENTITY_TOKEN_FILE") && reason.contains("`p`"))
        #expect(try await fixture.failure(provider(fixture, environment: [:])).contains("AWS_ROLE_ARN"))
    }

    @Test("an expired token is told as the file's fault")
    func expired() async throws {
        let fixture = try ProfileFixture([.failure(.securityTokens(code: "ExpiredTokenException"))])
        let reason = try await fixture.failure(provider(fixture))
        #expect(reason.contains("AWS_WEB_IDENTITY_TOKEN_FILE") && reason.contains("expired"))
        #expect(fixture.securityTokens.calls.count == 1)
    }

    @Test("when STS could not reach the identity provider it is asked again, three times in all")
    func communication() async throws {
        let unreached = ScriptedSecurityTokens.Answer.failure(.securityTokens(code: "IDPCommunicationError"))
        let fixture = try ProfileFixture([unreached, .success(.numbered(1)), unreached, unreached, unreached])
        #expect(try await fixture.resolve(provider(fixture)).credentials == .numbered(1))
        #expect(fixture.clock.slept == [.milliseconds(50)])
        #expect(try await fixture.failure(provider(fixture)).contains("IDPCommunicationError"))
        #expect(fixture.securityTokens.calls.count == 5)
    }

    @Test("it is not asked again when the wait would outlast the deadline")
    func deadline() async throws {
        let fixture = try ProfileFixture([.failure(.securityTokens(code: "IDPCommunicationError"))])
        let provider = try provider(fixture)
        await #expect(throws: CredentialsError.self) {
            try await provider.resolve(by: .after(.milliseconds(50), from: fixture.clock.now))
        }
        #expect(fixture.securityTokens.calls.count == 1 && fixture.clock.slept.isEmpty)
    }

    @Test("STS's words are told, unless they repeat the token")
    func words() async throws {
        let fixture = try ProfileFixture([
            .failure(.securityTokens(code: "InvalidIdentityToken", message: "No OpenIDConnect provider found")),
            .failure(.securityTokens(code: "InvalidIdentityToken", message: "cannot read web-token")),
        ])
        #expect(try await fixture.failure(provider(fixture)).contains("No OpenIDConnect provider found"))
        let reason = try await fixture.failure(provider(fixture))
        #expect(reason.contains("InvalidIdentityToken") && !reason.contains("web-token"))
    }
}
