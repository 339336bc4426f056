import AWSRuntime
import AWSServices
import GatewayTestSupport
import Resilience
import SigV4
import Testing

/// The figures of `botocore.retries.standard` in its mode of 2026, and scripts that were played through it.
///
/// The codes of a wrong clock and of an expired token are in no script: on those we correct ourselves beside the
/// retries, as botocore does not.
@Suite("Our retries are botocore's, decision for decision")
struct RetryScriptTests {
    @Test(
        "each script makes as many attempts, waits as long, leaves as much quota and ends alike",
        arguments: try RetryFixture.load().alike)
    func alike(script: RetryScript) async throws {
        let fixture = try RetryFixture.load()
        let player = try RetryPlayer(script, fixture)
        for index in script.answers.indices {
            let expected = PlayedCall(script, index, fixture)
            let call = await player.call()
            try #require(call.agrees(with: expected), "call \(index): \(call); botocore: \(expected)")
        }
    }

    @Test(
        "where a rule leaves a script out, botocore decides or reports otherwise",
        arguments: try RetryFixture.load().leftOut)
    func leftOut(script: RetryScript) async throws {
        let fixture = try RetryFixture.load()
        let call = try await RetryPlayer(script, fixture).call()
        #expect(!call.agrees(with: PlayedCall(script, 0, fixture)), "the rule is not needed: \(call)")
    }

    @Test("a thousand scripts are compared, and every rule leaves out as many as it says")
    func counts() throws {
        let fixture = try RetryFixture.load()
        #expect(fixture.alike.count == 1000)
        #expect(fixture.figures.scripts == 1000)
        let leftOut = Dictionary(grouping: fixture.leftOut.compactMap(\.rule), by: \.rawValue).mapValues(\.count)
        #expect(leftOut == fixture.figures.leftOut)
        #expect(Set(leftOut.keys) == Set(RetryDifference.allCases.map(\.rawValue)))
    }

    @Test("every code and status on botocore's lists has the class that it has there")
    func lists() throws {
        let figures = try RetryFixture.load().figures
        func retry(_ code: String, _ status: Int) -> RetryStrategy.Failure? {
            AWSServiceFailure(code: code, message: nil, httpStatus: status).retryFailure
        }
        for code in figures.throttlingCodes { #expect(retry(code, 400) == .throttling, "\(code)") }
        for code in Set(figures.transientCodes).subtracting(figures.throttlingCodes) {
            #expect(retry(code, 400) == .transient, "\(code)")
        }
        for status in 300..<600 where status != 429 {
            let expected: RetryStrategy.Failure? = figures.transientStatuses.contains(status) ? .transient : nil
            #expect(retry("", status) == expected, "\(status)")
        }
    }
}

/// What one call did: as botocore's record has it, or as ours went.
private struct PlayedCall: CustomStringConvertible {
    var attempts: Int
    var delays: [Duration]
    var quota: Int
    var outcome: String

    init(attempts: Int, delays: [Duration], quota: Int, outcome: String) {
        self.attempts = attempts
        self.delays = delays
        self.quota = quota
        self.outcome = outcome
    }

    /// The record of a script's call.
    init(_ script: RetryScript, _ index: Int, _ fixture: RetryFixture) {
        self.init(
            attempts: script.answers[index].count, delays: script.delays[index].map { .seconds($0) },
            quota: script.quota[index], outcome: fixture.figures.outcomes[script.outcomes[index]])
    }

    /// Whether two calls are the same; a delay may be a nanosecond off, since the one is binary and the other decimal.
    func agrees(with other: PlayedCall) -> Bool {
        attempts == other.attempts && quota == other.quota && outcome == other.outcome
            && delays.count == other.delays.count
            && zip(delays, other.delays).allSatisfy { abs(($0 - $1) / .nanoseconds(1)) <= 1 }
    }

    var description: String { "\(attempts) attempts, waits \(delays), quota \(quota), \(outcome)" }
}

/// A client that plays a script, call by call.
private struct RetryPlayer {
    private let clock = ManualClock()
    private let transport: StubTransport
    private let quota: RetryQuota
    private let client: AWSClient

    init(_ script: RetryScript, _ fixture: RetryFixture) throws {
        transport = StubTransport(script.answers.joined().map { fixture.answers[$0].step })
        quota = RetryQuota(capacity: script.capacity)
        client = try Self.client(script, fixture.figures.jitters, transport, quota, clock)
    }

    /// The client; attempt n of the script has the random number n of the list, from the script's own place on.
    ///
    /// An attempt has 60 seconds, as botocore's has to read: only where it has a time of its own is it tried again.
    private static func client(
        _ script: RetryScript, _ jitters: [Double], _ transport: StubTransport, _ quota: RetryQuota,
        _ clock: ManualClock
    ) throws -> AWSClient {
        let service: AWSService = script.service == "dms" ? .databaseMigration : .twinMaker
        try #require(service.signingName == script.service)
        var time = clock.time()
        time.jitter = { jitters[(script.jitter + transport.requests.count - 1) % jitters.count] }
        return AWSClient(
            service: service, endpoint: try EndpointResolver(region: "eu-west-1").endpoint(for: service, override: nil),
            credentials: CredentialsCache(StaticCredentialsProvider(.example)), transport: transport,
            retries: AWSClientRetries(
                strategy: RetryStrategy(maxAttempts: script.maxAttempts), quota: quota, attemptTimeout: .seconds(60)),
            time: time)
    }

    /// Makes the next call.
    func call() async -> PlayedCall {
        let sent = transport.requests.count
        let slept = clock.slept.count
        let outcome: String
        do {
            let deadline = Deadline.after(.seconds(1_000_000), from: clock.now)
            _ = try await client.invoke(SampleOperation(), in: InvocationContext(deadline: deadline))
            outcome = "success"
        } catch {
            outcome = Self.outcome(of: error)
        }
        return PlayedCall(
            attempts: transport.requests.count - sent, delays: Array(clock.slept.dropFirst(slept)),
            quota: quota.available, outcome: outcome)
    }

    /// The error in the words of the record.
    private static func outcome(of error: AWSError) -> String {
        switch error.reason {
        case .service(let failure): "\(failure.httpStatus) \(failure.code)"
        case .transport(.connectFailed(let name)), .transport(.connectionLost(let name)),
            .transport(.malformedAnswer(let name)), .transport(.tlsFailed(let name)):
            name
        case .timedOut: "read-timeout"
        default: "\(error.reason)"
        }
    }
}
