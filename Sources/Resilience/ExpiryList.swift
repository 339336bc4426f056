/// Tickets in the order in which their waits end.
///
/// Kept latest first, so that the next one to end is taken from the end of the array.
struct ExpiryList: Sendable {
    private var entries: [(moment: ContinuousClock.Instant, ticket: UInt64)] = []

    /// Creates an empty list.
    init() {}

    /// The moment at which the next wait ends.
    var first: ContinuousClock.Instant? { entries.last?.moment }

    /// The moment at which the last wait ends.
    var last: ContinuousClock.Instant? { entries.first?.moment }

    /// The tickets whose wait has ended at `now`, the earliest end first.
    func tickets(until now: ContinuousClock.Instant) -> [UInt64] {
        entries.reversed().prefix { $0.moment <= now }.map(\.ticket)
    }

    /// Adds a ticket.
    mutating func insert(_ ticket: UInt64, at moment: ContinuousClock.Instant) {
        entries.insert((moment, ticket), at: index(of: ticket, at: moment))
    }

    /// Takes out a ticket that was added with `moment`, if it is there.
    mutating func remove(_ ticket: UInt64, at moment: ContinuousClock.Instant) {
        let index = index(of: ticket, at: moment)
        guard index < entries.count, entries[index] == (moment, ticket) else { return }
        entries.remove(at: index)
    }

    /// Where the ticket stands, or would stand.
    private func index(of ticket: UInt64, at moment: ContinuousClock.Instant) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle] > (moment, ticket) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
