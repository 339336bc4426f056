import AWSRuntime
import AWSServices
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Synchronization
import Testing

/// A client of a made-up operation with a breaker that one failure opens, and a budget for which
/// only urgent calls wait.
struct GuardBench {
    let clock: ManualClock
    /// The clock that everything goes by instead, where waiting is tested.
    let held: HeldClock
    let transport: StubTransport
    let credentials: CountedCredentials
    let breaker: CircuitBreaker
    let budget: UpstreamBudget
    let client: AWSClient
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Puts a client together, on a clock that stands still in waits too where one is given.
    init(
        _ script: [StubTransport.Step], attempts: Int = 1, burst: Int = 10, refill: Double = 1,
        opensAt minimumCalls: Int = 1, fairTime: Duration = .zero,
        credentials: [Credentials?] = [.example], credentialsTake duration: Duration = .zero,
        clock heldClock: HeldClock? = nil
    ) {
        let clock = ManualClock()
        let time = heldClock?.time() ?? clock.time()
        self.clock = clock
        held = heldClock ?? HeldClock()
        now = time.now
        transport = StubTransport(script)
        let counted = CountedCredentials(credentials) { clock.advance(by: duration) }
        self.credentials = counted
        breaker = CircuitBreaker(settings: CircuitBreakerSettings(minimumCalls: minimumCalls, failureRatio: 1))
        budget = UpstreamBudget(
            settings: BudgetSettings(burst: burst, refillPerSecond: refill, longestWait: .zero), now: time.now,
            sleep: time.sleep)
        let resolver = EndpointResolver(region: "eu-west-1")
        let service = AWSService.databaseMigration
        do {
            client = AWSClient(
                service: service, endpoint: try resolver.endpoint(for: service, override: nil), credentials: counted,
                transport: transport,
                retries: AWSClientRetries(
                    strategy: RetryStrategy(maxAttempts: attempts), attemptTimeout: .seconds(4)),
                upstream: UpstreamGuard(breaker: breaker, budget: budget, fairTime: fairTime), time: time)
        } catch {
            preconditionFailure("the region of the test has an endpoint: \(error)")
        }
    }

    /// Opens the breaker as a failed call does.
    func open() {
        guard case .admitted(let permit) = breaker.admit(at: now()) else { return }
        breaker.record(.failure, for: permit, at: now())
    }

    /// What travels with a call; by default its deadline is a minute away.
    func context(within duration: Duration = .seconds(60), priority: BudgetPriority = .ordinary) -> InvocationContext {
        InvocationContext(deadline: .after(duration, from: now()), caller: "alice", priority: priority)
    }

    /// Calls the operation.
    func invoke() async throws -> SampleOperation.Output {
        try await client.invoke(SampleOperation(), in: context()).output
    }

    /// Calls the operation and gives the error that it must end with.
    func failure(
        within duration: Duration = .seconds(60), priority: BudgetPriority = .ordinary
    ) async throws -> AWSError {
        try await #require(throws: AWSError.self) {
            _ = try await client.invoke(SampleOperation(), in: context(within: duration, priority: priority))
        }
    }
}

/// Gives credentials in order, the last again and again, and counts how often it is asked.
final class CountedCredentials: CredentialsSource {
    private let state: Mutex<(remaining: [Credentials?], asked: Int)>
    private let onAsk: @Sendable () -> Void

    init(_ credentials: [Credentials?], onAsk: @escaping @Sendable () -> Void) {
        state = Mutex((credentials, 0))
        self.onAsk = onAsk
    }

    /// How often it was asked.
    var asked: Int { state.withLock { $0.asked } }

    func credentials(for caller: String?, by deadline: Deadline) async throws(CredentialsError) -> Credentials {
        onAsk()
        let next = state.withLock { state -> Credentials? in
            state.asked += 1
            return state.remaining.count > 1 ? state.remaining.removeFirst() : state.remaining.first ?? nil
        }
        guard let next else { throw .failed(provider: "counted", reason: "none") }
        return next
    }

    func invalidate(_ expired: Credentials, for caller: String?) -> Bool { false }
}
