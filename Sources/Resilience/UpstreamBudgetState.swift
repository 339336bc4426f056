/// A token bucket and those who wait for its tokens, as a value: time is an argument, and nothing waits.
///
/// Its methods tell what is to be done: who is granted, who is refused, when to come again. After every change
/// that may concern a waiter, ``settle(at:)`` says what became of it. A moment earlier than one that was seen
/// before counts as that one.
package struct UpstreamBudgetState: Sendable {
    /// A waiter's number; later waiters have higher ones.
    package typealias Ticket = UInt64

    /// What becomes of a call at once.
    package enum Arrival: Sendable, Hashable {
        /// It has its token.
        case granted
        /// It waits, and is heard of in a settlement.
        case waiting(Ticket)
        /// It would wait for too long.
        case refused(retryAfter: Duration)
    }

    /// What became of those who waited.
    package struct Settlement: Sendable, Hashable {
        /// Those who have their token, in the order of their turns.
        package var granted: [Ticket] = []
        /// Those who waited for too long.
        package var refused: [Refusal] = []
        /// When to settle again, later than now; `nil` while nobody waits.
        package var wakeAt: ContinuousClock.Instant?
    }

    /// A waiter that gets no token.
    package struct Refusal: Sendable, Hashable {
        /// The waiter.
        package let ticket: Ticket
        /// After how long it is worth asking again.
        package let retryAfter: Duration
    }

    private struct Waiter: Sendable {
        let priority: BudgetPriority
        let caller: String
        let deadline: Deadline
        /// How many tokens come in the longest time that the waiter would wait.
        let reach: Int
        let expiry: ContinuousClock.Instant
    }

    private let settings: BudgetSettings
    private var bucket: TokenBucket
    private var urgent = FairLane()
    private var ordinary = FairLane()
    private var waiters: [Ticket: Waiter] = [:]
    private var expiries = ExpiryList()
    private var lastTicket: Ticket = 0
    private var latest: ContinuousClock.Instant?

    /// Creates a full budget for which nobody waits.
    package init(settings: BudgetSettings) {
        self.settings = settings
        bucket = TokenBucket(burst: settings.burst, interval: settings.tokenInterval)
    }

    /// How many wait.
    package var waiting: Int { waiters.count }

    /// How many whole tokens there are at `now`.
    package func available(at now: ContinuousClock.Instant) -> Int {
        bucket.tokens(at: clamped(now))
    }

    /// Takes a token, or a place in the queue.
    ///
    /// A token that is there while nobody waits is given whatever the deadline: there is nothing to wait for.
    ///
    /// - Parameters:
    ///   - priority: How much the call matters.
    ///   - caller: Whose turn it takes.
    ///   - deadline: The moment at which a token is of no use any more.
    ///   - now: The present.
    /// - Returns: What becomes of the call; for one that waits, a settlement is due.
    package mutating func arrive(
        _ priority: BudgetPriority, caller: String, by deadline: Deadline, at now: ContinuousClock.Instant
    ) -> Arrival {
        let now = advance(to: now)
        if waiters.isEmpty, bucket.tokens(at: now) > 0 {
            bucket.take(at: now)
            return .granted
        }
        let reach = reach(of: priority, by: deadline, at: now)
        let due = bucket.moment(ofToken: place(for: caller, priority) + 1, at: now)
        let end = now.advanced(by: settings.longestWait(of: priority))
        guard due <= end, due < deadline.instant else {
            return .refused(retryAfter: retryAfter(for: caller, priority, reach: reach, at: now))
        }
        lastTicket += 1
        waiters[lastTicket] = Waiter(
            priority: priority, caller: caller, deadline: deadline, reach: reach, expiry: min(end, deadline.instant))
        expiries.insert(lastTicket, at: min(end, deadline.instant))
        switch priority {
        case .ordinary: ordinary.append(lastTicket, caller: caller)
        case .urgent: urgent.append(lastTicket, caller: caller)
        }
        return .waiting(lastTicket)
    }

    /// Gives out the tokens that have come, urgent work first, and ends the waits that are over.
    ///
    /// Whoever's token is there by the time this is called gets it, even if the call comes late; only a deadline
    /// that has passed makes a token useless.
    package mutating func settle(at now: ContinuousClock.Instant) -> Settlement {
        guard !waiters.isEmpty else { return Settlement() }
        let now = advance(to: now)
        var settlement = Settlement()
        let over = expiries.tickets(until: now)
        var refused: [(ticket: Ticket, waiter: Waiter)] = []
        for ticket in over where waiters[ticket]?.deadline.hasPassed(at: now) == true {
            if let waiter = remove(ticket) { refused.append((ticket, waiter)) }
        }
        grant(bucket.tokens(at: now), at: now, into: &settlement.granted)
        for ticket in over {
            if let waiter = remove(ticket) { refused.append((ticket, waiter)) }
        }
        settlement.refused = refused.map { ticket, waiter in
            let retryAfter = retryAfter(for: waiter.caller, waiter.priority, reach: waiter.reach, at: now)
            return Refusal(ticket: ticket, retryAfter: retryAfter)
        }
        if let firstExpiry = expiries.first {
            settlement.wakeAt = min(bucket.moment(ofToken: 1, at: now), firstExpiry)
        }
        return settlement
    }

    /// Takes a waiter out that waits no longer; `false` when it has been granted or refused before.
    package mutating func leave(_ ticket: Ticket) -> Bool {
        remove(ticket) != nil
    }

    /// Gives back a token that was not used; a settlement is due, for it may be somebody's.
    package mutating func refund(at now: ContinuousClock.Instant) {
        advance(to: now)
        bucket.giveBack()
    }

    /// Refuses all who wait, for when nobody can come again to settle.
    package mutating func refuseAll(at now: ContinuousClock.Instant) -> Settlement {
        let all = waiters.keys.sorted()
        for ticket in all { _ = remove(ticket) }
        return Settlement(refused: all.map { Refusal(ticket: $0, retryAfter: bucket.interval) })
    }
}

