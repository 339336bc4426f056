import AWSRuntime
import AWSServices
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Synchronization
import Testing

/// What stands before each attempt of a client, and what it is told of each.
@Suite("An AWS client with a breaker and a budget")
struct AWSClientGuardTests {
    @Test("while the breaker is open nothing is sent or fetched, and no token is taken")
    func open() async throws {
        let bench = GuardBench([.good])
        bench.open()
        let error = try await bench.failure()
        guard case .circuitOpen(let retryAfter) = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(retryAfter == .seconds(5))
        #expect(bench.transport.requests.isEmpty)
        #expect(bench.credentials.asked == 0)
        #expect(bench.budget.available == 10)
        #expect(!error.isAnswerLost)
    }

    @Test("what AWS said before is told, not that the breaker kept the retry back")
    func openedByOwnAttempt() async throws {
        let bench = GuardBench([.error(500, "InternalServerException"), .good], attempts: 3)
        let error = try await bench.failure()
        #expect(error.serviceFailure?.code == "InternalServerException")
        #expect(error.httpStatus == 500)
        #expect(error.attempts == 1)
        #expect(bench.transport.requests.count == 1)
    }

    @Test("a timeout is held against AWS only where AWS had its time", arguments: [(2, false), (3, true)])
    func fairTime(seconds: Int, opens: Bool) async throws {
        let bench = GuardBench([.failure(.timedOut)], fairTime: .seconds(3))
        _ = try await bench.failure(within: .seconds(seconds))
        #expect(bench.breaker.phase(at: bench.clock.now) == (opens ? .open : .closed))
    }

    @Test("a spent budget is told, nothing is sent, and the breaker hears nothing")
    func spent() async throws {
        let bench = GuardBench([.good], burst: 1, refill: 0.01)
        try await bench.budget.acquire(.ordinary, caller: "other", by: .after(.seconds(1), from: bench.clock.now))
        let error = try await bench.failure()
        guard case .budgetSpent(let retryAfter) = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(retryAfter > .zero)
        #expect(bench.transport.requests.isEmpty)
        #expect(bench.breaker.phase(at: bench.clock.now) == .closed)
    }

    @Test("what AWS said before is told, not that the budget was spent on the retry")
    func spentOnRetry() async throws {
        let bench = GuardBench([.error(400, "ThrottlingException"), .good], attempts: 3, burst: 1, refill: 0.01)
        let error = try await bench.failure()
        #expect(error.serviceFailure?.code == "ThrottlingException")
        #expect(bench.transport.requests.count == 1)
    }

    @Test("a token that came when the breaker had opened meanwhile is given back")
    func refund() async throws {
        let bench = GuardBench([.good], burst: 1, clock: HeldClock())
        try await bench.budget.acquire(.ordinary, caller: "other", by: .after(.seconds(1), from: bench.held.now))
        let call = Task { try await bench.failure(priority: .urgent) }
        await eventually("the call waits for a token") { bench.budget.waiting == 1 && bench.held.sleepers == 1 }
        bench.open()
        bench.held.advance(by: .seconds(1))
        guard case .circuitOpen = try await call.value.reason else {
            Issue.record("the call was made")
            return
        }
        #expect(bench.budget.available == 1)
        #expect(bench.transport.requests.isEmpty)
    }

    @Test(
        "a server's fault, a timeout and a failed connection open the breaker",
        arguments: [
            StubTransport.Step.error(500, "InternalServerException"), .json(502, ""), .error(503, "ServiceUnavailable"),
            .json(504, "<html>"), .error(500, "AccessDenied"), .failure(.timedOut), .failure(.connectFailed("refused")),
            .failure(.connectionLost("reset")), .failure(.tlsFailed("untrusted")), .failure(.malformedAnswer("cut")),
        ])
    func failures(step: StubTransport.Step) async throws {
        let bench = GuardBench([step])
        _ = try await bench.failure()
        #expect(bench.breaker.phase(at: bench.clock.now) == .open)
    }

