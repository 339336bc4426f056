/// Waiters of one priority: callers take turns, and a caller's own waiters come in the order they came.
///
/// A caller that begins to wait joins behind all that wait; one that was served goes behind them again. A caller
/// without a waiter leaves no entry.
struct FairLane: Sendable {
    private struct Line: Sendable {
        /// The place in the turn order: lower is sooner, and each serving gives a new one.
        var turn: UInt64
        var waiters = TicketQueue<UInt64>()

        /// How many of this line are served by the time that `line` has been served `servings` times.
        func served(by servings: Int, of line: Line) -> Int {
            min(waiters.count, turn > line.turn ? servings - 1 : servings)
        }
    }

    private var lines: [String: Line] = [:]
    private var turns = TicketQueue<String>()
    private var turnsTaken: UInt64 = 0

    /// How many wait.
    private(set) var count = 0

    /// Creates an empty lane.
    init() {}

    /// How many are served before one that `caller` would add now.
    func place(for caller: String) -> Int {
        guard let own = lines[caller] else { return lines.count }
        return servings(untilEndOf: own, andOneMore: true) - 1
    }

    /// After how many servings one that `caller` adds finds fewer than `reach` before it; `reach` is at least 1.
    func servings(untilPlaceFor caller: String, within reach: Int) -> Int {
        let place = place(for: caller)
        guard place >= reach else { return 0 }
        // While the caller's own line lasts, whatever joins its end is served at the same time; after that it
        // joins behind one waiter of each line that is left.
        if let own = lines[caller] {
            let servings = place + 1 - reach
            if servings <= self.servings(untilEndOf: own) { return servings }
        }
        guard lines.count >= reach else { return 0 }
        let byEnd = lines.values.sorted { ($0.waiters.count, $0.turn) < ($1.waiters.count, $1.turn) }
        return servings(untilEndOf: byEnd[lines.count - reach])
    }

    /// Adds a waiter; its ticket is higher than every earlier one.
    mutating func append(_ ticket: UInt64, caller: String) {
        count += 1
        if lines[caller]?.waiters.append(ticket, ticket: ticket) != nil { return }
        var line = Line(turn: takeTurn(caller))
        line.waiters.append(ticket, ticket: ticket)
        lines[caller] = line
    }

    /// Takes out the waiter whose turn it is.
    mutating func popFirst() -> UInt64? {
        guard let caller = turns.popFirst(), let ticket = lines[caller]?.waiters.popFirst() else { return nil }
        count -= 1
        if lines[caller]?.waiters.count == 0 {
            lines[caller] = nil
        } else {
            let turn = takeTurn(caller)
            lines[caller]?.turn = turn
        }
        return ticket
    }

    /// Takes out a waiter that waits.
    mutating func remove(_ ticket: UInt64, caller: String) {
        lines[caller]?.waiters.remove(ticket: ticket)
        count -= 1
        guard let line = lines[caller], line.waiters.count == 0 else { return }
        turns.remove(ticket: line.turn)
        lines[caller] = nil
    }

    private mutating func takeTurn(_ caller: String) -> UInt64 {
        turnsTaken += 1
        turns.append(caller, ticket: turnsTaken)
        return turnsTaken
    }

    private func servings(untilEndOf line: Line, andOneMore: Bool = false) -> Int {
        let servings = line.waiters.count + (andOneMore ? 1 : 0)
        return lines.values.reduce(andOneMore ? 1 : 0) { $0 + $1.served(by: servings, of: line) }
    }
}
