/// What an ``UpstreamBudget`` keeps under its lock: the state, the continuations of those who wait, and the alarm.
struct BudgetDesk: Sendable {
    /// What a waiter is told in the end.
    typealias Verdict = Result<Void, BudgetRefusal>

    /// What is to be done outside the lock.
    struct Work: Sendable {
        /// Who is to be told what.
        var verdicts: [(CheckedContinuation<Verdict, Never>, Verdict)] = []
        /// What is to become of the task that sleeps.
        var alarm = AlarmAction.leave
    }

    /// What is to become of the task that sleeps until the next token.
    enum AlarmAction: Sendable {
        /// It stays as it is.
        case leave
        /// It is to be begun, with this number.
        case start(UInt64)
        /// It is to be cancelled, if it has been attached.
        case stop(Task<Void, Never>?)
    }

    private enum Seat: Sendable {
        /// The waiter has a ticket and is about to suspend.
        case reserved
        case taken(CheckedContinuation<Verdict, Never>)
        /// The verdict came before the waiter suspended.
        case judged(Verdict)
    }

    /// The bucket and the queue.
    private(set) var state: UpstreamBudgetState
    private var seats: [UpstreamBudgetState.Ticket: Seat] = [:]
    private var alarm: (number: UInt64, task: Task<Void, Never>?)?
    private var alarmsBegun: UInt64 = 0

    /// Creates a desk at which nobody waits.
    init(state: UpstreamBudgetState) {
        self.state = state
    }

    /// Takes a token or a ticket; who holds a ticket must sit down on it.
    mutating func arrive(
        _ priority: BudgetPriority, caller: String, by deadline: Deadline, at now: ContinuousClock.Instant
    ) -> (UpstreamBudgetState.Arrival, Work) {
        let arrival = state.arrive(priority, caller: caller, by: deadline, at: now)
        guard case .waiting(let ticket) = arrival else { return (arrival, Work()) }
        seats[ticket] = .reserved
        return (arrival, settle(at: now).work)
    }

    /// Begins a wait; the verdict is returned if it is known already.
    mutating func sit(
        _ continuation: CheckedContinuation<Verdict, Never>, on ticket: UpstreamBudgetState.Ticket
    ) -> Verdict? {
        if case .judged(let verdict) = seats[ticket] {
            seats[ticket] = nil
            return verdict
        }
        seats[ticket] = .taken(continuation)
        return nil
    }

    /// Ends the wait of a cancelled task, unless its verdict is known.
    mutating func cancel(_ ticket: UpstreamBudgetState.Ticket) -> Work {
        guard state.leave(ticket) else { return Work() }
        var work = Work()
        tell(ticket, .failure(.cancelled), in: &work)
        if state.waiting == 0 { work.alarm = stopAlarm() }
        return work
    }

    /// Gives a token back.
    mutating func refund(at now: ContinuousClock.Instant) -> Work {
        state.refund(at: now)
        return settle(at: now).work
    }

    /// Settles for the alarm of a number and says when it is to come again; `nil` when it is not wanted any more.
    mutating func ring(_ number: UInt64, at now: ContinuousClock.Instant) -> (ContinuousClock.Instant?, Work) {
        guard alarm?.number == number else { return (nil, Work()) }
        return settle(at: now)
    }

    /// Refuses all who wait because their alarm cannot sleep.
    mutating func fail(_ number: UInt64, at now: ContinuousClock.Instant) -> Work {
        guard alarm?.number == number else { return Work() }
        return carryOut(state.refuseAll(at: now))
    }

    /// Notes the task of an alarm; `false` when the alarm is not wanted any more.
    mutating func attach(_ task: Task<Void, Never>, to number: UInt64) -> Bool {
        guard alarm?.number == number else { return false }
        alarm?.task = task
        return true
    }

    private mutating func settle(at now: ContinuousClock.Instant) -> (wake: ContinuousClock.Instant?, work: Work) {
        let settlement = state.settle(at: now)
        return (settlement.wakeAt, carryOut(settlement))
    }

    private mutating func carryOut(_ settlement: UpstreamBudgetState.Settlement) -> Work {
        var work = Work()
        for ticket in settlement.granted { tell(ticket, .success(()), in: &work) }
        for refusal in settlement.refused {
            tell(refusal.ticket, .failure(.spent(retryAfter: refusal.retryAfter)), in: &work)
        }
        if state.waiting == 0 {
            work.alarm = stopAlarm()
        } else if alarm == nil {
            alarmsBegun += 1
            alarm = (alarmsBegun, nil)
            work.alarm = .start(alarmsBegun)
        }
        return work
    }

    private mutating func tell(_ ticket: UpstreamBudgetState.Ticket, _ verdict: Verdict, in work: inout Work) {
        guard case .taken(let continuation) = seats[ticket] else {
            seats[ticket] = .judged(verdict)
            return
        }
        seats[ticket] = nil
        work.verdicts.append((continuation, verdict))
    }

    private mutating func stopAlarm() -> AlarmAction {
        guard let alarm else { return .leave }
        self.alarm = nil
        return .stop(alarm.task)
    }
}
