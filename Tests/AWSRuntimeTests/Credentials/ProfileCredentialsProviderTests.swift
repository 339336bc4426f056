import AWSRuntime
import GatewayTestSupport
import Resilience
import SigV4
import Testing

/// What botocore 1.43.11 makes of the same files, unless the test says otherwise.
@Suite("Credentials of a profile")
struct ProfileCredentialsProviderTests {
    private static let keys = "aws_access_key_id = AKIDKEYS\naws_secret_access_key = secret-of-keys\n"

    @Test("a role is taken on with the keys of its source_profile, and every setting of it is sent")
    func sourceProfile() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let config = """
            [profile p]
            role_arn = arn:r
            source_profile = base
            external_id = e-1
            role_session_name = s-1
            duration_seconds = 900
            """
        let context = try fixture.context(config: config, credentials: "[base]\n\(Self.keys)", profile: "p")
        let resolved = try await fixture.resolve(ProfileCredentialsProvider(context: context))
        #expect(resolved.credentials == .numbered(1) && resolved.source == "profile `p`, role arn:r")
        let role = AssumedRole(roleARN: "arn:r", sessionName: "s-1", externalID: "e-1", durationSeconds: 900)
        #expect(fixture.securityTokens.calls == [.init(role: role, signer: "AKIDKEYS")])
    }

    @Test("what a role does not say is left out, and a duration that is no number counts as unsaid")
    func defaults() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let config = "[default]\nrole_arn = arn:r\nsource_profile = base\nduration_seconds = long\n"
        let context = try fixture.context(config: config, credentials: "[base]\n\(Self.keys)")
        _ = try await fixture.resolve(ProfileCredentialsProvider(context: context))
        #expect(fixture.securityTokens.calls.map(\.role) == [AssumedRole(roleARN: "arn:r", sessionName: "jobgate")])
    }

    @Test("a source_profile may be a role of another, each taken on with the one before")
    func chain() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1)), .success(.numbered(2))])
        let config = """
            [profile p]
            role_arn = arn:outer
            source_profile = middle
            [profile middle]
            role_arn = arn:inner
            source_profile = base
            """
        let context = try fixture.context(config: config, credentials: "[base]\n\(Self.keys)", profile: "p")
        let resolved = try await fixture.resolve(ProfileCredentialsProvider(context: context))
        #expect(resolved.credentials == .numbered(2))
        #expect(fixture.securityTokens.calls.map(\.role.roleARN) == ["arn:inner", "arn:outer"])
        #expect(fixture.securityTokens.calls.map(\.signer) == ["AKIDKEYS", "AKIDROLE1"])
    }

    @Test("a profile may be its own source when it has keys beside its role")
    func ownSource() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let config = "[profile p]\nrole_arn = arn:r\nsource_profile = p\n\(Self.keys)"
        let context = try fixture.context(config: config, profile: "p")
        _ = try await fixture.resolve(ProfileCredentialsProvider(context: context))
        #expect(fixture.securityTokens.calls.map(\.signer) == ["AKIDKEYS"])
    }

    @Test("a source_profile with keys gives its keys, though it has a role too")
    func keysBeforeRole() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let config =
            "[profile p]\nrole_arn = arn:r\nsource_profile = q\n"
            + "[profile q]\nrole_arn = arn:q\nsource_profile = p\n\(Self.keys)"
        let context = try fixture.context(config: config, profile: "p")
        _ = try await fixture.resolve(ProfileCredentialsProvider(context: context))
        #expect(fixture.securityTokens.calls.map(\.role.roleARN) == ["arn:r"])
    }

    @Test("credential_source Environment takes the environment's keys, an explicit profile notwithstanding")
    func credentialSource() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let config = "[profile p]\nrole_arn = arn:r\ncredential_source = Environment\n"
        let context = try fixture.context(
            config: config, environment: ["AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s"], profile: "p")
        _ = try await fixture.resolve(ProfileCredentialsProvider(context: context))
        #expect(fixture.securityTokens.calls.map(\.signer) == ["AKIDENV"])
    }

    @Test("the profile's own web identity is one, not a role without a source")
    func webIdentity() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let file = try fixture.directory.write("web-token", to: "token")
        let config = "[profile p]\nrole_arn = arn:r\nweb_identity_token_file = \(file)\nrole_session_name = s\n"
        let context = try fixture.context(config: config, profile: "p")
        _ = try await fixture.resolve(ProfileCredentialsProvider(context: context))
        let role = AssumedRole(roleARN: "arn:r", sessionName: "s")
        #expect(fixture.securityTokens.calls == [.init(role: role, token: "web-token")])
    }

    @Test("a web identity of the environment goes before the profile's keys, unless the profile is explicit")
    func webIdentityOfEnvironment() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": try fixture.directory.write("web-token", to: "token"),
            "AWS_ROLE_ARN": "arn:env",
        ]
        let implied = try fixture.context(credentials: "[default]\n\(Self.keys)", environment: environment)
        #expect(try await fixture.resolve(ProfileCredentialsProvider(context: implied)).credentials == .numbered(1))
        let explicit = try fixture.context(
            credentials: "[default]\n\(Self.keys)", environment: environment, profile: "default")
        let resolved = try await fixture.resolve(ProfileCredentialsProvider(context: explicit))
        #expect(resolved.credentials.accessKeyID == "AKIDKEYS")
    }

    @Test("a role of the profile goes before a web identity of the environment, which is no source of its")
    func roleBeforeWebIdentity() async throws {
        let fixture = try ProfileFixture([.success(.numbered(1))])
        let environment = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": try fixture.directory.write("web-token", to: "token"),
            "AWS_ROLE_ARN": "arn:env",
        ]
        let config = "[default]\nrole_arn = arn:r\nsource_profile = base\n"
        let context = try fixture.context(
            config: config, credentials: "[base]\n\(Self.keys)", environment: environment)
        _ = try await fixture.resolve(ProfileCredentialsProvider(context: context))
        #expect(fixture.securityTokens.calls.map(\.signer) == ["AKIDKEYS"])
    }

    @Test("keys are to be read again after a minute, and a fetch reads the files as they are")
    func rereading() async throws {
        let fixture = try ProfileFixture()
        let context = try fixture.context(credentials: "[default]\n\(Self.keys)")
        let provider = ProfileCredentialsProvider(context: context)
        let first = try await fixture.resolve(provider)
        #expect(first.rereadAfter == .seconds(60) && first.source == "profile `default`")
        _ = try fixture.directory.write(
            "[default]\naws_access_key_id = NEW\naws_secret_access_key = s", to: "credentials")
        #expect(try await fixture.resolve(provider).credentials.accessKeyID == "NEW")
    }

    @Test(
        "a profile that cannot be followed fails with a sentence that names it",
        arguments: [
            ("role_arn = arn:r", ["`p`", "source_profile", "credential_source"]),
            ("role_arn = arn:r\nsource_profile = base\ncredential_source = Environment", ["`p`", "both"]),
            ("role_arn = arn:r\nsource_profile = none", ["`none`", "`p`"]),
            ("role_arn = arn:r\nsource_profile = p", ["`p` → `p`"]),
            (
                "role_arn = arn:r\nsource_profile = q\n[profile q]\nrole_arn = arn:q\nsource_profile = p",
                ["`p` → `q` → `p`"]
            ),
            ("role_arn = arn:r\nsource_profile = q\n[profile q]\nregion = eu-west-1", ["`q`", "no credentials"]),
            ("role_arn = arn:r\ncredential_source = environment", ["`p`", "Ec2InstanceMetadata"]),
            ("role_arn = arn:r\ncredential_source = Environment", ["`p`", "AWS_ACCESS_KEY_ID"]),
            ("role_arn = arn:r\nsource_profile = base\nmfa_serial = arn:m", ["`p`", "mfa_serial", "nobody"]),
            ("login_session = arn:s", ["`p`", "login_session", "credential_process"]),
            ("aws_access_key_id = A", ["`p`", "aws_secret_access_key"]),
        ])
    func unfollowable(section: String, parts: [String]) async throws {
        let fixture = try ProfileFixture()
        let context = try fixture.context(
            config: "[profile p]\n\(section)\n", credentials: "[base]\n\(Self.keys)", profile: "p")
        let reason = try await fixture.failure(ProfileCredentialsProvider(context: context))
        for part in parts { #expect(reason.contains(part)) }
        #expect(fixture.securityTokens.calls.isEmpty)
    }

    @Test("keys in the config file come after credential_process, keys in the credentials file before it")
    func process() async throws {
        let fixture = try ProfileFixture()
        let config = "[profile p]\ncredential_process = /none/there-is-no-such-program\n\(Self.keys)"
        let context = try fixture.context(config: config, profile: "p")
        _ = try await fixture.failure(ProfileCredentialsProvider(context: context))
        let both = try fixture.context(config: config, credentials: "[p]\n\(Self.keys)", profile: "p")
        let resolved = try await fixture.resolve(ProfileCredentialsProvider(context: both))
        #expect(resolved.credentials.accessKeyID == "AKIDKEYS")
    }
}
