import AWSRuntime
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Testing

@Suite("Instance metadata credentials")
struct InstanceMetadataCredentialsProviderTests {
    private static let session = StubTransport.Step.text(200, "hunter2-session==")
    private static let roles = StubTransport.Step.text(200, "case_Role+=,.@-1")

    @Test("a session's token is fetched first and goes with the questions for the role and its credentials")
    func requests() async throws {
        let scene = try MetadataScene([:], [Self.session, Self.roles, .keys()])
        let resolved = try await scene.resolve(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(resolved.credentials.accessKeyID == "AKIDEXAMPLE")
        #expect(resolved.credentials.sessionToken == "hunter2-token")
        #expect(resolved.credentials.expiration == Date(timeIntervalSince1970: 1_795_273_200))
        #expect(resolved.source.contains("case_Role+=,.@-1"))
        let requests = scene.transport.requests
        let roles = "/latest/meta-data/iam/security-credentials/"
        #expect(requests.map(\.method) == ["PUT", "GET", "GET"])
        #expect(requests.map(\.target) == ["/latest/api/token", roles, roles + "case_Role+=,.@-1"])
        #expect(requests.allSatisfy { $0.endpoint.scheme == "http" && $0.values("Host") == ["169.254.169.254"] })
        #expect(requests.allSatisfy { $0.body.isEmpty })
        #expect(requests.map { $0.values("x-aws-ec2-metadata-token-ttl-seconds") } == [["21600"], [], []])
        let tokens = requests.map { $0.values("x-aws-ec2-metadata-token") }
        #expect(tokens == [[], ["hunter2-session=="], ["hunter2-session=="]])
    }

    @Test("white space around the token and further lines of the list do not count")
    func whiteSpace() async throws {
        let scene = try MetadataScene([:], [.text(200, " t\n"), .text(200, "first\nsecond\n"), .keys()])
        _ = try await scene.resolve(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(scene.transport.requests.last?.target.hasSuffix("/first") == true)
        #expect(scene.transport.requests.last?.values("x-aws-ec2-metadata-token") == ["t"])
    }

    @Test("credentials that have expired serve on while the service is not to be reached")
    func staticStability() async throws {
        let scene = try MetadataScene([:], [Self.session, Self.roles, .keys()])
        var time = scene.clock.time()
        // The fetch is always first: nobody's patience ends.
        time.sleep = { _ in try await Task.sleep(for: .seconds(3600)) }
        let cache = CredentialsCache(InstanceMetadataCredentialsProvider(context: scene.context), time: time)
        let first = try await cache.credentials(for: nil, by: .after(.seconds(10), from: scene.clock.now))
        scene.clock.advance(by: .seconds(24 * 3600))
        let later = try await cache.credentials(for: nil, by: .after(.seconds(10), from: scene.clock.now))
        #expect(later == first)
        #expect(scene.transport.requests.map(\.method) == ["PUT", "GET", "GET", "PUT"])
    }

    @Test("turned off, in any case of letters, it declines without asking", arguments: ["true", "TRUE", "True"])
    func disabled(value: String) async throws {
        let scene = try MetadataScene(["AWS_EC2_METADATA_DISABLED": value], [Self.session, Self.roles, .keys()])
        let reason = try await scene.refusal(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(reason.contains("AWS_EC2_METADATA_DISABLED"))
        #expect(scene.transport.requests.isEmpty)
    }

    @Test("where no token is given it declines; version 1 is not asked", arguments: [400, 403, 404, 405])
    func tokenRefused(status: Int) async throws {
        let scene = try MetadataScene([:], [.text(status, ""), Self.roles, .keys()])
        let reason = try await scene.refusal(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(reason.contains("169.254.169.254") && reason.contains("\(status)"))
        #expect(scene.transport.requests.map(\.method) == ["PUT"])
    }

    @Test(
        "where nobody is there it declines; version 1 is not asked",
        arguments: [TransportError.connectFailed("no route"), .timedOut, .connectionLost("reset")])
    func unreachable(error: TransportError) async throws {
        let scene = try MetadataScene([:], [.failure(error), Self.roles, .keys()])
        let reason = try await scene.refusal(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(reason.contains("169.254.169.254") && reason.contains("hop limit"))
        #expect(scene.transport.requests.map(\.method) == ["PUT"])
    }

    @Test("an instance without a role declines", arguments: [(404, "<html>"), (200, ""), (200, " \n")])
    func noRole(status: Int, list: String) async throws {
        let scene = try MetadataScene([:], [Self.session, .text(status, list), .keys()])
        let reason = try await scene.refusal(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(reason.contains("no role"))
        #expect(scene.transport.requests.count == 2)
    }

    @Test("a token that no header can carry fails", arguments: ["", "hunter2\nX: 1", "hunter2 3", "<html>\u{e9}"])
    func unfitToken(token: String) async throws {
        let scene = try MetadataScene([:], [.text(200, token), Self.roles, .keys()])
        let reason = try await scene.failure(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(reason.contains("session token") && !reason.contains("hunter2"))
        #expect(scene.transport.requests.count == 1)
    }

    @Test(
        "a role's name that would lead elsewhere is not followed",
        arguments: ["..", "a/b", "a?b", "a b", "<html>", "r\u{f4}le", String(repeating: "a", count: 65)])
    func unfitRole(name: String) async throws {
        let scene = try MetadataScene([:], [Self.session, .text(200, name), .keys()])
        let reason = try await scene.failure(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(reason.contains("role's name"))
        #expect(scene.transport.requests.count == 2)
    }

    @Test(
        "a service that is there and broken fails, and the reason names it",
        arguments: [
            [StubTransport.Step.text(500, "")], [session, .text(500, "")], [session, .text(401, "")],
            [session, .failure(.timedOut)], [session, roles, .text(404, "")], [session, roles, .text(503, "")],
            [session, roles, .text(200, "")], [session, roles, .text(200, "<html>")],
            [session, roles, .text(200, "[]")],
            [session, roles, .failure(.connectionLost("reset"))], [.failure(.malformedAnswer("cut"))],
        ])
    func broken(script: [StubTransport.Step]) async throws {
        let scene = try MetadataScene([:], script)
        let reason = try await scene.failure(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(reason.contains("169.254.169.254") && !reason.contains("hunter2"))
        #expect(scene.transport.requests.count == script.count)
    }

    @Test("a code other than Success fails with the code and the message, even beside keys")
    func code() async throws {
        let body =
            #"{"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume the role", "#
            + #""AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "hunter2", "Token": "hunter2", "#
            + #""Expiration": "2026-11-21T15:00:00Z"}"#
        let scene = try MetadataScene([:], [Self.session, Self.roles, .json(200, body)])
        let reason = try await scene.failure(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(reason.contains("AssumeRoleUnauthorizedAccess: EC2 cannot assume the role"))
        #expect(!reason.contains("hunter2"))
    }

    @Test(
        "credentials of an instance have all four parts",
        arguments: ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"])
    func missingPart(part: String) async throws {
        var parts = ["AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "hunter2", "Token": "hunter2"]
        parts["Expiration"] = "2026-11-21T15:00:00Z"
        parts[part] = nil
        let body = String(decoding: try JSONEncoder().encode(parts), as: UTF8.self)
        let scene = try MetadataScene([:], [Self.session, Self.roles, .json(200, body)])
        let reason = try await scene.failure(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(reason.contains("no \(part)") && !reason.contains("hunter2"))
    }
}
