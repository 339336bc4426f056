import Authentication
import Foundation
import GatewayApp
import NIOPosix
import RateLimiting
import Testing

@Suite("The doctor's look at what is not AWS")
struct SurroundingsExaminationTests {
    private static let keySet = """
        {"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"},{"kty":"OKP","crv":"Ed25519","kid":"b",\
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
        """

    private func checks(
        _ configuration: GatewayConfiguration, _ answer: Result<String, KeySetFault> = .failure(.timedOut)
    ) async throws -> [DoctorCheck] {
        let examination = SurroundingsExamination(
            configuration, eventLoop: MultiThreadedEventLoopGroup.singleton.next()
        ) { _ in
            { _, _ throws(KeySetFault) in FetchedDocument(body: Array(try answer.get().utf8)) }
        }
        return try await examination.checks()
    }

    private func issuer(_ source: KeySetSource) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.issuers = [
            TokenIssuer(
                name: "corp", issuer: "https://issuer.example", audiences: ["jobgate"],
                keySet: TokenIssuer.KeySetSettings(source))
        ]
        return configuration
    }

    @Test("has nothing to say where nothing is configured")
    func nothing() async throws {
        #expect(try await checks(GatewayConfiguration()).isEmpty)
    }

    @Test("counts an issuer's keys, those that can be used and those that cannot")
    func keys() async throws {
        let checks = try await checks(issuer(.url("https://issuer.example/keys")), .success(Self.keySet))
        #expect(
            checks == [
                DoctorCheck(target: nil, name: "issuer-keys", .ok, "corp: 1 keys, besides 1 that cannot be used")
            ])
    }

    @Test(
        "fails where an issuer's keys cannot be had",
        arguments: [.failure(.status(404)), .success("{}")] as [Result<String, KeySetFault>])
    func noKeys(_ answer: Result<String, KeySetFault>) async throws {
        let check = try #require(try await checks(issuer(.url("https://issuer.example/keys")), answer).first)
        #expect(check.name == "issuer-keys" && check.status == .fail)
        #expect(check.detail.hasPrefix("corp: "))
        #expect(check.hint?.contains("issuers.corp") == true)
    }

    @Test(
        "fails where a store that is needed does not answer, and warns where the gateway does without",
        arguments: [(.closed, .fail), (.open, .warn), (.local, .warn)]
            as [(StoreOutagePolicy, DoctorCheck.Status)])
    func store(_ policy: StoreOutagePolicy, _ status: DoctorCheck.Status) async throws {
        let endpoint = try #require(RedisEndpoint(url: "unix://u:secret@/nowhere/at/all"))
        var configuration = GatewayConfiguration()
        configuration.limiter.store = endpoint
        configuration.limiter.whenDown = policy
        let check = try #require(try await checks(configuration).first)
        #expect(check.name == "limiter-store" && check.status == status)
        #expect(check.detail.hasPrefix("/nowhere/at/all: no connection can be made"))
        #expect(check.hint?.contains(policy.rawValue) == true)
    }

    @Test("looks at the audit trail without making it, and fails where it cannot be had")
    func audit() async throws {
        let workspace = try Workspace()
        var configuration = GatewayConfiguration()
        configuration.audit.path = workspace.path + "/audit.db"
        let check = try #require(try await checks(configuration).first)
        #expect(check.name == "audit-file" && check.status == .ok)
        #expect(!FileManager.default.fileExists(atPath: workspace.path + "/audit.db"))
        configuration.audit.path = workspace.path + "/keys.yaml"
        #expect(try await checks(configuration).first?.status == .fail)
    }
}
