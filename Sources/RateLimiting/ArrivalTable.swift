/// The theoretical arrival times of a bounded number of callers, as a value: time is an argument.
///
/// A time that has passed says the same as none. When the table is full of such that have not, those that are nearest
/// go first: who is forgotten then has the least to wait for, and who was limited longest stays limited.
struct ArrivalTable: Sendable {
    /// A caller under a limit: 128 bits of a hash that is keyed anew in each process.
    ///
    /// Whoever can choose names cannot find two with the same fingerprint, for the key never leaves the process; and
    /// among a billion names chosen without it, two agree by chance once in 10^20 processes.
    struct Fingerprint: Hashable, Sendable {
        let first: UInt64
        let second: UInt64

        func hash(into hasher: inout Hasher) {
            hasher.combine(first)
        }
    }

    /// How many callers a table holds before it looks for those that no longer matter.
    private static let leastSweep = 256
    /// How many entries are asked where the nearest eighth ends.
    private static let sampleSize = 1_024

    private let capacity: Int
    private var arrivals: [Fingerprint: Int64] = [:]
    private var sweepAt: Int
    private var latest = Int64.min

    /// An empty table.
    ///
    /// - Parameter capacity: How many callers it holds at most, at least 1.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
        sweepAt = min(Self.leastSweep, self.capacity)
    }

    /// How many callers it holds.
    var count: Int { arrivals.count }

    /// How many it has room for in the memory that it has taken.
    var room: Int { arrivals.capacity }

    /// What would be decided of a request at `now`; nothing is counted.
    func peek(_ caller: Fingerprint, limit: RateLimit, now: Int64) -> GCRA.Decision {
        GCRA.decide(limit, arrival: arrivals[caller], now: max(now, latest)).0
    }

    /// Decides one request, and counts it.
    mutating func consume(_ caller: Fingerprint, limit: RateLimit, now: Int64) -> GCRA.Decision {
        // The time was read before the lock: another thread's later reading may have come in first.
        let now = max(now, latest)
        latest = now
        // The entry is looked for once, and changed where it is.
        let (decision, isNew) = Self.consume(&arrivals[caller], limit: limit, now: now)
        if isNew, arrivals.count > sweepAt { makeRoom(for: caller, now: now) }
        return decision
    }

    /// Sees to it that a caller's arrival time is no nearer than `ahead` nanoseconds after `now`.
    mutating func raise(_ caller: Fingerprint, to ahead: Int64, now: Int64) {
        let now = max(now, latest)
        latest = now
        let known = arrivals[caller]
        guard now + ahead > known ?? now else { return }
        arrivals[caller] = now + ahead
        if known == nil, arrivals.count > sweepAt { makeRoom(for: caller, now: now) }
    }

    private static func consume(
        _ entry: inout Int64?, limit: RateLimit, now: Int64
    ) -> (decision: GCRA.Decision, isNew: Bool) {
        let isNew = entry == nil
        let (decision, arrival) = GCRA.decide(limit, arrival: entry, now: now)
        entry = arrival
        return (decision, isNew)
    }

    /// Forgets the callers that no longer matter at `now`, and gives back the memory that they took, where that is worth
    /// the work: when they are a quarter of all.
    mutating func sweep(now: Int64) {
        let passed = arrivals.values.count { $0 <= max(now, latest) }
        if passed > 0, passed * 4 >= arrivals.count { forget(until: max(now, latest)) }
    }

    private mutating func forget(until now: Int64) {
        arrivals = arrivals.filter { $0.value > now }
        sweepAt = min(max(Self.leastSweep, arrivals.count * 2), capacity)
    }

    /// Forgets who no longer matters, and where that is not enough, those that are nearest to it: an eighth of the table
    /// is free then, so that this is not done for every caller that comes.
    private mutating func makeRoom(for caller: Fingerprint, now: Int64) {
        forget(until: now)
        let target = capacity - capacity / 8
        guard arrivals.count > target else { return }
        // The order of a dictionary is that of its hashes, so the first entries are a fair sample.
        let sample = arrivals.lazy.filter { $0.key != caller }.prefix(Self.sampleSize).map(\.value).sorted()
        guard let bound = sample.dropFirst(sample.count / 8).first else { return }
        var surplus = arrivals.count - target
        arrivals = arrivals.filter { known, arrival in
            guard surplus > 0, arrival <= bound, known != caller else { return true }
            surplus -= 1
            return false
        }
        sweepAt = capacity
    }
}
