import AWSRuntime
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Testing

/// The wire form is that of botocore 1.43.11's models of `sso` and `sso-oidc`; the cache is the AWS CLI's.
@Suite("SSO")
struct SSOCredentialsProviderTests {
    // SHA-1 of `s-1` and of `https://x.awsapps.com/start`, by Python's hashlib.
    private static let sessionFile = ".aws/sso/cache/ae06c6741e21874214df88ce9cf56acfe06f5ea5.json"
    private static let legacyFile = ".aws/sso/cache/3947de8b16688092197fa616c34e01335f21d256.json"
    private static let sessionProfile = """
        [profile p]
        sso_session = s-1
        sso_account_id = 111122223333
        sso_role_name = Read Only
        [sso-session s-1]
        sso_region = eu-central-1
        sso_start_url = https://x.awsapps.com/start
        """
    private static let legacyProfile = """
        [profile p]
        sso_start_url = https://x.awsapps.com/start
        sso_region = eu-central-1
        sso_account_id = 111122223333
        sso_role_name = ReadOnly
        """
    private static let granted = StubTransport.Step.json(
        200,
        #"{"roleCredentials":{"accessKeyId":"AKIDROLE1","secretAccessKey":"secret-of-role-1","#
            + #""sessionToken":"token-of-role-1","expiration":1795255200000}}"#)

    /// A cached token; the manual clock begins at 2026-11-21T09:00:00Z.
    private static func token(
        _ token: String = "access-1", until end: String = "2026-11-21T12:00:00Z", renewable: Bool = false,
        registration: String = "2027-01-01T00:00:00Z"
    ) -> String {
        let renewal =
            #","refreshToken":"refresh-1","clientId":"client-1","clientSecret":"client-secret-1","#
            + #""registrationExpiresAt":"\#(registration)""#
        return
            #"{"startUrl":"u","region":"r","accessToken":"\#(token)","expiresAt":"\#(end)"\#(renewable ? renewal : "")}"#
    }

    private func provider(
        _ fixture: ProfileFixture, _ config: String = sessionProfile, environment: [String: String] = [:]
    ) throws -> ProfileCredentialsProvider {
        ProfileCredentialsProvider(
            context: try fixture.context(config: config, environment: environment, profile: "p"))
    }

    @Test("the token of the session's cache is shown to the portal of the session's region")
    func session() async throws {
        let fixture = try ProfileFixture(network: [Self.granted])
        _ = try fixture.directory.write(Self.token(), to: Self.sessionFile)
        let resolved = try await fixture.resolve(provider(fixture))
        #expect(resolved.credentials == .numbered(1) && resolved.source == "sso, profile `p`")
        let request = try #require(fixture.transport.requests.first)
        #expect(request.method == "GET" && request.endpoint.scheme == "https")
        #expect(request.values("Host") == ["portal.sso.eu-central-1.amazonaws.com"])
        #expect(request.target == "/federation/credentials?role_name=Read%20Only&account_id=111122223333")
        #expect(request.values("x-amz-sso_bearer_token") == ["access-1"])
        #expect(request.values("Authorization").isEmpty && request.body.isEmpty)
    }

    @Test("the older kind of profile finds its token by the start URL, and its odd zone is read")
    func legacy() async throws {
        let fixture = try ProfileFixture(network: [Self.granted])
        _ = try fixture.directory.write(Self.token(until: "2026-11-21T12:00:00UTC"), to: Self.legacyFile)
        #expect(try await fixture.resolve(provider(fixture, Self.legacyProfile)).credentials == .numbered(1))
    }

    @Test(
        "the token's file is named by SHA-1, as Python's hashlib has it, however long the session's name is",
        arguments: [
            (1, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
            (54, "b05d71c64979cb95fa74a33cdb31a40d258ae02e"),
            (55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"),
            (56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"),
            (63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"),
            (64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
            (65, "11655326c708d70319be2610e8a57d9a5b959d3b"),
            (119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"),
            (120, "f34c1488385346a55709ba056ddd08280dd4c6d6"),
            (300, "003ef1ba9ea9f2f4dab3a2004e505ca8a4e7e5a3"),
        ])
    func fileNames(length: Int, hash: String) async throws {
        let fixture = try ProfileFixture(network: [Self.granted])
        _ = try fixture.directory.write(Self.token(), to: ".aws/sso/cache/\(hash).json")
        let config = Self.sessionProfile.replacing("s-1", with: String(repeating: "a", count: length))
        #expect(try await fixture.resolve(provider(fixture, config)).credentials == .numbered(1))
    }

    @Test(
        "an endpoint that is configured is used for the portal",
        arguments: ["AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL"])
    func override(variable: String) async throws {
        let fixture = try ProfileFixture(network: [Self.granted])
        _ = try fixture.directory.write(Self.token(), to: Self.sessionFile)
        _ = try await fixture.resolve(provider(fixture, environment: [variable: "http://127.0.0.1:8080/x"]))
        let request = try #require(fixture.transport.requests.first)
        #expect(request.values("Host") == ["127.0.0.1:8080"])
        #expect(request.target.hasPrefix("/x/federation/credentials?"))
    }

    @Test("FIPS, dual-stack and the partition make the portal's name")
    func endpoints() async throws {
        let rows = [
            ("us-east-1", ["AWS_USE_FIPS_ENDPOINT": "true"], "portal.sso-fips.us-east-1.amazonaws.com"),
            ("us-gov-west-1", ["AWS_USE_FIPS_ENDPOINT": "true"], "portal.sso.us-gov-west-1.amazonaws.com"),
            ("eu-west-1", ["AWS_USE_DUALSTACK_ENDPOINT": "true"], "portal.sso.eu-west-1.api.aws"),
            ("cn-north-1", [:], "portal.sso.cn-north-1.amazonaws.com.cn"),
        ]
        for (region, environment, host) in rows {
            let fixture = try ProfileFixture(network: [Self.granted])
            _ = try fixture.directory.write(Self.token(), to: Self.legacyFile)
            let config = Self.legacyProfile.replacing("eu-central-1", with: region)
            _ = try await fixture.resolve(provider(fixture, config, environment: environment))
            #expect(fixture.transport.requests.first?.values("Host") == [host])
        }
    }

    @Test(
        "without a token that is good, the sentence says how to sign in",
        arguments: [
            nil, Self.token(until: "2026-11-21T09:00:00Z"), "{", "[]", "{}", #"{"accessToken":"a"}"#,
            Self.token(until: "soon"), Self.token("hunter2 x"), Self.token("", until: "2026-11-21T12:00:00Z"),
        ])
    func noToken(cached: String?) async throws {
        for (config, file) in [(Self.sessionProfile, Self.sessionFile), (Self.legacyProfile, Self.legacyFile)] {
            let fixture = try ProfileFixture()
            if let cached { _ = try fixture.directory.write(cached, to: file) }
            let reason = try await fixture.failure(provider(fixture, config))
            #expect(reason.contains("aws sso login --profile p") && !reason.contains("hunter2"))
            #expect(fixture.transport.requests.isEmpty)
        }
    }

    @Test("a portal that refuses the token sends to the sign-in, one that refuses the role says so")
    func refused() async throws {
        let fixture = try ProfileFixture(network: [
            .json(
                401, #"{"message":"Session token not found or invalid"}"#,
                headers: [("x-amzn-errortype", "UnauthorizedException")]),
            .json(403, #"{"message":"No access"}"#, headers: [("x-amzn-errortype", "ForbiddenException")]),
            .json(400, #"{"message":"access-1 is odd"}"#), .json(200, #"{"roleCredentials":{}}"#),
        ])
        _ = try fixture.directory.write(Self.token(), to: Self.sessionFile)
        let provider = try provider(fixture)
        #expect(try await fixture.failure(provider).contains("aws sso login --profile p"))
        let forbidden = try await fixture.failure(provider)
        #expect(forbidden.contains("ForbiddenException") && forbidden.contains("No access"))
        #expect(try await !fixture.failure(provider).contains("access-1"))
        #expect(try await fixture.failure(provider).contains("cannot be used"))
    }

    @Test("a portal that stumbles is asked again")
    func stumbling() async throws {
        let fixture = try ProfileFixture(network: [.json(500, "{}"), .failure(.timedOut), Self.granted])
        _ = try fixture.directory.write(Self.token(), to: Self.sessionFile)
        #expect(try await fixture.resolve(provider(fixture)).credentials == .numbered(1))
    }

    @Test("a session's token is renewed from 15 minutes before its end, and written back for its owner alone")
    func renewal() async throws {
        let created = StubTransport.Step.json(
            200, #"{"accessToken":"access-2","expiresIn":28800,"refreshToken":"refresh-2","tokenType":"Bearer"}"#)
        let fixture = try ProfileFixture(network: [created, Self.granted, Self.granted])
        let path = try fixture.directory.write(
            Self.token(until: "2026-11-21T09:14:59Z", renewable: true), to: Self.sessionFile)
        let provider = try provider(fixture)
        _ = try await fixture.resolve(provider)
        let requests = fixture.transport.requests
        #expect(requests.map { $0.values("Host") }.first == ["oidc.eu-central-1.amazonaws.com"])
        #expect(requests[0].method == "POST" && requests[0].target == "/token")
        #expect(requests[0].values("Authorization").isEmpty)
        #expect(
            requests[0].bodyText == #"{"clientId":"client-1","clientSecret":"client-secret-1","#
                + #""grantType":"refresh_token","refreshToken":"refresh-1"}"#)
        #expect(requests[1].values("x-amz-sso_bearer_token") == ["access-2"])
        let saved = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(
            saved == [
                "startUrl": "https://x.awsapps.com/start", "region": "eu-central-1", "accessToken": "access-2",
                "expiresAt": "2026-11-21T17:00:00Z", "refreshToken": "refresh-2", "clientId": "client-1",
                "clientSecret": "client-secret-1", "registrationExpiresAt": "2027-01-01T00:00:00Z",
            ])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
        _ = try await fixture.resolve(provider)
        #expect(fixture.transport.requests.last?.values("x-amz-sso_bearer_token") == ["access-2"])
        #expect(fixture.transport.requests.count == 3)
    }

    @Test("a token with 15 minutes to live is used as it is")
    func early() async throws {
        let fixture = try ProfileFixture(network: [Self.granted])
        _ = try fixture.directory.write(
            Self.token(until: "2026-11-21T09:15:00Z", renewable: true), to: Self.sessionFile)
        _ = try await fixture.resolve(provider(fixture))
        #expect(fixture.transport.requests.first?.values("x-amz-sso_bearer_token") == ["access-1"])
    }

    @Test("a renewal that fails leaves the token that is still good, and none that has ended")
    func failedRenewal() async throws {
        let refusal = StubTransport.Step.json(400, #"{"error":"invalid_grant"}"#)
        let good = try ProfileFixture(network: [refusal, Self.granted])
        _ = try good.directory.write(Self.token(until: "2026-11-21T09:05:00Z", renewable: true), to: Self.sessionFile)
        #expect(try await good.resolve(provider(good)).credentials == .numbered(1))
        #expect(good.transport.requests.last?.values("x-amz-sso_bearer_token") == ["access-1"])
        let ended = try ProfileFixture(network: [refusal])
        _ = try ended.directory.write(Self.token(until: "2026-11-21T08:59:00Z", renewable: true), to: Self.sessionFile)
        #expect(try await ended.failure(provider(ended)).contains("aws sso login --profile p"))
        #expect(ended.transport.requests.count == 1)
    }

    @Test("a token is not renewed with a registration that has ended, nor for the older kind of profile")
    func noRenewal() async throws {
        let rows = [
            (Self.sessionProfile, Self.sessionFile, "2026-11-21T09:00:00Z"),
            (Self.legacyProfile, Self.legacyFile, "2027-01-01T00:00:00Z"),
        ]
        for (config, file, registration) in rows {
            let fixture = try ProfileFixture()
            _ = try fixture.directory.write(
                Self.token(until: "2026-11-21T08:59:00Z", renewable: true, registration: registration), to: file)
            _ = try await fixture.failure(provider(fixture, config))
            #expect(fixture.transport.requests.isEmpty)
        }
    }

    @Test(
        "a profile that is half about SSO fails with what is missing or at odds",
        arguments: [
            ("[profile p]\nsso_account_id = 1", "sso_role_name, sso_start_url, sso_region"),
            ("[profile p]\nsso_role_name = r\nsso_region = x", "sso_account_id, sso_start_url"),
            ("[profile p]\nsso_role_name = r\nsso_session = none", "[sso-session none]"),
            (
                Self.sessionProfile.replacing("sso_session = s-1", with: "sso_session = s-1\nsso_region = x"),
                "sso_region"
            ),
        ])
    func incomplete(config: String, part: String) async throws {
        let fixture = try ProfileFixture()
        #expect(try await fixture.failure(provider(fixture, config)).contains(part))
    }

    @Test("a profile with a session and no account is none of SSO's")
    func declines() async throws {
        let fixture = try ProfileFixture()
        let config = "[profile p]\nsso_session = s-1\naws_access_key_id = AKIDKEYS\naws_secret_access_key = s\n"
        #expect(try await fixture.resolve(provider(fixture, config)).credentials.accessKeyID == "AKIDKEYS")
    }
}