    @Test(
        "throttling, a refusal and an answer of whatever kind do not open the breaker, nor does a cancellation",
        arguments: [
            StubTransport.Step.error(400, "ThrottlingException"), .error(503, "SlowDown"), .error(429, ""),
            .error(503, "ThrottlingException"), .error(400, "ResourceNotFoundFault"), .error(403, "AccessDenied"),
            .json(404, ""), .json(200, "<html>"), .failure(.responseTooLarge(limit: 1 << 20)), .failure(.cancelled),
        ])
    func noFailures(step: StubTransport.Step) async throws {
        let bench = GuardBench([step])
        _ = try await bench.failure()
        #expect(bench.breaker.phase(at: bench.clock.now) == .closed)
    }

    @Test(
        "a probe's place is free again after every end that does not open the breaker",
        arguments: [
            StubTransport.Step.good, .error(400, "ResourceNotFoundFault"), .error(503, "SlowDown"),
            .json(200, "<html>"),
            .failure(.cancelled), .failure(.responseTooLarge(limit: 1 << 20)),
        ])
    func probe(step: StubTransport.Step) async throws {
        let bench = GuardBench([step])
        bench.open()
        bench.clock.advance(by: .seconds(5))
        // Good or not, it must have ended.
        do { _ = try await bench.invoke() } catch { #expect(error is AWSError) }
        #expect(bench.transport.requests.count == 1)
        #expect(bench.breaker.phase(at: bench.clock.now) == .halfOpen)
        #expect(bench.breaker.retryAfter(at: bench.clock.now) == nil)
    }

    @Test("a probe that fails opens the breaker again", arguments: [500, 503])
    func failedProbe(status: Int) async throws {
        let bench = GuardBench([.json(status, "")])
        bench.open()
        bench.clock.advance(by: .seconds(5))
        _ = try await bench.failure()
        #expect(bench.breaker.phase(at: bench.clock.now) == .open)
    }

    @Test("no probe's place and no token is taken by a call that has no credentials")
    func probeWithoutCredentials() async throws {
        let bench = GuardBench([.good], credentials: [nil])
        bench.open()
        bench.clock.advance(by: .seconds(5))
        guard case .credentials = try await bench.failure().reason else {
            Issue.record("there were credentials")
            return
        }
        #expect(bench.breaker.retryAfter(at: bench.clock.now) == nil)
        #expect(bench.budget.available == 10)
    }

    @Test("no probe's place is taken by a call that the budget refuses")
    func probeWithoutToken() async throws {
        let bench = GuardBench([.good], burst: 1, refill: 0.01)
        try await bench.budget.acquire(.ordinary, caller: "other", by: .after(.seconds(1), from: bench.clock.now))
        bench.open()
        bench.clock.advance(by: .seconds(5))
        _ = try await bench.failure()
        #expect(bench.transport.requests.isEmpty)
        #expect(bench.breaker.retryAfter(at: bench.clock.now) == nil)
    }

    @Test("two good probes close the breaker for the client")
    func recovery() async throws {
        let bench = GuardBench([.good, .error(404, "ResourceNotFoundException"), .good])
        bench.open()
        bench.clock.advance(by: .seconds(5))
        _ = try await bench.invoke()
        _ = try await bench.failure()
        #expect(bench.breaker.phase(at: bench.clock.now) == .closed)
        _ = try await bench.invoke()
    }

    @Test("a call that is not signed asks for no credentials")
    func unsigned() async throws {
        let bench = GuardBench([.good], credentials: [nil])
        let answer = try await bench.client.invoke(UnsignedOperation(), in: bench.context())
        #expect(answer.output.value == "good")
        #expect(bench.credentials.asked == 0)
        #expect(bench.transport.requests.flatMap { $0.values("Authorization") }.isEmpty)
    }

    @Test("a call whose deadline passed while it got its credentials is not sent, nor held against AWS")
    func lateCredentials() async throws {
        let bench = GuardBench([.good], credentialsTake: .seconds(10))
        let error = try await bench.failure(within: .seconds(10))
        guard case .timedOut = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(!error.isAnswerLost)
        #expect(bench.transport.requests.isEmpty)
        #expect(bench.breaker.phase(at: bench.clock.now) == .closed)
        #expect(bench.budget.available == 10)
    }

    @Test("a call that is cancelled while it waits for credentials was cancelled, not without credentials")
    func cancelledCredentials() async throws {
        let cache = CacheBench()
        let service = AWSService.databaseMigration
        let client = AWSClient(
            service: service, endpoint: try EndpointResolver(region: "eu-west-1").endpoint(for: service, override: nil),
            credentials: cache.cache, transport: StubTransport([.good]), time: cache.clock.time())
        let context = InvocationContext(deadline: .after(.seconds(10), from: cache.clock.now))
        let call = Task { _ = try await client.invoke(SampleOperation(), in: context) }
        await eventually("it waits") { cache.clock.sleepers == 1 && cache.provider.open == 1 }
        call.cancel()
        let error = try await #require(throws: AWSError.self) { try await call.value }
        guard case .cancelled = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(!error.isAnswerLost)
        cache.provider.answer(.down())
    }
}

/// Whether a failed call may have been carried out.
@Suite("The answers that an AWS client has lost")
struct AWSClientLostAnswerTests {
    @Test(
        "an answer is lost if that of any attempt was, however the last one ended",
        arguments: [
            ([.failure(.connectionLost("reset")), .error(404, "ResourceNotFoundException")], true),
            ([.failure(.malformedAnswer("cut")), .error(409, "ConflictException")], true),
            ([.failure(.connectionLost("reset")), .failure(.connectFailed("refused")), .json(403, "")], true),
            ([.failure(.connectionLost("reset")), .failure(.tlsFailed("untrusted"))], true),
            ([.failure(.timedOut)], true), ([.failure(.responseTooLarge(limit: 1))], true),
            ([.json(200, "<html>")], true),
            ([.failure(.connectFailed("refused")), .json(200, "")], true),
            // It was under way when it was given up.
            ([.failure(.cancelled)], true),
            ([.failure(.connectFailed("refused")), .error(404, "ResourceNotFoundException")], false),
            ([.failure(.tlsFailed("untrusted"))], false), ([.error(400, "AccessDeniedFault")], false),
            ([.error(503, "ServiceUnavailable"), .error(400, "ThrottlingException"), .json(404, "")], false),
        ] as [([StubTransport.Step], Bool)])
    func lost(script: [StubTransport.Step], isLost: Bool) async throws {
        let error = try await SampleClient(script).failure()
        #expect(error.isAnswerLost == isLost)
    }

