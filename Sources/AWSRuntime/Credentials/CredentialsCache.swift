import Foundation
package import Resilience
package import SigV4
import Synchronization

/// Keeps the credentials of one provider and renews them in time: one fetch at a time, whoever asks.
///
/// A renewal that fails leaves what works in its place, and no failure stays: the next request after a short pause asks
/// again. Who waits for a fetch waits no longer than its own deadline, and giving up ends nobody else's wait.
package final class CredentialsCache: CredentialsSource {
    private let provider: any CredentialsProvider
    private let time: AWSClientTime
    private let skew: ClockSkew
    private let onFetch: @Sendable (Result<ResolvedCredentials, CredentialsError>) -> Void
    private let state = Mutex(Shared())

    /// How long one fetch may take; those of the providers that go through several calls included.
    package static let fetchTimeout = Duration.seconds(10)

    /// Creates an empty cache.
    ///
    /// - Parameters:
    ///   - provider: Where the credentials come from.
    ///   - time: The clocks.
    ///   - skew: How far AWS's clock is from ours; expiries are told by AWS's.
    ///   - onFetch: Told of every fetch that has ended, for a log.
    package init(
        _ provider: any CredentialsProvider, time: AWSClientTime = .system, skew: ClockSkew = ClockSkew(),
        onFetch: @escaping @Sendable (Result<ResolvedCredentials, CredentialsError>) -> Void = { _ in }
    ) {
        self.provider = provider
        self.time = time
        self.skew = skew
        self.onFetch = onFetch
    }

    private typealias Waiter = CheckedContinuation<Result<Credentials, CredentialsError>?, Never>

    private struct Shared {
        var cache = CredentialsCacheState()
        var waiters: [UInt64: Waiter] = [:]
        var lastWaiter: UInt64 = 0

        /// Ends a fetch; what it brought is for the waiters, unless it had been given up.
        mutating func finish(
            _ number: CredentialsCacheState.Fetch, with result: Result<ResolvedCredentials, CredentialsError>,
            at now: CredentialsCacheState.Moment, jitter: Double
        ) -> (outcome: Result<Credentials, CredentialsError>?, waiters: [Waiter]) {
            guard let outcome = cache.finish(number, with: result, at: now, jitter: jitter) else { return (nil, []) }
            defer { waiters = [:] }
            return (outcome, Array(waiters.values))
        }
    }

    /// How things stand, for a look from outside; asks nobody.
    package var status: CredentialsStatus {
        let now = moment()
        return state.withLock { $0.cache.status(at: now) }
    }

    /// Credentials that are good now; fetches them where there are none.
    package func credentials(
        for caller: String?, by deadline: Deadline
    ) async throws(CredentialsError) -> Credentials {
        let now = moment()
        switch state.withLock({ $0.cache.decide(at: now) }) {
        case .use(let credentials, let begun):
            if let begun { fetch(begun) }
            return credentials
        case .wait(let begun, let patience):
            if let begun { fetch(begun) }
            if let patience {
                if let result = await wait(until: min(Deadline(patience), deadline)) { return try result.get() }
                // Looked at anew: their time may have ended during the wait.
                let end = moment()
                if let held = state.withLock({ $0.cache.held(at: end) }) { return held }
            }
            if let result = await wait(until: deadline) { return try result.get() }
            throw .failed(provider: provider.name, reason: "no answer before the request's deadline")
        case .fail(let error):
            throw error
        }
    }

    /// Drops the credentials, if they are the ones that are kept.
    package func invalidate(_ expired: Credentials, for caller: String?) -> Bool {
        let now = moment()
        return state.withLock { $0.cache.invalidate(expired, at: now) }
    }

    private func moment() -> CredentialsCacheState.Moment {
        .init(date: time.date().addingTimeInterval(skew.offset), instant: time.now())
    }

    /// Fetches in a task of its own: it is everyone's, so it must not end with the request that began it.
    ///
    /// Detached: it takes on nothing of that request, its priority and its log's context included.
    private func fetch(_ number: CredentialsCacheState.Fetch) {
        Task.detached { [self] in
            let result = await fetched()
            doubtSkew(result)
            let now = moment()
            let jitter = time.jitter()
            let (outcome, waiters) = state.withLock { $0.finish(number, with: result, at: now, jitter: jitter) }
            // As the cache judges it: what had expired on its way is of no use either.
            onFetch(status.failure.map { .failure($0) } ?? result)
            for waiter in waiters { waiter.resume(returning: outcome) }
        }
    }

    /// Forgets what was learned of AWS's clock when it no longer can be true, because ours has been set since.
    ///
    /// New credentials say so that are over by AWS's clock as it was learned, and not by ours. Nothing else could say
    /// it: without credentials no call is signed.
    private func doubtSkew(_ result: Result<ResolvedCredentials, CredentialsError>) {
        guard skew.offset != 0, case .success(let resolved) = result,
            let expiration = resolved.credentials.expiration
        else { return }
        let date = time.date()
        if expiration <= date.addingTimeInterval(skew.offset), expiration > date { skew.forget() }
    }

    private func fetched() async -> Result<ResolvedCredentials, CredentialsError> {
        do {
            return .success(try await provider.resolve(by: .after(Self.fetchTimeout, from: time.now())))
        } catch {
            return .failure(error)
        }
    }

    /// Waits for the fetch that is under way; `nil` when the deadline passes or the task is cancelled first.
    private func wait(until deadline: Deadline) async -> Result<Credentials, CredentialsError>? {
        await withTaskGroup(of: Result<Credentials, CredentialsError>?.self) { group in
            group.addTask { await self.outcome() }
            group.addTask { [time] in
                // Cancelled when the fetch ends first; then its result is not looked at.
                try? await time.sleep(deadline.remaining(at: time.now()))
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func outcome() async -> Result<Credentials, CredentialsError>? {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = moment()
                let answer = state.withLock { state -> Result<Credentials, CredentialsError>?? in
                    guard !Task.isCancelled else { return .some(nil) }
                    guard state.cache.isFetching else { return .some(state.cache.settled(at: now)) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.resume(returning: nil)
        }
    }
}
