import AWSRuntime
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
        #expect(try await ProfileCredentialsProvider(settings: both).credentials() == .example)
        let configOnly = try settings(config: config, profile: "p")
        #expect(try await ProfileCredentialsProvider(settings: configOnly).credentials().accessKeyID == "OTHER")
    }

    @Test("the profile's session token goes with its keys")
    func profileToken() async throws {
        let credentials =
            "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = \(Self.secret)\n"
            + "aws_session_token = EXAMPLETOKEN\n"
        let provider = try ProfileCredentialsProvider(settings: settings(credentials: credentials))
        #expect(try await provider.credentials() == .temporaryExample)
    }

    @Test("half a pair in a profile is an error that names what is missing")
    func profileHalfPair() async throws {
        let provider = try ProfileCredentialsProvider(
            settings: settings(credentials: "[default]\naws_access_key_id = AKIDEXAMPLE\n"))
        guard case .failed(provider: "profile", let reason) = try await error(provider) else {
            Issue.record("it declined")
            return
        }
        #expect(reason.contains("aws_secret_access_key"))
    }

    @Test("a profile that is not there, or has no keys, declines unless Jobgate's configuration names it")
    func missingProfile() async throws {
        for config in ["", "[profile p]\nregion = eu-west-1\n"] {
            let named = try ProfileCredentialsProvider(settings: settings(config: config, profile: "p"))
            guard case .failed(provider: "profile", let reason) = try await error(named) else {
                Issue.record("a profile that was asked for by name declined")
                return
            }
            #expect(reason.contains("`p`"))
            let implied = try ProfileCredentialsProvider(settings: settings(["AWS_PROFILE": "p"], config: config))
            guard case .declined = try await error(implied) else {
                Issue.record("a profile that was not asked for failed")
                return
            }
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
        #expect(error.description.contains("environment: ") && error.description.contains("profile: "))
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
