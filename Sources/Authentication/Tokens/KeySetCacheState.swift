/// What a key set's cache knows, and what follows from it: no clock, no waiting, no network.
package struct KeySetCacheState: Sendable {
    /// What is to be done about a token's key.
    package enum Decision: Sendable {
        /// The key is known.
        case use(VerificationKey, generation: UInt64)
        /// The token is refused.
        case refuse(TokenFault)
        /// There are no keys, and none will come before so long.
        case unavailable(KeySetFault, retryAfter: Duration)
        /// A fetch is under way, or has to be begun, that may bring the key.
        case wait(begin: Bool)
    }

    /// Asks for one key.
    package struct Question: Sendable {
        /// The name of the key.
        package var keyID: String?
        /// What it has to be good for.
        package var algorithm: SigningAlgorithm
        /// When the token came: keys fetched since then need not be fetched again for it.
        package var arrival: ContinuousClock.Instant
        /// Whether a fetch has been waited for already.
        package var hasWaited = false

        /// Asks for a key for a token that has just come.
        package init(keyID: String?, algorithm: SigningAlgorithm, arrival: ContinuousClock.Instant) {
            self.keyID = keyID
            self.algorithm = algorithm
            self.arrival = arrival
        }
    }

    private struct Held {
        var keys: KeySet
        var body: [UInt8]
        var begun: ContinuousClock.Instant
    }

    private let interval: Duration
    private var held: Held?
    private var begun: ContinuousClock.Instant?
    private var due: ContinuousClock.Instant?
    private var asked: ContinuousClock.Instant?
    private var isWantedAgain = false
    private var failures = 0
    /// Counts the different sets that there have been; a key that was found in one may be gone from the next.
    package private(set) var generation: UInt64 = 0
    /// Why the last fetch failed; `nil` when it did not.
    package private(set) var failure: KeySetFault?

    /// How often tokens with unknown keys can cause a fetch.
    package static let unknownKeyInterval = Duration.seconds(30)
    private static let longestPause = Duration.seconds(60)

    /// Creates the state of a cache that holds nothing; `interval` is how long a set is used before it is fetched
    /// again.
    package init(interval: Duration) {
        self.interval = interval
    }

    /// The keys that are held.
    package var keys: KeySet? { held?.keys }

    /// The document that they were read from.
    package var body: [UInt8]? { held?.body }

    /// Whether a fetch is under way.
    package var isFetching: Bool { begun != nil }

    /// What to do about a token's key; a fetch that is to be begun counts as begun.
    package mutating func decide(_ question: Question, at now: ContinuousClock.Instant) -> Decision {
        guard let held else { return decideWithoutKeys(question, at: now) }
        switch held.keys.key(question.keyID, for: question.algorithm) {
        case .key(let key): return .use(key, generation: generation)
        case .fault(let fault): return .refuse(fault)
        case .unknownKey: break
        }
        guard !question.hasWaited, held.begun < question.arrival else { return .refuse(.unknownKey) }
        if isFetching { return .wait(begin: false) }
        let isPausing = failure != nil && due.map { now < $0 } == true
        guard !isPausing, asked.map({ now - $0 >= Self.unknownKeyInterval }) ?? true else {
            return .refuse(.unknownKey)
        }
        asked = now
        begun = now
        return .wait(begin: true)
    }

    private mutating func decideWithoutKeys(_ question: Question, at now: ContinuousClock.Instant) -> Decision {
        let pause = due.map { $0 - now } ?? .zero
        if question.hasWaited { return .unavailable(failure ?? .timedOut, retryAfter: max(pause, .seconds(1))) }
        if isFetching { return .wait(begin: false) }
        if let failure, pause > .zero { return .unavailable(failure, retryAfter: pause) }
        asked = now
        begun = now
        return .wait(begin: true)
    }

    /// Begins a fetch when its time has come, or at once when it is asked for; says whether it did.
    ///
    /// One that is asked for while another is under way is due when that one ends: its document may be an older one.
    package mutating func begin(at now: ContinuousClock.Instant, regardless: Bool = false) -> Bool {
        if isFetching, regardless { isWantedAgain = true }
        guard !isFetching, regardless || due.map({ now >= $0 }) ?? true else { return false }
        begun = now
        return true
    }

    /// Takes in the end of a fetch; a failed one leaves the keys as they are.
    package mutating func finish(
        _ result: Result<(keys: KeySet, document: FetchedDocument), KeySetFault>, at now: ContinuousClock.Instant
    ) {
        let start = begun ?? now
        begun = nil
        switch result {
        case .success(let fetched):
            if held?.body != fetched.document.body { generation += 1 }
            held = Held(keys: fetched.keys, body: fetched.document.body, begun: start)
            failures = 0
            failure = nil
            // A server may ask for a fetch that is earlier than the operator wants, down to a minute, not for a later.
            due = now + min(interval, max(fetched.document.maxAge ?? interval, .seconds(60)))
        case .failure(let fault):
            failures = min(failures + 1, 16)
            failure = fault
            due = now + min(.seconds(1 << (failures - 1)), Self.longestPause, max(interval, .seconds(1)))
        }
        if isWantedAgain { due = now }
        isWantedAgain = false
    }
}
