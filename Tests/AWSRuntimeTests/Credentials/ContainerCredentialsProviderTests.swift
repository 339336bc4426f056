import AWSRuntime
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Testing

@Suite("Container credentials")
struct ContainerCredentialsProviderTests {
    private static let relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    private static let token = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
    private static let tokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"

    @Test("the relative variable goes before the full one, and the question is a plain GET")
    func relativeFirst() async throws {
        let scene = try MetadataScene(
            [Self.relative: "/v2/credentials/id?x=1", Self.full: "https://elsewhere.example/"], [.keys()])
        let resolved = try await scene.resolve(ContainerCredentialsProvider(context: scene.context))
        #expect(resolved.credentials.accessKeyID == "AKIDEXAMPLE")
        #expect(resolved.credentials.secretAccessKey == "hunter2-secret")
        #expect(resolved.credentials.sessionToken == "hunter2-token")
        #expect(resolved.credentials.expiration == Date(timeIntervalSince1970: 1_795_273_200))
        #expect(!resolved.outlivesExpiration && resolved.rereadAfter == nil)
        let request = try #require(scene.transport.requests.first)
        #expect(scene.transport.requests.count == 1)
        #expect(request.method == "GET" && request.target == "/v2/credentials/id?x=1" && request.body.isEmpty)
        #expect(request.endpoint.scheme == "http" && request.endpoint.authority == "169.254.170.2")
        #expect(request.values("Host") == ["169.254.170.2"])
        #expect(request.values("Accept") == ["application/json"])
        #expect(request.values("Authorization").isEmpty)
    }

    @Test("without either variable, or with blank ones, it declines and names both", arguments: [nil, ""])
    func declines(value: String?) async throws {
        var environment = [Self.token: "hunter2"]
        environment[Self.relative] = value
        environment[Self.full] = value
        let scene = try MetadataScene(environment)
        let reason = try await scene.refusal(ContainerCredentialsProvider(context: scene.context))
        #expect(reason.contains(Self.relative) && reason.contains(Self.full))
    }

    @Test(
        "over http the machine itself and the addresses of ECS and EKS are asked, over https anyone",
        arguments: [
            ("http://127.0.0.1:8080/c", "127.0.0.1:8080"), ("http://127.255.0.9/c", "127.255.0.9"),
            ("http://localhost/c", "localhost"), ("http://LOCALHOST:80/c", "localhost"),
            ("http://[::1]:9/c", "[::1]:9"),
            ("http://[0:0:0:0:0:0:0:1]/c", "[0:0:0:0:0:0:0:1]"), ("http://169.254.170.2/c", "169.254.170.2"),
            ("http://169.254.170.23/c", "169.254.170.23"), ("http://[fd00:ec2::23]/c", "[fd00:ec2::23]"),
            ("HTTPS://vault.example:8443/c", "vault.example:8443"), ("https://10.0.0.1/c", "10.0.0.1"),
        ])
    func allowedHosts(url: String, authority: String) async throws {
        let scene = try MetadataScene([Self.full: url], [.keys()])
        _ = try await scene.resolve(ContainerCredentialsProvider(context: scene.context))
        #expect(scene.transport.requests.map(\.endpoint.authority) == [authority])
        #expect(scene.transport.requests.map(\.target) == ["/c"])
    }

    @Test(
        "anyone else is not asked over http, and the error names the variable and the host",
        arguments: [
            ("http://169.254.169.254/c", "169.254.169.254"), ("http://169.254.170.20/c", "169.254.170.20"),
            ("http://127.0.0.1.example/c", "127.0.0.1.example"), ("http://localhost.example/c", "localhost.example"),
            ("http://127.1/c", "127.1"), ("http://10.0.0.1/c", "10.0.0.1"), ("http://[fd00:ec2::24]/c", "fd00:ec2::24"),
            ("http://128.0.0.1/c", "128.0.0.1"), ("http://[::2]/c", "::2"),
        ])
    func forbiddenHosts(url: String, host: String) async throws {
        let scene = try MetadataScene([Self.full: url, Self.token: "hunter2"], [.keys()])
        let reason = try await scene.failure(ContainerCredentialsProvider(context: scene.context))
        #expect(reason.contains(Self.full) && reason.contains("`\(host)`"))
        #expect(scene.transport.requests.isEmpty)
    }

