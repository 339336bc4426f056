import AWSRuntime
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Testing

@Suite("Container credentials: attempts and answers")
struct ContainerCredentialsRetryTests {
    private static let environment = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/hunter2-path"]
    private static let failures: [StubTransport.Step] = [
        .text(500, ""), .text(404, ""), .text(302, ""), .text(200, "<html>"), .text(200, ""), .text(200, "[]"),
        .failure(.connectFailed("refused")), .failure(.connectionLost("reset")), .failure(.timedOut),
        .failure(.malformedAnswer("cut")), .failure(.responseTooLarge(limit: 9)),
    ]

    @Test("after any failure it asks again a second later", arguments: failures.indices)
    func retries(index: Int) async throws {
        let scene = try MetadataScene(Self.environment, [Self.failures[index], Self.failures[index], .keys()])
        let resolved = try await scene.resolve(ContainerCredentialsProvider(context: scene.context))
        #expect(resolved.credentials.accessKeyID == "AKIDEXAMPLE")
        #expect(scene.clock.slept == [.seconds(1), .seconds(1)])
    }

    @Test("after three attempts it fails, and names the host but not the path", arguments: failures.indices)
    func givesUp(index: Int) async throws {
        let failure = Self.failures[index]
        let scene = try MetadataScene(Self.environment, [failure, failure, failure, .keys()])
        let reason = try await scene.failure(ContainerCredentialsProvider(context: scene.context))
        #expect(scene.transport.requests.count == 3)
        #expect(reason.contains("169.254.170.2") && reason.contains("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"))
        #expect(!reason.contains("hunter2"))
    }

    @Test("an attempt has two seconds, or what is left until the deadline")
    func attemptTimeout() async throws {
        let failure = StubTransport.Step.failure(.timedOut)
        let scene = try MetadataScene(Self.environment, [failure, failure, failure], sendTakes: .seconds(2))
        let start = scene.clock.now
        let reason = try await scene.failure(
            ContainerCredentialsProvider(context: scene.context), within: .milliseconds(4500))
        #expect(reason.contains("in time"))
        // The first may last from 0 s to 2 s, the second from 3 s to the deadline.
        let ends = scene.transport.deadlines.map { start.duration(to: $0.instant) }
        #expect(ends == [.seconds(2), .milliseconds(4500)])
    }

    @Test("an attempt that could only begin at the deadline or after it is not waited for")
    func noPauseBeyondDeadline() async throws {
        let scene = try MetadataScene(Self.environment, [.text(500, ""), .keys()])
        _ = try await scene.failure(ContainerCredentialsProvider(context: scene.context), within: .seconds(1))
        #expect(scene.transport.requests.count == 1)
        #expect(scene.clock.slept.isEmpty)
    }

    @Test("a task that is cancelled does not ask again")
    func cancelled() async throws {
        let scene = try MetadataScene(Self.environment, [.failure(.cancelled), .keys()])
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await scene.failure(ContainerCredentialsProvider(context: scene.context))
        }
        task.cancel()
        #expect(try await task.value.contains("cancelled"))
        #expect(scene.transport.requests.count == 1)
    }

    @Test("the words of an error answer are told in one visible line")
    func words() async throws {
        let answer = StubTransport.Step.json(400, #"{"code": "NoIdFound", "message": "no\n id \u001b[31mhere"}"#)
        let scene = try MetadataScene(Self.environment, [answer, answer, answer])
        let reason = try await scene.failure(ContainerCredentialsProvider(context: scene.context))
        #expect(reason.contains("status 400 (NoIdFound: no id [31mhere)"))
    }

    @Test("an error answer that repeats the token is not told")
    func echo() async throws {
        let answer = StubTransport.Step.json(401, #"{"code": "Denied", "message": "who is hunter2?"}"#)
        let environment = Self.environment.merging(["AWS_CONTAINER_AUTHORIZATION_TOKEN": "hunter2"]) { $1 }
        let scene = try MetadataScene(environment, [answer, answer, answer])
        let reason = try await scene.failure(ContainerCredentialsProvider(context: scene.context))
        #expect(reason.contains("status 401 (Denied)"))
    }

    @Test(
        "a part that is missing or of no use fails at once and is named",
        arguments: [
            (#"{"SecretAccessKey": "hunter2"}"#, "AccessKeyId"),
            (#"{"AccessKeyId": 7, "SecretAccessKey": "hunter2"}"#, "AccessKeyId"),
            (#"{"AccessKeyId": "AKIDEXAMPLE", "Token": "hunter2"}"#, "SecretAccessKey"),
            (#"{"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "hunter2", "Expiration": "hunter2"}"#, "Expiration"),
            (#"{"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "hunter2", "Expiration": 1795251600}"#, "Expiration"),
            (
                #"{"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "hunter2", "Expiration": "2026-11-21T15:00:00"}"#,
                "Expiration"
            ),
            (#"{"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "hunter2", "Token": "hunter2\nX: 1"}"#, "token"),
        ])
    func unusable(body: String, part: String) async throws {
        let scene = try MetadataScene(Self.environment, [.json(200, body), .keys()])
        let reason = try await scene.failure(ContainerCredentialsProvider(context: scene.context))
        #expect(reason.contains(part) && !reason.contains("hunter2"))
        #expect(scene.transport.requests.count == 1)
    }

    @Test(
        "an expiration is an RFC 3339 time, with or without fraction, in any zone",
        arguments: [
            ("2026-11-21T15:00:00Z", 1_795_273_200), ("2026-11-21T15:00:00.5Z", 1_795_273_200.5),
            ("2026-11-21T16:30:00.250000+01:30", 1_795_273_200.25), ("2026-11-21T10:00:00-05:00", 1_795_273_200),
        ])
    func expiration(text: String, seconds: Double) async throws {
        let scene = try MetadataScene(Self.environment, [.keys(expiration: text)])
        let resolved = try await scene.resolve(ContainerCredentialsProvider(context: scene.context))
        #expect(resolved.credentials.expiration == Date(timeIntervalSince1970: seconds))
    }

    @Test("credentials that tell no end are asked for again all the same", arguments: ["", #", "Expiration": null"#])
    func noExpiration(member: String) async throws {
        let body = #"{"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "hunter2"\#(member)}"#
        let scene = try MetadataScene(Self.environment, [.json(200, body)])
        let resolved = try await scene.resolve(ContainerCredentialsProvider(context: scene.context))
        #expect(resolved.credentials.expiration == nil && resolved.credentials.sessionToken == nil)
        #expect(resolved.rereadAfter == .seconds(900))
    }
}
