import Authentication
import GatewayTestSupport
import Synchronization

/// An issuer's key set that a test holds in its hands: what a fetch brings, and when it ends.
final class ScriptedKeySet: Sendable {
    private struct State {
        var answer: Result<FetchedDocument, KeySetFault>
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var fetches = 0
    }

    private let state: Mutex<State>
    let clock = ManualClock()

    init(_ signers: TestSigner...) {
        let keys = signers.map(\.jwk).joined(separator: ",")
        state = Mutex(State(answer: .success(FetchedDocument(body: Array(#"{"keys":[\#(keys)]}"#.utf8)))))
    }

    /// How many fetches have begun.
    var fetches: Int { state.withLock { $0.fetches } }

    /// What fetches bring from now on.
    func answer(_ answer: Result<[UInt8], KeySetFault>) {
        state.withLock { $0.answer = answer.map { FetchedDocument(body: $0) } }
    }

    /// Lets no fetch end until ``release()``.
    func hold() {
        state.withLock { $0.isHeld = true }
    }

    /// Lets all fetches end.
    func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.isHeld = false
            return state.held
        }
        for continuation in held { continuation.resume() }
    }

    /// Waits until so many fetches have begun.
    func hasBegun(_ count: Int) async {
        while fetches < count { await Task.yield() }
    }

    /// A cache of this key set, on the test's clock; the wait for a fetch has no end of its own unless one is given.
    func cache(
        interval: Duration = .seconds(600), patience: @escaping @Sendable () async throws -> Void = forever,
        onFetch: @escaping @Sendable (KeySetStatus) -> Void = { _ in }
    ) -> KeySetCache {
        let clock = clock
        let time = KeySetTime(now: { clock.now }, sleep: { _ in try await patience() })
        return KeySetCache(interval: interval, time: time, onFetch: onFetch) { _ throws(KeySetFault) in
            try await self.fetch()
        }
    }

    /// Waits until the task is cancelled.
    static let forever: @Sendable () async throws -> Void = { try await Task.sleep(for: .seconds(86_400)) }

    private func fetch() async throws(KeySetFault) -> FetchedDocument {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                state.fetches += 1
                if state.isHeld { state.held.append(continuation) }
                return state.isHeld
            }
            if !isHeld { continuation.resume() }
        }
        return try state.withLock { $0.answer }.get()
    }
}
