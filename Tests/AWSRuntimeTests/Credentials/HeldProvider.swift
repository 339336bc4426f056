import AWSRuntime
import AWSServices
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Synchronization
import Testing

/// A provider that answers when a test says so: from what was laid ready, else only once it is told.
final class HeldProvider: CredentialsProvider {
    typealias Answer = Result<ResolvedCredentials, CredentialsError>

    private struct State {
        var ready: [Answer]
        var waiting: [CheckedContinuation<Answer, Never>] = []
        var deadlines: [Deadline] = []
    }

    let name = "held"
    private let state: Mutex<State>

    init(_ ready: [Answer] = []) {
        state = Mutex(State(ready: ready))
    }

    /// How often it was asked.
    var asked: Int { deadlines.count }

    /// The deadline of each question.
    var deadlines: [Deadline] { state.withLock { $0.deadlines } }

    /// How many questions have no answer yet.
    var open: Int { state.withLock { $0.waiting.count } }

    /// Answers the oldest open question, or the next one.
    func answer(_ answer: Answer) {
        let waiting = state.withLock { state -> CheckedContinuation<Answer, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.ready.append(answer)
            return nil
        }
        waiting?.resume(returning: answer)
    }

    func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        let answer = await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> Answer? in
                state.deadlines.append(deadline)
                guard state.ready.isEmpty else { return state.ready.removeFirst() }
                state.waiting.append(continuation)
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
        return try answer.get()
    }
}

/// A cache, the clock that it goes by and the provider that it asks.
struct CacheBench {
    let clock = HeldClock()
    let skew = ClockSkew()
    let provider: HeldProvider
    let cache: CredentialsCache

    init(jitter: Double = 1) {
        provider = HeldProvider()
        cache = CredentialsCache(provider, time: clock.time(jitter: jitter), skew: skew)
    }

    /// Asks the cache; by default the request has half a minute.
    func ask(within duration: Duration = .seconds(30)) async throws(CredentialsError) -> Credentials {
        try await cache.credentials(for: nil, by: .after(duration, from: clock.now))
    }

    /// Asks the cache and gives the error, if it ends with one.
    func failure(within duration: Duration = .seconds(30)) async -> CredentialsError? {
        do {
            _ = try await ask(within: duration)
            return nil
        } catch {
            return error
        }
    }

    /// Has a client's refused call tell the time, so that the skew is learned as it is in use.
    func learn(_ date: String) async throws {
        let service = AWSService.databaseMigration
        let client = AWSClient(
            service: service, endpoint: try EndpointResolver(region: "eu-west-1").endpoint(for: service, override: nil),
            credentials: StaticCredentialsProvider(.example),
            transport: StubTransport([.error(403, "RequestTimeTooSkewed", headers: [("Date", date)]), .good]),
            time: clock.time(), skew: skew)
        _ = try await client.invoke(
            SampleOperation(), in: InvocationContext(deadline: .after(.seconds(10), from: clock.now)))
    }

    /// Credentials of a name that expire so many seconds from now, or never.
    func credentials(_ name: String, _ seconds: TimeInterval?) -> Credentials {
        Credentials(
            accessKeyID: name, secretAccessKey: "secret-of-\(name)", sessionToken: "token-of-\(name)",
            expiration: seconds.map { clock.date.addingTimeInterval($0) })
    }

    /// An answer that holds such credentials.
    func answer(
        _ name: String, _ seconds: TimeInterval?, rereadAfter: Duration? = nil, outlives: Bool = false
    ) -> HeldProvider.Answer {
        .success(
            ResolvedCredentials(
                credentials(name, seconds), source: "the test", rereadAfter: rereadAfter, outlivesExpiration: outlives))
    }

    /// Lets a background fetch that has been begun come to its end.
    func settle(_ answer: HeldProvider.Answer) async {
        await eventually("the provider is asked") { provider.open == 1 }
        let before = cache.status
        provider.answer(answer)
        await eventually("the cache takes the answer in") { provider.open == 0 && cache.status != before }
    }
}

extension HeldProvider.Answer {
    /// A failure with a reason.
    static func down(_ reason: String = "down") -> Self { .failure(.failed(provider: "held", reason: reason)) }
}