    @Test(
        "what is no URL, and a path that could change the host, is refused",
        arguments: [
            (full, "127.0.0.1/c"), (full, "ftp://127.0.0.1/c"), (full, "http:///c"), (full, "http://127.0.0.1/c d"),
            (full, "http://hunter2@127.0.0.1/c"), (full, "http://127.0.0.1:99999/"),
            (full, "http://127.0.0.1/c\r\nX: 1"), (relative, "@hunter2.example/"), (relative, "v2/credentials"),
            (relative, ".example/"), (relative, "/c d"),
        ])
    func noURL(variable: String, value: String) async throws {
        let scene = try MetadataScene([variable: value], [.keys()])
        let reason = try await scene.failure(ContainerCredentialsProvider(context: scene.context))
        #expect(reason.contains(variable) && !reason.contains("hunter2"))
        #expect(scene.transport.requests.isEmpty)
    }

    @Test(
        "path and query are sent as they stand, a fragment is not",
        arguments: [
            ("", "/"), ("/", "/"), ("/a/", "/a/"), ("?id=1", "/?id=1"),
            ("/a%2Fb/?u=http://x/#f", "/a%2Fb/?u=http://x/"),
            ("/a//b/../c", "/a//b/../c"),
        ])
    func target(tail: String, target: String) async throws {
        let scene = try MetadataScene([Self.full: "http://127.0.0.1\(tail)"], [.keys()])
        _ = try await scene.resolve(ContainerCredentialsProvider(context: scene.context))
        #expect(scene.transport.requests.map(\.target) == [target])
    }

    @Test("the token's file goes before the token, is read anew at each fetch, and its last line feed does not count")
    func tokenFile() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write("Basic first\r\n", to: "token")
        let scene = try MetadataScene(
            [Self.full: "http://169.254.170.23/v1/credentials", Self.tokenFile: path, Self.token: "unused"],
            [.keys(), .keys()])
        let provider = ContainerCredentialsProvider(context: scene.context)
        _ = try await scene.resolve(provider)
        _ = try directory.write("second", to: "token")
        _ = try await scene.resolve(provider)
        #expect(scene.transport.requests.map { $0.values("Authorization") } == [["Basic first"], ["second"]])
    }

    @Test("the token of the variable is sent as the whole value of Authorization")
    func tokenVariable() async throws {
        let scene = try MetadataScene([Self.relative: "/c", Self.token: "Bearer hunter2"], [.keys()])
        _ = try await scene.resolve(ContainerCredentialsProvider(context: scene.context))
        #expect(scene.transport.requests.map { $0.values("Authorization") } == [["Bearer hunter2"]])
    }

    @Test(
        "a token that no header can carry is refused without being quoted or sent",
        arguments: [
            "hunter2\nX-Injected: 1", "hunter2\r\nhunter3", "hunter2\u{1}3", "hunter2\thunter3", "hünter2", " \n",
        ])
    func unfitToken(text: String) async throws {
        let directory = try TemporaryDirectory()
        for environment in [[Self.token: text], [Self.tokenFile: try directory.write(text, to: "token")]] {
            let scene = try MetadataScene(environment.merging([Self.relative: "/c"]) { $1 }, [.keys()])
            let reason = try await scene.failure(ContainerCredentialsProvider(context: scene.context))
            #expect(environment.keys.allSatisfy { reason.contains($0) })
            #expect(!reason.contains("unter") && !reason.contains("Injected"))
            #expect(scene.transport.requests.isEmpty)
        }
    }

    @Test("a token file that is missing, a directory, empty or over 64 KiB is a failure that names the variable")
    func unreadableTokenFile() async throws {
        let directory = try TemporaryDirectory()
        let paths = [
            directory.path + "/nowhere", directory.path, try directory.write("", to: "empty"),
            try directory.write(String(repeating: "a", count: 65_537), to: "large"),
        ]
        for path in paths {
            let scene = try MetadataScene([Self.relative: "/c", Self.tokenFile: path, Self.token: "unused"], [.keys()])
            let reason = try await scene.failure(ContainerCredentialsProvider(context: scene.context))
            #expect(reason.contains(Self.tokenFile))
            #expect(scene.transport.requests.isEmpty)
        }
    }
}
