import AWSRuntime
import GatewayTestSupport
import Resilience
import SigV4
import Synchronization
import Testing

@Suite("Taking on a role")
struct AssumeRoleCredentialsProviderTests {
    private static let role = AssumedRole(
        roleARN: "arn:aws:iam::111122223333:role/r", sessionName: "s", externalID: "e", durationSeconds: 900)

    private func provider(_ fixture: ProfileFixture, base: some CredentialsSource) -> AssumeRoleCredentialsProvider {
        AssumeRoleCredentialsProvider(role: Self.role, base: base, securityTokens: fixture.securityTokens)
    }

    @Test("the role's credentials come of the base's, with the role just as it was described")
    func exchange() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let resolved = try await fixture.resolve(provider(fixture, base: FixedCredentialsSource(.example)))
        #expect(resolved.credentials == .numbered(1))
        #expect(resolved.rereadAfter == nil && !resolved.outlivesExpiration)
        #expect(resolved.source.contains("arn:aws:iam::111122223333:role/r"))
        #expect(fixture.securityTokens.calls == [.init(role: Self.role, signer: "AKIDEXAMPLE")])
    }

    @Test("when the base's credentials are refused as expired, others are asked for, once")
    func expiredBase() async throws {
        let expired = AWSError.securityTokens(code: "ExpiredTokenException", status: 403)
        let fixture = try ProfileFixture([
            .failure(expired), .success(.numbered(1)), .failure(expired), .failure(expired),
        ])
        let base = RenewableSource([.example, .numbered(7), .example, .numbered(8)])
        #expect(try await fixture.resolve(provider(fixture, base: base)).credentials == .numbered(1))
        #expect(fixture.securityTokens.calls.map(\.signer) == ["AKIDEXAMPLE", "AKIDROLE7"])
        #expect(base.invalidated == ["AKIDEXAMPLE"])
        #expect(try await fixture.failure(provider(fixture, base: base)).contains("ExpiredTokenException"))
        #expect(fixture.securityTokens.calls.count == 4)
    }

    @Test("a base that has no others is not asked again")
    func lastingBase() async throws {
        let fixture = try ProfileFixture([.failure(.securityTokens(code: "ExpiredTokenException"))])
        _ = try await fixture.failure(provider(fixture, base: FixedCredentialsSource(.example)))
        #expect(fixture.securityTokens.calls.count == 1)
    }

    @Test("a refusal is told with the role, the code and STS's words, cut to one visible line")
    func refused() async throws {
        let message = "User: u is not\r\nauthorized\u{1B}[2J " + String(repeating: "x", count: 5000)
        let fixture = try ProfileFixture([
            .failure(.securityTokens(code: "AccessDenied", message: message, status: 403))
        ])
        let reason = try await fixture.failure(provider(fixture, base: FixedCredentialsSource(.example)))
        for part in ["arn:aws:iam::111122223333:role/r", "AccessDenied", "403", "User: u is not authorized"] {
            #expect(reason.contains(part))
        }
        #expect(reason.utf8.count < 600 && reason.unicodeScalars.allSatisfy { (0x20...0x7E).contains($0.value) })
    }

    @Test("a base that fails or declines is a failure: the role was asked for")
    func noBase() async throws {
        let fixture = try ProfileFixture()
        let failing = provider(fixture, base: RenewableSource([]))
        #expect(try await fixture.failure(failing).contains("none left"))
        let declining = provider(fixture, base: DecliningSource())
        #expect(try await fixture.failure(declining).contains("not here"))
        #expect(fixture.securityTokens.calls.isEmpty)
    }

    @Test(
        "credentials of an answer that could not stand in a header are refused, unquoted",
        arguments: [
            Credentials(accessKeyID: "hunter2\r\nX: 1", secretAccessKey: "s", sessionToken: "t"),
            Credentials(accessKeyID: "A", secretAccessKey: "s", sessionToken: "hunter2 x"),
        ])
    func unfit(credentials: Credentials) async throws {
        let fixture = try ProfileFixture([.success(credentials)])
        let reason = try await fixture.failure(provider(fixture, base: FixedCredentialsSource(.example)))
        #expect(!reason.contains("hunter2"))
    }
}

private struct DecliningSource: CredentialsSource {
    func credentials(for caller: String?, by deadline: Deadline) async throws(CredentialsError) -> Credentials {
        throw .declined(provider: "declining", reason: "not here")
    }

    func invalidate(_ expired: Credentials, for caller: String?) -> Bool { false }
}

/// Gives the next credentials each time, and says that there are others.
private final class RenewableSource: CredentialsSource {
    private let state: Mutex<(remaining: [Credentials], invalidated: [String])>

    init(_ credentials: [Credentials]) {
        state = Mutex((credentials, []))
    }

    var invalidated: [String] { state.withLock { $0.invalidated } }

    func credentials(for caller: String?, by deadline: Deadline) async throws(CredentialsError) -> Credentials {
        let next = state.withLock { $0.remaining.isEmpty ? nil : $0.remaining.removeFirst() }
        guard let next else { throw .failed(provider: "renewable", reason: "none left") }
        return next
    }

    func invalidate(_ expired: Credentials, for caller: String?) -> Bool {
        state.withLock { $0.invalidated.append(expired.accessKeyID) }
        return true
    }
}
