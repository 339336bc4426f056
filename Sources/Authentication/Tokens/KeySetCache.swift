import Synchronization

/// The clock and the waiting of a key set's cache, so that a test can hold them.
package struct KeySetTime: Sendable {
    /// The clock that does not jump.
    package var now: @Sendable () -> ContinuousClock.Instant
    /// Waits; throws when the task is cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    /// Creates a clock.
    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }

    /// The system's.
    package static let system = KeySetTime(now: { .now }, sleep: { try await Task.sleep(for: $0) })
}

/// How a key set stands; nothing of it is secret.
package struct KeySetStatus: Sendable, Hashable {
    /// The states.
    package enum State: String, Sendable, Hashable {
        /// The last fetch brought the keys.
        case ok
        /// The last fetch failed; the keys of an earlier one are used.
        case stale
        /// There are no keys.
        case none
    }

    /// The state.
    package var state: State
    /// How many keys can be used.
    package var keys: Int
    /// How many keys of the set cannot be used here.
    package var skipped: Int
    /// Why the last fetch failed; `nil` when it did not.
    package var failure: KeySetFault?

    /// Puts the parts together.
    package init(state: State, keys: Int, skipped: Int, failure: KeySetFault?) {
        self.state = state
        self.keys = keys
        self.skipped = skipped
        self.failure = failure
    }
}

/// Keeps the keys of one source and fetches them anew in time: one fetch at a time, whoever asks.
///
/// A fetch that fails, or that brings no usable key, leaves the last good keys in their place. A token whose key is not
/// among them may cause a fetch, at most every ``KeySetCacheState/unknownKeyInterval``. Who waits for a fetch does so
/// for at most ``patience``, and one that leaves ends nobody else's wait.
package final class KeySetCache: Sendable {
    private let load: @Sendable (ContinuousClock.Instant) async throws(KeySetFault) -> FetchedDocument
    private let time: KeySetTime
    private let onFetch: @Sendable (KeySetStatus) -> Void
    private let state: Mutex<Shared>
    private let current = Atomic<UInt64>(0)

    /// How long one fetch may take, and how long a request waits for it.
    package static let patience = Duration.seconds(5)

    /// Creates an empty cache.
    ///
    /// - Parameters:
    ///   - interval: How long keys are used before they are fetched again.
    ///   - time: The clock.
    ///   - onFetch: Told how things stand after every fetch, for a log.
    ///   - load: Gets the key set's document by an instant.
    package init(
        interval: Duration, time: KeySetTime = .system, onFetch: @escaping @Sendable (KeySetStatus) -> Void = { _ in },
        load: @escaping @Sendable (ContinuousClock.Instant) async throws(KeySetFault) -> FetchedDocument
    ) {
        self.load = load
        self.time = time
        self.onFetch = onFetch
        state = Mutex(Shared(cache: KeySetCacheState(interval: interval)))
    }

    private typealias Waiter = CheckedContinuation<Void, Never>

    private struct Shared {
        var cache: KeySetCacheState
        var waiters: [UInt64: Waiter] = [:]
        var lastWaiter: UInt64 = 0
    }

    /// How things stand; asks nobody.
    package var status: KeySetStatus {
        state.withLock { shared in
            let keys = shared.cache.keys
            let state: KeySetStatus.State = keys == nil ? .none : shared.cache.failure == nil ? .ok : .stale
            return KeySetStatus(
                state: state, keys: keys?.count ?? 0, skipped: keys?.skipped ?? 0, failure: shared.cache.failure)
        }
    }

    /// The number of the set that is held; a key of another set may be one that the issuer has withdrawn.
    package var generation: UInt64 { current.load(ordering: .acquiring) }

    /// Begins a fetch when its time has come; at once when it is asked for.
    package func refresh(regardless: Bool = false) {
        let now = time.now()
        if state.withLock({ $0.cache.begin(at: now, regardless: regardless) }) { fetch() }
    }

    /// Why no key was found.
    package enum Missing: Error, Sendable {
        /// The token names none that there is.
        case refused(TokenFault)
        /// There are no keys.
        case unavailable(KeySetFault, retryAfter: Duration)
    }

    /// The key that a token names, and the number of the set that it is from; waits for a fetch where that may help.
    package func key(
        _ keyID: String?, for algorithm: SigningAlgorithm
    ) async throws(Missing) -> (key: VerificationKey, generation: UInt64) {
        var question = KeySetCacheState.Question(keyID: keyID, algorithm: algorithm, arrival: time.now())
        while true {
            let now = time.now()
            switch state.withLock({ $0.cache.decide(question, at: now) }) {
            case .use(let key, let generation): return (key, generation)
            case .refuse(let fault): throw .refused(fault)
            case .unavailable(let fault, let retryAfter): throw .unavailable(fault, retryAfter: retryAfter)
            case .wait(let begin):
                if begin { fetch() }
                await wait()
                question.hasWaited = true
            }
        }
    }

    /// Fetches in a task of its own: it is everyone's, so it must not end with the request that began it.
    private func fetch() {
        Task.detached { [self] in
            let result = await fetched()
            let now = time.now()
            let waiters = state.withLock { shared in
                shared.cache.finish(result, at: now)
                defer { shared.waiters = [:] }
                // Inside the lock: nobody may find a key of the new set while the number is still the old one's.
                current.store(shared.cache.generation, ordering: .releasing)
                return Array(shared.waiters.values)
            }
            onFetch(status)
            for waiter in waiters { waiter.resume() }
        }
    }

    private func fetched() async -> Result<(keys: KeySet, document: FetchedDocument), KeySetFault> {
        do {
            let document = try await load(time.now() + Self.patience)
            let (known, body) = state.withLock { ($0.cache.keys, $0.cache.body) }
            // Most fetches bring what is there already.
            if let known, body == document.body { return .success((known, document)) }
            return .success((try await KeySet(document.body), document))
        } catch {
            return .failure(error)
        }
    }

    /// Waits for the fetch that is under way, until its time is over or the task is cancelled.
    private func wait() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.end() }
            group.addTask { [time] in
                // Cancelled when the fetch ends first.
                try? await time.sleep(Self.patience)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func end() async {
        let id = state.withLock { shared in
            shared.lastWaiter += 1
            return shared.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { shared in
                    guard !Task.isCancelled, shared.cache.isFetching else { return true }
                    shared.waiters[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.resume()
        }
    }
}
