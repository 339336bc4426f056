import AWSRuntime
import AWSServices
import GatewayTestSupport
import Resilience
import SigV4
import Testing

/// AWS's standard retry mode as of November 2026, as the client carries it out.
@Suite("The retries of an AWS client")
struct AWSClientRetryTests {
    @Test("a call that succeeds is made once")
    func noRetry() async throws {
        let client = try SampleClient([.good, .good])
        let answer = try await client.invoke()
        #expect(answer.output == SampleOperation.Output(value: "good"))
        #expect(client.transport.requests.count == 1)
        #expect(client.clock.slept.isEmpty)
    }

    @Test(
        "a passing failure is tried again until it passes",
        arguments: [
            StubTransport.Step.error(500, "InternalServerException"), .error(503, "ServiceUnavailable"),
            .json(502, "<html>"), .json(504, ""), .error(400, "ThrottlingException"), .error(429, "SlowDown"),
            .error(400, "RequestTimeout"), .error(400, "RequestTimeoutException"),
            .error(400, "PriorRequestNotComplete"), .json(429, ""), .failure(.connectFailed("refused")),
            .failure(.connectionLost("reset")), .failure(.malformedAnswer("cut short")),
        ])
    func passingFailures(failure: StubTransport.Step) async throws {
        let client = try SampleClient([failure, failure, .good])
        #expect(try await client.invoke().output.value == "good")
        #expect(client.transport.requests.count == 3)
    }

    @Test(
        "a lasting failure is not tried again",
        arguments: [
            StubTransport.Step.error(400, "ResourceNotFoundFault"), .error(400, "InvalidResourceStateFault"),
            .error(400, "AccessDeniedFault"), .error(409, "ConflictException"), .error(400, "ValidationException"),
            .error(403, "InvalidSignatureException"), .error(400, "ExpiredTokenException"), .json(403, ""),
            .json(404, ""), .json(301, ""), .json(200, "<html>"), .failure(.tlsFailed("untrusted")),
            .failure(.responseTooLarge(limit: 1 << 20)), .failure(.timedOut), .failure(.cancelled),
        ])
    func lastingFailures(failure: StubTransport.Step) async throws {
        let client = try SampleClient([failure, .good])
        let error = try await client.failure()
        #expect(error.attempts == 1)
        #expect(client.transport.requests.count == 1)
        #expect(client.clock.slept.isEmpty)
    }

    @Test("there are three attempts in all, and the error tells how many there were")
    func attempts() async throws {
        let client = try SampleClient(.init(repeating: .error(500, "InternalServerException"), count: 5))
        let error = try await client.failure()
        #expect(error.attempts == 3)
        #expect(client.transport.requests.count == 3)
    }

