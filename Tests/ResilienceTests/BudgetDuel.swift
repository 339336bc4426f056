import GatewayTestSupport
import Resilience
import Testing

/// An upstream budget and its plain model, to which the same things happen at the same times.
struct BudgetDuel {
    /// A call that asks for a token.
    struct Call: Sendable {
        let priority: BudgetPriority
        let caller: String
        /// The nanoseconds from the call to its deadline.
        let patience: Int
    }

    /// What became of calls, to see that a script has met every case.
    struct Tally {
        var granted = 0
        var refused = 0
        var waiting = 0
        var overdue = 0
    }

    private(set) var tally = Tally()
    private(set) var state: UpstreamBudgetState
    private var model: NaiveBudget
    private var ids: [UpstreamBudgetState.Ticket: UInt64] = [:]
    private var askers: [UpstreamBudgetState.Ticket: Call] = [:]
    private var calls: UInt64 = 0
    private let start = ContinuousClock.now

    init(_ settings: BudgetSettings) {
        state = UpstreamBudgetState(settings: settings)
        model = NaiveBudget(
            burst: settings.burst, interval: Self.nanoseconds(settings.tokenInterval),
            waits: [
                .ordinary: Self.nanoseconds(settings.longestWait),
                .urgent: Self.nanoseconds(settings.longestUrgentWait),
            ])
    }

    var now: ContinuousClock.Instant { start + .nanoseconds(model.now) }

    /// Lets time go by, settling whenever the budget asks for it.
    mutating func advance(byNanoseconds duration: Int) {
        let end = model.now + duration
        while let wake = state.settle(at: now).wakeAt, wake <= start + .nanoseconds(end) {
            #expect(wake > now)
            model.advance(to: Self.nanoseconds(start.duration(to: wake)))
            settle()
        }
        model.advance(to: end)
    }

    mutating func arrive(_ call: Call) {
        calls += 1
        let deadline = Deadline(now + .nanoseconds(call.patience))
        let arrival = state.arrive(call.priority, caller: call.caller, by: deadline, at: now)
        let expected = model.arrive(
            id: calls, call.priority, caller: call.caller, deadline: model.now + call.patience)
        switch arrival {
        case .granted:
            #expect(expected == true)
            tally.granted += 1
        case .refused(let retryAfter):
            #expect(expected == false)
            tally.refused += 1
            checkHonesty(of: retryAfter, for: call)
        case .waiting(let ticket):
            #expect(expected == nil)
            ids[ticket] = calls
            askers[ticket] = call
            tally.waiting += 1
        }
        settle()
    }

    mutating func refund() {
        state.refund(at: now)
        model.refund()
        settle()
    }

    /// Cancels one of the latest to wait, which may have had its verdict.
    mutating func leave(using generator: inout SplitMix64) {
        guard let (ticket, id) = ids.sorted(by: { $0.key < $1.key }).suffix(6).randomElement(using: &generator)
        else { return }
        let isWaiting = model.waiters.contains { $0.id == id }
        let hasLeft = state.leave(ticket)
        #expect(hasLeft == isWaiting)
        model.leave(id)
        settle()
    }

    private mutating func settle() {
        let settlement = state.settle(at: now)
        let (granted, refused) = model.settle()
        #expect(settlement.granted.map { ids[$0] } == granted)
        #expect(Set(settlement.refused.compactMap { ids[$0.ticket] }) == refused)
        for refusal in settlement.refused {
            if let call = askers[refusal.ticket] { checkHonesty(of: refusal.retryAfter, for: call) }
        }
        tally.overdue += refused.count
        #expect(state.waiting == model.waiters.count)
        #expect(state.available(at: now) == model.level / model.interval)
    }

    /// A call that asks again after the time it was told, or any longer one, is not refused if nobody else comes.
    private func checkHonesty(of retryAfter: Duration, for call: Call) {
        #expect(retryAfter >= .nanoseconds(model.interval))
        for more in [0, model.interval / 3, model.interval, model.interval * 2] {
            var future = state
            let moment = now + retryAfter + .nanoseconds(more)
            while let wake = future.settle(at: now).wakeAt, wake <= moment { _ = future.settle(at: wake) }
            let deadline = Deadline(moment + .nanoseconds(call.patience))
            if case .refused = future.arrive(call.priority, caller: call.caller, by: deadline, at: moment) {
                Issue.record("refused again after \(retryAfter) and \(more) ns: \(call)")
            }
        }
    }

    private static func nanoseconds(_ duration: Duration) -> Int {
        Int(duration.attoseconds / 1_000_000_000)
    }
}
