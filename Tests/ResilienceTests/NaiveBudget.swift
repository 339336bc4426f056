import Resilience

/// The rules of an upstream budget written down as plainly as can be, to hold the real one against.
///
/// Time is whole nanoseconds since the start; whoever is asked about is found by playing the queue through.
struct NaiveBudget {
    struct Waiter: Equatable {
        let id: UInt64
        let caller: String
        let deadline: Int
        let expiry: Int
    }

    let burst: Int
    let interval: Int
    let waits: [BudgetPriority: Int]
    private(set) var now = 0
    /// What the bucket holds, in nanoseconds of filling.
    private(set) var level: Int
    /// The waiters of each caller, in the order of the callers' turns.
    private var rings: [BudgetPriority: [[Waiter]]] = [.urgent: [], .ordinary: []]

    init(burst: Int, interval: Int, waits: [BudgetPriority: Int]) {
        self.burst = burst
        self.interval = interval
        self.waits = waits
        level = burst * interval
    }

    var waiters: [Waiter] { BudgetPriority.all.flatMap { rings[$0, default: []].flatMap(\.self) } }

    mutating func advance(to moment: Int) {
        level = min(burst * interval, level + moment - now)
        now = moment
    }

    mutating func refund() {
        level = min(burst * interval, level + interval)
    }

    /// `nil` when the call waits.
    mutating func arrive(id: UInt64, _ priority: BudgetPriority, caller: String, deadline: Int) -> Bool? {
        if waiters.isEmpty, level >= interval {
            level -= interval
            return true
        }
        let end = now + waits[priority, default: 0]
        let waiter = Waiter(id: id, caller: caller, deadline: deadline, expiry: min(end, deadline))
        var trial = self
        trial.add(waiter, priority)
        var rest = trial
        var served = 0
        while let next = rest.serve(), next.id != id { served += 1 }
        let due = max(now, now + (served + 1) * interval - level)
        guard due <= end, due < deadline else { return false }
        self = trial
        return nil
    }

    /// Removes the waiter, wherever it stands.
    mutating func leave(_ id: UInt64) {
        keep { $0.id != id }
    }

    /// Those who are granted, in order, and those who are refused.
    mutating func settle() -> (granted: [UInt64], refused: Set<UInt64>) {
        let now = now
        let late = waiters.filter { $0.deadline <= now }
        keep { $0.deadline > now }
        var granted: [UInt64] = []
        while level >= interval, let waiter = serve() {
            level -= interval
            granted.append(waiter.id)
        }
        let over = waiters.filter { $0.expiry <= now }
        keep { $0.expiry > now }
        return (granted, Set((late + over).map(\.id)))
    }

    private mutating func add(_ waiter: Waiter, _ priority: BudgetPriority) {
        var ring = rings[priority, default: []]
        if let index = ring.firstIndex(where: { $0.first?.caller == waiter.caller }) {
            ring[index].append(waiter)
        } else {
            ring.append([waiter])
        }
        rings[priority] = ring
    }

    private mutating func serve() -> Waiter? {
        for priority in BudgetPriority.all {
            guard var line = rings[priority]?.first else { continue }
            let waiter = line.removeFirst()
            rings[priority]?.removeFirst()
            if !line.isEmpty { rings[priority]?.append(line) }
            return waiter
        }
        return nil
    }

    private mutating func keep(_ isKept: (Waiter) -> Bool) {
        rings = rings.mapValues { ring in ring.map { $0.filter(isKept) }.filter { !$0.isEmpty } }
    }
}

extension BudgetPriority {
    /// The priorities, the one that goes first coming first.
    static let all: [BudgetPriority] = [.urgent, .ordinary]
}
