import AWSRuntime
import GatewayTestSupport
import Resilience
import SigV4
import Testing

@Suite("Instance metadata: settings, attempts and timing")
struct InstanceMetadataSettingsTests {
    private static let answers: [StubTransport.Step] = [.text(200, "session"), .text(200, "role"), .keys()]

    @Test("each question has one attempt of a second unless told otherwise")
    func defaults() async throws {
        let scene = try MetadataScene([:], [.failure(.connectFailed("refused"))] + Self.answers)
        _ = try await scene.refusal(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(scene.transport.requests.count == 1)
        #expect(scene.transport.deadlines.map { scene.clock.now.duration(to: $0.instant) } == [.seconds(1)])
    }

    @Test("the number of attempts counts for each of the three questions, without a pause")
    func attempts() async throws {
        let script = Self.answers.flatMap { [.failure(.timedOut), .text(500, ""), $0] }
        let scene = try MetadataScene(["AWS_METADATA_SERVICE_NUM_ATTEMPTS": "3"], script)
        let resolved = try await scene.resolve(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(resolved.credentials.accessKeyID == "AKIDEXAMPLE")
        #expect(scene.transport.requests.count == 9)
        #expect(scene.clock.slept.isEmpty)
    }

    @Test("an attempt ends after the timeout, and never after the deadline")
    func timeout() async throws {
        let scene = try MetadataScene(
            ["AWS_METADATA_SERVICE_TIMEOUT": "3"], Self.answers, sendTakes: .seconds(2))
        let start = scene.clock.now
        _ = try await scene.resolve(InstanceMetadataCredentialsProvider(context: scene.context), within: .seconds(6))
        let ends = scene.transport.deadlines.map { start.duration(to: $0.instant) }
        #expect(ends == [.seconds(3), .seconds(5), .seconds(6)])
    }

    @Test("no attempt is begun at the deadline")
    func deadline() async throws {
        let scene = try MetadataScene(
            ["AWS_METADATA_SERVICE_NUM_ATTEMPTS": "9"], Array(repeating: .failure(.timedOut), count: 9),
            sendTakes: .seconds(1))
        let provider = InstanceMetadataCredentialsProvider(context: scene.context)
        await #expect(throws: CredentialsError.self) { try await scene.resolve(provider, within: .seconds(3)) }
        #expect(scene.transport.requests.count == 3)
    }

    @Test(
        "the endpoint is IPv4's, IPv6's or the configured one, which goes before the mode",
        arguments: [
            ([:], "169.254.169.254", ""), (["_MODE": "IPv4"], "169.254.169.254", ""),
            (["_MODE": "IPv6"], "[fd00:ec2::254]", ""), (["_MODE": "ipv6"], "[fd00:ec2::254]", ""),
            (["": "http://10.0.0.1:1338/base/", "_MODE": "IPv6"], "10.0.0.1:1338", "/base"),
            (["": "https://metadata.example"], "metadata.example", ""),
        ])
    func endpoint(variables: [String: String], authority: String, base: String) async throws {
        let environment = variables.map { ("AWS_EC2_METADATA_SERVICE_ENDPOINT\($0.key)", $0.value) }
        let scene = try MetadataScene(Dictionary(uniqueKeysWithValues: environment), Self.answers)
        _ = try await scene.resolve(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(scene.transport.requests.map(\.endpoint.authority) == [authority, authority, authority])
        #expect(scene.transport.requests.first?.target == "\(base)/latest/api/token")
        #expect(scene.transport.requests.last?.target == "\(base)/latest/meta-data/iam/security-credentials/role")
    }

    @Test("what the environment does not set, the profile does")
    func profile() async throws {
        let directory = try TemporaryDirectory()
        let config = """
            [profile p]
            ec2_metadata_service_endpoint = http://10.0.0.1
            ec2_metadata_service_endpoint_mode = ipv6
            metadata_service_timeout = 5
            metadata_service_num_attempts = 2
            """
        let environment = ["AWS_CONFIG_FILE": try directory.write(config, to: "config"), "AWS_PROFILE": "p"]
        let scene = try MetadataScene(environment, [.text(500, "")] + Self.answers)
        _ = try await scene.resolve(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(Set(scene.transport.requests.map(\.endpoint.authority)) == ["10.0.0.1"])
        #expect(scene.transport.requests.count == 4)
        #expect(scene.transport.deadlines.first?.instant == scene.clock.now.advanced(by: .seconds(5)))

        let own = environment.merging(["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://10.0.0.2"]) { $1 }
        let other = try MetadataScene(own, Self.answers)
        _ = try await other.resolve(InstanceMetadataCredentialsProvider(context: other.context))
        #expect(Set(other.transport.requests.map(\.endpoint.authority)) == ["10.0.0.2"])
    }

    @Test(
        "a setting that cannot be one fails without asking, and is named",
        arguments: [
            ("AWS_METADATA_SERVICE_TIMEOUT", "soon"), ("AWS_METADATA_SERVICE_TIMEOUT", "0"),
            ("AWS_METADATA_SERVICE_TIMEOUT", "1.5"), ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "-1"),
            ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "99999999999999999999"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://hunter2@10.0.0.1"),
        ])
    func invalid(variable: String, value: String) async throws {
        let scene = try MetadataScene([variable: value], Self.answers)
        let reason = try await scene.failure(InstanceMetadataCredentialsProvider(context: scene.context))
        #expect(reason.contains(variable) && !reason.contains("hunter2"))
        #expect(scene.transport.requests.isEmpty)
    }
}