    @Test("as many attempts are made as the strategy says", arguments: [1, 2, 5])
    func maxAttempts(count: Int) async throws {
        let client = try SampleClient([], strategy: RetryStrategy(maxAttempts: count))
        #expect(try await client.failure().attempts == count)
        #expect(
            client.transport.requests.map { $0.values("amz-sdk-request") }
                == (1...count).map { ["attempt=\($0); max=\(count)"] })
    }

    @Test("the delay doubles from 50 ms after a passing failure and from 1 s when throttled, up to 20 s")
    func delays() async throws {
        let strategy = RetryStrategy(maxAttempts: 8)
        let transient = try SampleClient([], strategy: strategy)
        _ = try await transient.failure()
        #expect(transient.clock.slept == [50, 100, 200, 400, 800, 1600, 3200].map { .milliseconds($0) })
        let throttled = try SampleClient(
            .init(repeating: .error(400, "ThrottlingException"), count: 8), strategy: strategy)
        _ = try await throttled.failure()
        #expect(throttled.clock.slept == [1, 2, 4, 8, 16, 20, 20].map { .seconds($0) })
    }

    @Test("the delay is a random part of its ceiling", arguments: [(0.0, 0), (0.25, 250), (0.5, 500)])
    func jitter(jitter: Double, milliseconds: Int) async throws {
        let client = try SampleClient([.error(400, "ThrottlingException"), .good], jitter: jitter)
        _ = try await client.invoke()
        #expect(client.clock.slept == [.milliseconds(milliseconds)])
    }

    @Test(
        "the server's wish is honoured between the computed delay and five seconds more",
        arguments: [
            ("1500", 1500), ("100", 1000), ("6000", 6000), ("6001", 6000), ("86400000", 6000), ("0", 1000),
            (" 2000 ", 2000), ("-1", 1000), ("1.5", 1000), ("soon", 1000), ("", 1000), ("99999999999999999999", 6000),
        ])
    func retryAfter(header: String, milliseconds: Int) async throws {
        let client = try SampleClient([
            .error(400, "ThrottlingException", headers: [("X-Amz-Retry-After", header)]), .good,
        ])
        _ = try await client.invoke()
        #expect(client.clock.slept == [.milliseconds(milliseconds)])
    }

    @Test("a retry costs 14 tokens, or 5 when throttled, and a success gives back its last retry's cost")
    func quota() async throws {
        let transient = try SampleClient([])
        _ = try await transient.failure()
        #expect(transient.quota.available == 500 - 14 - 14)

        let throttled = try SampleClient(.init(repeating: .error(400, "Throttling"), count: 3))
        _ = try await throttled.failure()
        #expect(throttled.quota.available == 500 - 5 - 5)

        let recovered = try SampleClient([.error(500, ""), .error(400, "Throttling"), .good])
        _ = try await recovered.invoke()
        #expect(recovered.quota.available == 500 - 14 - 5 + 5)
    }

    @Test("a success without a retry gives one token")
    func quotaGrows() async throws {
        let client = try SampleClient([.error(500, ""), .error(404, ""), .good])
        _ = try await client.failure()
        #expect(client.quota.available == 486)
        _ = try await client.invoke()
        #expect(client.quota.available == 487)
    }

    @Test("a spent quota stops retrying at once", arguments: [(13, 1), (14, 2), (27, 2), (28, 3)])
    func spentQuota(capacity: Int, attempts: Int) async throws {
        let client = try SampleClient([], quota: capacity)
        #expect(try await client.failure().attempts == attempts)
    }

    @Test("a retry that cannot end before the deadline is not begun, and the failure is told as it was")
    func deadline() async throws {
        let client = try SampleClient(.init(repeating: .error(400, "ThrottlingException"), count: 3))
        let error = try await client.failure(within: .milliseconds(2500))
        #expect(error.attempts == 2)
        #expect(error.serviceFailure?.code == "ThrottlingException")
        #expect(client.clock.slept == [.seconds(1)])
        #expect(client.quota.available == 495)
    }

    @Test("the time that an attempt takes counts against the deadline")
    func deadlineCountsAttempts() async throws {
        let client = try SampleClient(
            .init(repeating: .error(400, "ThrottlingException"), count: 3), sendTakes: .seconds(3))
        #expect(try await client.failure(within: .seconds(4)).attempts == 1)
    }

    @Test("every attempt is signed anew, at its own time")
    func signedAnew() async throws {
        let client = try SampleClient(
            .init(repeating: .error(400, "ThrottlingException"), count: 2) + [.good], sendTakes: .seconds(10))
        _ = try await client.invoke()
        let requests = client.transport.requests
        // Each attempt takes 10 s; the waits between them are 1 s and 2 s.
        #expect(
            requests.flatMap { $0.values("X-Amz-Date") }
                == ["20261121T090000Z", "20261121T090011Z", "20261121T090023Z"])
        #expect(Set(requests.flatMap { $0.values("Authorization") }).count == 3)
    }

    @Test("every attempt asks for the credentials anew")
    func freshCredentials() async throws {
        let keys = ["AKIDFIRST", "AKIDSECOND"].map { Credentials(accessKeyID: $0, secretAccessKey: "secret") }
        let client = try SampleClient([.error(500, ""), .good], credentials: RotatingCredentials(keys))
        _ = try await client.invoke()
        let authorizations = client.transport.requests.flatMap { $0.values("Authorization") }
        #expect(authorizations.count == 2)
        #expect(authorizations.first?.contains("Credential=AKIDFIRST/") == true)
        #expect(authorizations.last?.contains("Credential=AKIDSECOND/") == true)
    }

    @Test("the attempts of one call share an invocation id, two calls do not")
    func invocationID() async throws {
        let client = try SampleClient([.error(500, ""), .good, .good])
        _ = try await client.invoke()
        _ = try await client.invoke()
        let ids = client.transport.requests.flatMap { $0.values("amz-sdk-invocation-id") }
        #expect(ids.count == 3)
        #expect(ids.first == ids.dropFirst().first)
        #expect(ids.first != ids.last)
    }

    @Test("a call whose task is cancelled between two attempts ends as cancelled")
    func cancelledTask() async throws {
        let client = try SampleClient([.error(500, ""), .good])
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await client.failure()
        }
        let error = try await task.value
        guard case .cancelled = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(client.transport.requests.count == 1)
    }
}
