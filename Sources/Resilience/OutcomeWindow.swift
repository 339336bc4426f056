/// How many calls were made and how many failed of late, in a fixed number of buckets.
///
/// The window moves on by a tenth of its length at a time, so what it holds is between nine tenths and all of it.
struct OutcomeWindow: Sendable {
    private struct Bucket: Sendable {
        var slot: Int
        var calls = 0
        var failures = 0
    }

    private static let bucketCount = 10

    private let span: Duration
    private var origin: ContinuousClock.Instant?
    private var buckets: [Bucket]

    /// Creates an empty window.
    init(_ length: Duration) {
        span = length / Self.bucketCount
        buckets = (0..<Self.bucketCount).map { Bucket(slot: $0) }
    }

    /// Counts one call; `now` never goes back.
    mutating func count(failed: Bool, at now: ContinuousClock.Instant) {
        let slot = slot(at: now)
        let index = slot % Self.bucketCount
        if buckets[index].slot != slot { buckets[index] = Bucket(slot: slot) }
        buckets[index].calls += 1
        if failed { buckets[index].failures += 1 }
    }

    /// The calls of the window that ends at `now`, and the failed ones among them.
    mutating func totals(at now: ContinuousClock.Instant) -> (calls: Int, failures: Int) {
        let slot = slot(at: now)
        return buckets.reduce((0, 0)) { sum, bucket in
            guard bucket.slot > slot - Self.bucketCount else { return sum }
            return (sum.0 + bucket.calls, sum.1 + bucket.failures)
        }
    }

    /// Forgets everything.
    mutating func clear() {
        origin = nil
        for index in buckets.indices { buckets[index] = Bucket(slot: index) }
    }

    private mutating func slot(at now: ContinuousClock.Instant) -> Int {
        guard let origin else {
            origin = now
            return 0
        }
        return Int(clamping: origin.duration(to: now).attoseconds / span.attoseconds)
    }
}
