import AWSRuntime
import Foundation
import GatewayTestSupport
import SigV4
import Testing

@Suite("Credentials providers")
struct CredentialsProviderTests {
    private static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    private static let pair = ["AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": secret]
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func settings(
        _ environment: [String: String] = [:], credentials: String = "", config: String = "", profile: String? = nil
    ) throws -> AWSSettings {
        var environment = environment
        environment["AWS_CONFIG_FILE"] = try directory.write(config, to: "config")
        environment["AWS_SHARED_CREDENTIALS_FILE"] = try directory.write(credentials, to: "credentials")
        environment["AWS_EC2_METADATA_DISABLED"] = "true"
        return try AWSSettings(environment: environment, profile: profile)
    }

    /// The settings with a network on which there is nobody.
    private func context(_ settings: AWSSettings) -> CredentialsContext {
        CredentialsContext(
            settings: settings, transport: StubTransport([]), securityTokens: NoSecurityTokens())
    }

    private func error(_ provider: some CredentialsProvider) async throws -> CredentialsError {
        try await #require(throws: CredentialsError.self) { _ = try await provider.credentials() }
    }

    @Test("the environment gives a key pair, with or without a session token")
    func environment() async throws {
        let plain = try EnvironmentCredentialsProvider(settings: settings(Self.pair))
        #expect(try await plain.credentials() == .example)
        let environment = Self.pair.merging(["AWS_SESSION_TOKEN": "EXAMPLETOKEN"]) { $1 }
        let temporary = try EnvironmentCredentialsProvider(settings: settings(environment))
        #expect(try await temporary.credentials() == .temporaryExample)
    }

    @Test("an environment without an access key declines", arguments: [[:], ["AWS_ACCESS_KEY_ID": ""]])
    func environmentDeclines(environment: [String: String]) async throws {
        let error = try await error(EnvironmentCredentialsProvider(settings: settings(environment)))
        guard case .declined(provider: "environment", _) = error else {
            Issue.record("the error is \(error)")
            return
        }
    }

    @Test("the environment tells when its credentials end")
    func environmentExpiration() async throws {
        let environment = Self.pair.merging(["AWS_CREDENTIAL_EXPIRATION": "2026-11-21T10:00:00+01:00"]) { $1 }
        let credentials = try await EnvironmentCredentialsProvider(settings: settings(environment)).credentials()
        #expect(credentials.expiration == Date(timeIntervalSince1970: 1_795_251_600))
        let broken = Self.pair.merging(["AWS_CREDENTIAL_EXPIRATION": "soon"]) { $1 }
        guard case .failed(_, let reason) = try await error(EnvironmentCredentialsProvider(settings: settings(broken)))
        else {
            Issue.record("it declined")
            return
        }
        #expect(reason.contains("AWS_CREDENTIAL_EXPIRATION"))
    }

    @Test("of two session tokens the one under the older name counts, as in botocore")
    func olderTokenName() async throws {
        let both = ["AWS_SECURITY_TOKEN": "EXAMPLETOKEN", "AWS_SESSION_TOKEN": "OTHER"]
        let environment = Self.pair.merging(both) { $1 }
        let provider = try EnvironmentCredentialsProvider(settings: settings(environment))
        #expect(try await provider.credentials() == .temporaryExample)
    }

    @Test("an access key without a secret key is an error, not a reason to look elsewhere", arguments: [nil, ""])
    func halfPair(secret: String?) async throws {
        var environment = ["AWS_ACCESS_KEY_ID": "AKIDEXAMPLE"]
        environment["AWS_SECRET_ACCESS_KEY"] = secret
        let profile = "[default]\naws_access_key_id = OTHER\naws_secret_access_key = other"
        let chain = try CredentialsProviderChain.standard(context(settings(environment, credentials: profile)))
        guard case .failed(provider: "environment", let reason) = try await error(chain) else {
            Issue.record("another provider was asked")
            return
        }
        #expect(reason.contains("AWS_SECRET_ACCESS_KEY"))
    }

    @Test("white space around a key or a token, such as a file's last line feed, is not part of it")
    func trimmed() async throws {
        let provider = try EnvironmentCredentialsProvider(
            settings: settings([
                "AWS_ACCESS_KEY_ID": " AKIDEXAMPLE\n", "AWS_SECRET_ACCESS_KEY": "\t\(Self.secret)\r\n",
                "AWS_SESSION_TOKEN": "EXAMPLETOKEN\n",
            ]))
        #expect(try await provider.credentials() == .temporaryExample)
    }

    @Test(
        "a key or token that could not stand in a header is refused, without being quoted",
        arguments: [
            ("AWS_ACCESS_KEY_ID", "AKID\r\nX-Injected: 1"), ("AWS_ACCESS_KEY_ID", "AKID EXAMPLE"),
            ("AWS_ACCESS_KEY_ID", "  "), ("AWS_SECRET_ACCESS_KEY", "hunter2\nhunter3"),
            ("AWS_SECRET_ACCESS_KEY", "hünter2"), ("AWS_SECRET_ACCESS_KEY", " \n"),
            ("AWS_SESSION_TOKEN", "hunter2\r\nX-Injected: 1"), ("AWS_SESSION_TOKEN", "hunter2\u{0}"),
            ("AWS_SESSION_TOKEN", "hunter2\u{2028}hunter3"),
        ])
    func unfit(name: String, value: String) async throws {
        let environment = Self.pair.merging([name: value]) { $1 }
        let error = try await error(EnvironmentCredentialsProvider(settings: settings(environment)))
        guard case .failed(provider: "environment", let reason) = error else {
            Issue.record("the error is \(error)")
            return
        }
        #expect(!reason.contains("unter") && !reason.contains("Injected") && !reason.contains("wJalr"))
    }