extension UpstreamBudgetState {
    private mutating func grant(_ tokens: Int, at now: ContinuousClock.Instant, into granted: inout [Ticket]) {
        for _ in 0..<min(tokens, waiters.count) {
            guard let ticket = urgent.popFirst() ?? ordinary.popFirst() else { return }
            if let waiter = waiters.removeValue(forKey: ticket) { expiries.remove(ticket, at: waiter.expiry) }
            bucket.take(at: now)
            granted.append(ticket)
        }
    }

    private mutating func remove(_ ticket: Ticket) -> Waiter? {
        guard let waiter = waiters.removeValue(forKey: ticket) else { return nil }
        expiries.remove(ticket, at: waiter.expiry)
        switch waiter.priority {
        case .ordinary: ordinary.remove(ticket, caller: waiter.caller)
        case .urgent: urgent.remove(ticket, caller: waiter.caller)
        }
        return waiter
    }

    private func place(for caller: String, _ priority: BudgetPriority) -> Int {
        switch priority {
        case .ordinary: urgent.count + ordinary.place(for: caller)
        case .urgent: urgent.place(for: caller)
        }
    }

    /// How many tokens come in the time that a call would wait, counted from the moment of a token.
    private func reach(of priority: BudgetPriority, by deadline: Deadline, at now: ContinuousClock.Instant) -> Int {
        let time = bucket.interval.attoseconds
        let wait = settings.longestWait(of: priority).attoseconds / time
        // A token at the very deadline comes too late.
        let untilDeadline = max(0, deadline.remaining(at: now).attoseconds - 1) / time
        return Int(clamping: min(wait, untilDeadline))
    }

    /// After how long a call that would wait for `reach` tokens gets one or a place, if nobody else comes.
    private func retryAfter(
        for caller: String, _ priority: BudgetPriority, reach: Int, at now: ContinuousClock.Instant
    ) -> Duration {
        let (lane, before) = priority == .urgent ? (urgent, 0) : (ordinary, urgent.count)
        let tokens: Int
        if reach == 0 {
            // It cannot wait at all: there must be a token that nobody waits for.
            tokens = waiters.count + 1
        } else {
            let servings = lane.servings(untilPlaceFor: caller, within: reach)
            tokens = servings > 0 ? before + servings : before + lane.place(for: caller) + 1 - reach
        }
        // By the last expiry nobody of now waits any more, and the next token is free.
        let free = (expiries.last ?? now).advanced(by: bucket.interval)
        let due = min(bucket.moment(ofToken: max(tokens, 1), at: now), free)
        return max(bucket.interval, now.duration(to: due))
    }

    @discardableResult
    private mutating func advance(to now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        let now = clamped(now)
        latest = now
        return now
    }

    /// The moment, or the latest that was seen: it may have been read before another thread came to the lock first.
    private func clamped(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        latest.map { max($0, now) } ?? now
    }
}
