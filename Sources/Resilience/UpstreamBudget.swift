import Synchronization

/// A token bucket in front of an upstream, where urgent work goes before ordinary work and callers take turns.
///
/// A call that would wait for too long is refused at once, with the time after which it is worth asking again.
/// While somebody waits, and only then, one task sleeps until the next token comes.
package final class UpstreamBudget: Sendable {
    private let desk: Mutex<BudgetDesk>
    private let now: @Sendable () -> ContinuousClock.Instant
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Creates a full budget.
    ///
    /// - Parameters:
    ///   - settings: How much there is, and how long calls wait.
    ///   - now: The present.
    ///   - sleep: Waits for a duration, and throws at once when its task is cancelled.
    package init(
        settings: BudgetSettings, now: @escaping @Sendable () -> ContinuousClock.Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        desk = Mutex(BudgetDesk(state: UpstreamBudgetState(settings: settings)))
        self.now = now
        self.sleep = sleep
    }

    /// How many whole tokens there are.
    package var available: Int {
        let now = now()
        return desk.withLock { $0.state.available(at: now) }
    }

    /// How many calls wait for a token.
    package var waiting: Int { desk.withLock { $0.state.waiting } }

    /// Takes one token, waiting for it at most the setting's wait and never past the deadline.
    ///
    /// It does not suspend when a token is there and nobody waits; such a token is given whatever the deadline.
    ///
    /// - Parameters:
    ///   - priority: How much the call matters.
    ///   - caller: Whose turn it takes.
    ///   - deadline: The moment at which a token is of no use any more.
    /// - Throws: ``BudgetRefusal/spent(retryAfter:)`` as soon as the wait is too long, and
    ///   ``BudgetRefusal/cancelled`` as soon as the task is cancelled; no token is taken then.
    package func acquire(
        _ priority: BudgetPriority, caller: String, by deadline: Deadline
    ) async throws(BudgetRefusal) {
        guard !Task.isCancelled else { throw .cancelled }
        let now = now()
        let (arrival, work) = desk.withLock { $0.arrive(priority, caller: caller, by: deadline, at: now) }
        perform(work)
        switch arrival {
        case .granted: return
        case .refused(let retryAfter): throw .spent(retryAfter: retryAfter)
        case .waiting(let ticket): try await verdict(on: ticket)
        }
    }

    /// Gives back a token that was not used.
    package func refund() {
        let now = now()
        perform(desk.withLock { $0.refund(at: now) })
    }

    private func verdict(on ticket: UpstreamBudgetState.Ticket) async throws(BudgetRefusal) {
        let verdict = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = desk.withLock { $0.sit(continuation, on: ticket) }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            perform(desk.withLock { $0.cancel(ticket) })
        }
        try verdict.get()
        // Granted and cancelled at the same moment: nobody would use the token.
        guard Task.isCancelled else { return }
        refund()
        throw .cancelled
    }

    /// Does outside the lock what was decided inside it.
    private func perform(_ work: BudgetDesk.Work) {
        for (continuation, verdict) in work.verdicts { continuation.resume(returning: verdict) }
        switch work.alarm {
        case .leave:
            return
        case .stop(let task):
            task?.cancel()
        case .start(let alarm):
            // Detached: the alarm serves all who wait, so it takes on nothing of the one who came first.
            let task = Task.detached { await self.keep(alarm) }
            if !desk.withLock({ $0.attach(task, to: alarm) }) { task.cancel() }
        }
    }

    /// Settles whenever a token comes or a wait ends, until nobody waits or another alarm took over.
    private func keep(_ alarm: UInt64) async {
        while let wake = ring(alarm) {
            do {
                try await sleep(max(.zero, now().duration(to: wake)))
            } catch {
                // Not stopped by us, the clock failed: nobody may be left to wait for ever.
                let now = now()
                perform(desk.withLock { $0.fail(alarm, at: now) })
                return
            }
        }
    }

    private func ring(_ alarm: UInt64) -> ContinuousClock.Instant? {
        let now = now()
        let (wake, work) = desk.withLock { $0.ring(alarm, at: now) }
        perform(work)
        return wake
    }
}