    @Test("a session token of white space alone is none")
    func blankToken() async throws {
        let environment = Self.pair.merging(["AWS_SESSION_TOKEN": " \n"]) { $1 }
        let provider = try EnvironmentCredentialsProvider(settings: settings(environment))
        #expect(try await provider.credentials().sessionToken == nil)
    }

    @Test("the profile's keys come from the credentials file before the config file")
    func profile() async throws {
        let credentials = "[p]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = \(Self.secret)\n"
        let config = "[profile p]\naws_access_key_id = OTHER\naws_secret_access_key = other\n"
        let both = try settings(credentials: credentials, config: config, profile: "p")
        #expect(try await ProfileCredentialsProvider(context: context(both)).credentials() == .example)
        let configOnly = try settings(config: config, profile: "p")
        #expect(try await ProfileCredentialsProvider(context: context(configOnly)).credentials().accessKeyID == "OTHER")
    }

    @Test("the profile's session token goes with its keys")
    func profileToken() async throws {
        let credentials =
            "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = \(Self.secret)\n"
            + "aws_session_token = EXAMPLETOKEN\n"
        let provider = try ProfileCredentialsProvider(context: context(settings(credentials: credentials)))
        #expect(try await provider.credentials() == .temporaryExample)
    }

    @Test("half a pair in a profile is an error that names what is missing")
    func profileHalfPair() async throws {
        let provider = try ProfileCredentialsProvider(
            context: context(settings(credentials: "[default]\naws_access_key_id = AKIDEXAMPLE\n")))
        guard case .failed(provider: "profile", let reason) = try await error(provider) else {
            Issue.record("it declined")
            return
        }
        #expect(reason.contains("aws_secret_access_key"))
    }

    @Test("a profile that is asked for by name and is not there is a failure that says who named it")
    func missingProfile() async throws {
        for (environment, profile, source) in [
            ([:], "p", "the configuration"), (["AWS_PROFILE": "p"], nil, "AWS_PROFILE"),
            (["AWS_DEFAULT_PROFILE": "p"], nil, "AWS_DEFAULT_PROFILE"),
        ] {
            let provider = try ProfileCredentialsProvider(context: context(settings(environment, profile: profile)))
            guard case .failed(provider: "profile", let reason) = try await error(provider) else {
                Issue.record("a profile that was asked for by name declined")
                return
            }
            #expect(reason.contains("`p`") && reason.contains(source))
        }
    }

    @Test("a profile without credentials leaves the choice to the next provider, as does the lack of a default one")
    func profileDeclines() async throws {
        let config = "[profile p]\nregion = eu-west-1\n"
        for (config, profile) in [(config, "p"), ("", nil)] {
            let provider = try ProfileCredentialsProvider(context: context(settings(config: config, profile: profile)))
            guard case .noneFound(let errors) = try await error(provider) else {
                Issue.record("it failed")
                return
            }
            #expect(errors.map(\.description).contains { $0.hasPrefix("web identity: ") })
            #expect(errors.map(\.description).contains { $0.hasPrefix("sso: ") })
            #expect(errors.last?.description.contains("`\(profile ?? "default")`") == true)
        }
    }

    @Test("an explicit profile takes the environment's keys out; AWS_PROFILE does not")
    func explicitProfile() async throws {
        let credentials = "[p]\naws_access_key_id = OTHER\naws_secret_access_key = other\n"
        let explicit = try settings(Self.pair, credentials: credentials, profile: "p")
        #expect(try await CredentialsProviderChain.standard(context(explicit)).credentials().accessKeyID == "OTHER")
        let environment = Self.pair.merging(["AWS_PROFILE": "p"]) { $1 }
        let implied = try settings(environment, credentials: credentials)
        #expect(
            try await CredentialsProviderChain.standard(context(implied)).credentials().accessKeyID == "AKIDEXAMPLE")
        let missing = try settings(Self.pair, profile: "p")
        guard
            case .failed(provider: "profile", _) = try await error(CredentialsProviderChain.standard(context(missing)))
        else {
            Issue.record("the environment's keys stood in for the profile's")
            return
        }
    }

    @Test("when no provider has credentials, each says why")
    func noneFound() async throws {
        let error = try await error(CredentialsProviderChain.standard(context(settings())))
        let names = ["environment", "web identity", "sso", "profile", "container", "instance metadata"]
        for name in names { #expect(error.description.contains("\(name): ")) }
    }

    @Test(
        "no error of a provider holds a secret",
        arguments: [
            "[default]\naws_secret_access_key = hunter2\naws_access_key_id = hunter2 x",
            "[default]\naws_access_key_id = A\naws_secret_access_key = hunter2 x",
            "[default]\naws_access_key_id = A\naws_secret_access_key = s\naws_session_token = hunter2 x",
            "[default]\naws_access_key_id = A\naws_secret_access_key hunter2",
            "[default]\naws_secret_access_key = hunter2", "[default\nhunter2",
        ])
    func noSecrets(credentials: String) async throws {
        let settings = try settings()
        _ = try directory.write(credentials, to: "credentials")
        let error = try await error(CredentialsProviderChain.standard(context(settings)))
        #expect(!error.description.contains("hunter2"))
        #expect(!String(reflecting: error).contains("hunter2"))
    }
}