    @Test("an attempt that timed out on its own time lost its answer, also when the next one was refused")
    func attemptTimeout() async throws {
        let bench = GuardBench([.failure(.timedOut), .json(404, "")], attempts: 2, opensAt: 100)
        #expect(try await bench.failure().isAnswerLost)
        #expect(bench.transport.requests.count == 2)
    }

    @Test("a lost answer is told also when the wait before the retry is cancelled")
    func cancelledRetry() async throws {
        let client = try SampleClient([.failure(.connectionLost("reset")), .good])
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await client.failure()
        }
        let error = try await task.value
        guard case .cancelled = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(error.isAnswerLost)
    }

    @Test("a lost answer is told also when the retry is kept back")
    func keptBack() async throws {
        let bench = GuardBench([.failure(.connectionLost("reset")), .good], attempts: 3)
        let error = try await bench.failure()
        guard case .transport(.connectionLost) = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(error.isAnswerLost)
    }
}

/// A call that brings its own proof.
private struct UnsignedOperation: AWSOperation {
    static let name = "UnsignedOperation"
    static let iamAction = "sample:Unsigned"
    static let isSigned = false

    func content() throws -> AWSRequestContent { AWSRequestContent(method: "POST", path: "/") }

    static func decode(_ body: [UInt8]) throws -> SampleOperation.Output { try SampleOperation.decode(body) }
}
