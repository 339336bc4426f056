/// A store that counts for a whole fleet.
package protocol RateLimitStore: Sendable {
    /// Why it cannot be asked now; `nil` when it can.
    var failure: RedisError? { get }

    /// Whether asking it is worth a wait: it can be asked, and it does not leave others without an answer just now.
    var isResponsive: Bool { get }

    /// Tries once to connect, so that the first request finds a connection; calls `onChange` when ``failure`` changes.
    func start(onChange: @escaping @Sendable () -> Void) async

    /// Keeps a connection up until the task is cancelled; calls `onChange` after each change of ``failure``.
    func run(onChange: @escaping @Sendable () -> Void) async

    /// Counts one request; takes no longer than the store's deadline.
    func consume(key: String, limit: RateLimit) async throws(RedisError) -> GCRA.Decision
}
