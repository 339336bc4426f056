import GatewayTestSupport
import Resilience
import Testing

@Suite("Upstream budget state")
struct UpstreamBudgetStateTests {
    private typealias Ticket = UpstreamBudgetState.Ticket

    private let start = ContinuousClock.now
    private var far: Deadline { Deadline(start + .seconds(86_400 * 365)) }

    /// A budget of one token each 125 ms whose burst was used up at the start.
    private func spent(
        burst: Int = 200, wait: Duration = .seconds(1), urgentWait: Duration = .seconds(5)
    ) -> UpstreamBudgetState {
        var state = UpstreamBudgetState(
            settings: BudgetSettings(burst: burst, longestWait: wait, longestUrgentWait: urgentWait))
        for _ in 0..<burst { _ = state.arrive(.ordinary, caller: "first", by: far, at: start) }
        return state
    }

    private func wait(
        _ state: inout UpstreamBudgetState, _ priority: BudgetPriority = .ordinary, caller: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Ticket {
        let arrival = state.arrive(priority, caller: caller, by: far, at: start)
        guard case .waiting(let ticket) = arrival else {
            Issue.record("\(arrival)", sourceLocation: sourceLocation)
            throw BudgetRefusal.cancelled
        }
        return ticket
    }

    /// Who is granted, in order, if nobody else comes.
    private func order(_ state: UpstreamBudgetState) -> [Ticket] {
        var state = state
        var granted: [Ticket] = []
        var now = start
        while let wake = state.settle(at: now).wakeAt {
            now = wake
            granted += state.settle(at: now).granted
        }
        return granted
    }

    @Test("a budget unused so far gives its burst at once and no more")
    func burst() {
        var state = UpstreamBudgetState(settings: BudgetSettings(longestWait: .zero))
        for _ in 0..<200 { #expect(state.arrive(.ordinary, caller: "a", by: far, at: start) == .granted) }
        #expect(state.arrive(.ordinary, caller: "a", by: far, at: start) == .refused(retryAfter: .milliseconds(125)))
        #expect(state.available(at: start) == 0)
    }

    @Test(
        "tokens come evenly and never exceed the burst",
        arguments: [(124, 0), (125, 1), (249, 1), (1_000, 8), (25_000, 200), (25_001, 200), (86_400_000, 200)])
    func refill(milliseconds: Int, tokens: Int) {
        #expect(spent().available(at: start + .milliseconds(milliseconds)) == tokens)
    }

    @Test("after hours of rest a budget gives its burst and no more")
    func rest() {
        var state = spent(burst: 10, wait: .zero)
        let later = start + .seconds(36_000)
        for _ in 0..<10 { #expect(state.arrive(.ordinary, caller: "a", by: far, at: later) == .granted) }
        #expect(state.arrive(.ordinary, caller: "a", by: far, at: later) != .granted)
    }

    @Test(
        "a token takes the inverse of the rate, rounded up to a nanosecond",
        arguments: [
            (8.0, Duration.milliseconds(125)), (0.1, .seconds(10)), (3, .nanoseconds(333_333_334)),
            (0, .seconds(1_000)), (.nan, .seconds(1_000)), (.infinity, .microseconds(1)),
        ])
    func interval(rate: Double, interval: Duration) {
        #expect(BudgetSettings(refillPerSecond: rate).tokenInterval == interval)
    }

    @Test("ordinary work waits for at most the eight tokens of a second", arguments: [1, 8])
    func longestWait(waiters: Int) throws {
        var state = spent()
        for number in 0..<waiters { _ = try wait(&state, caller: "caller-\(number)") }
        let isFull = waiters == 8
        guard case .refused(let retryAfter) = state.arrive(.ordinary, caller: "late", by: far, at: start) else {
            #expect(!isFull)
            return
        }
        #expect(isFull)
        #expect(retryAfter == .milliseconds(125))
    }

    @Test("a call is refused at once when its token would come at its deadline or later", arguments: [124, 125, 126])
    func deadline(milliseconds: Int) {
        var state = spent()
        let deadline = Deadline(start + .milliseconds(milliseconds))
        let arrival = state.arrive(.ordinary, caller: "a", by: deadline, at: start)
        // A call that waits for less than a token's time needs one that is there.
        #expect(arrival == (milliseconds == 126 ? .waiting(1) : .refused(retryAfter: .milliseconds(125))))
    }

    @Test("a token that is there is given whatever the deadline")
    func passedDeadline() {
        var state = UpstreamBudgetState(settings: BudgetSettings())
        #expect(state.arrive(.ordinary, caller: "a", by: Deadline(start - .seconds(1)), at: start) == .granted)
    }

    @Test("urgent work goes before ordinary work that came earlier")
    func urgentFirst() throws {
        var state = spent()
        let ordinary = try (0..<3).map { _ in try wait(&state, caller: "a") }
        let urgent = try (0..<3).map { _ in try wait(&state, .urgent, caller: "b") }
        #expect(order(state) == urgent + ordinary)
    }

    @Test("urgent work is not refused for the ordinary work that waits")
    func urgentWaitsForUrgentOnly() throws {
        var state = spent(urgentWait: .milliseconds(125))
        for _ in 0..<8 { _ = try wait(&state, caller: "a") }
        let urgent = try wait(&state, .urgent, caller: "b")
        #expect(order(state).first == urgent)
    }

    @Test("ordinary work that was overtaken is refused when its wait is over")
    func overtaken() throws {
        var state = spent()
        let last = try (0..<8).map { _ in try wait(&state, caller: "a") }.last
        let urgent = try wait(&state, .urgent, caller: "b")
        #expect(order(state).first == urgent)
        var refused: [UpstreamBudgetState.Refusal] = []
        for tick in 1...8 { refused += state.settle(at: start + .milliseconds(125 * tick)).refused }
        #expect(refused.map(\.ticket) == [last])
        #expect(refused.map(\.retryAfter) == [.milliseconds(125)])
        #expect(state.waiting == 0)
    }

    @Test("callers take turns, and each one's calls go in the order they came", arguments: BudgetPriority.all)
    func turns(priority: BudgetPriority) throws {
        var state = spent(wait: .seconds(100), urgentWait: .seconds(100))
        let many = try (0..<5).map { _ in try wait(&state, priority, caller: "many") }
        let few = try (0..<2).map { _ in try wait(&state, priority, caller: "few") }
        let one = try wait(&state, priority, caller: "one")
        #expect(order(state) == [many[0], few[0], one, many[1], few[1], many[2], many[3], many[4]])
    }

    @Test("a caller with five hundred waiters delays another by one token a turn")
    func crowd() throws {
        var state = spent(wait: .seconds(100))
        for _ in 0..<500 { _ = try wait(&state, caller: "crowd") }
        let others = try (0..<3).map { _ in try wait(&state, caller: "other") }
        let order = order(state)
        #expect(others.compactMap { order.firstIndex(of: $0) } == [1, 3, 5])
    }

    @Test("callers that always wait are served alike, whoever comes and goes", arguments: UInt64(1)...4)
    func fairness(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var state = spent(wait: .seconds(1_000))
        var callers: [Ticket: Int] = [:]
        var served = [0, 0, 0]
        for caller in 0..<3 {
            for _ in 0..<400 { callers[try wait(&state, caller: "steady-\(caller)")] = caller }
        }
        var now = start
        for _ in 0..<600 {
            if Int.random(in: 0..<3, using: &generator) == 0 {
                let name = "passing-\(Int.random(in: 0..<5, using: &generator))"
                _ = state.arrive(.ordinary, caller: name, by: far, at: now)
            }
            now += .milliseconds(125)
            for ticket in state.settle(at: now).granted {
                if let caller = callers[ticket] { served[caller] += 1 }
            }
            #expect((served.max() ?? 0) - (served.min() ?? 0) <= 1)
        }
        #expect(served.allSatisfy { $0 > 100 })
    }

    @Test("the one who leaves is passed over, and is not found again")
    func leaving() throws {
        var state = spent()
        let tickets = try ["a", "b", "a", "c"].map { try wait(&state, caller: $0) }
        let left = [1, 1, 0].map { state.leave(tickets[$0]) }
        #expect(left == [true, false, true])
        #expect(state.waiting == 2)
        #expect(order(state) == [tickets[2], tickets[3]])
    }

    @Test("a token given back goes to the first who waits")
    func refund() throws {
        var state = spent()
        let tickets = try ["a", "b"].map { try wait(&state, caller: $0) }
        state.refund(at: start)
        #expect(state.settle(at: start).granted == [tickets[0]])
        #expect(state.settle(at: start).granted.isEmpty)
    }

    @Test("a token given back to a full budget is let go")
    func refundWhenFull() {
        var state = UpstreamBudgetState(settings: BudgetSettings())
        for _ in 0..<5 { state.refund(at: start) }
        #expect(state.available(at: start) == 200)
    }

    @Test("whoever settles late gives the tokens that came meanwhile, but none past a deadline")
    func lateSettlement() throws {
        var state = spent()
        let hurried = state.arrive(.ordinary, caller: "a", by: Deadline(start + .milliseconds(200)), at: start)
        #expect(hurried == .waiting(1))
        let patient = try wait(&state, caller: "b")
        let settlement = state.settle(at: start + .seconds(2))
        #expect(settlement.granted == [patient])
        #expect(settlement.refused.map(\.ticket) == [1])
        #expect(settlement.wakeAt == nil)
    }

    @Test("no window of time sees more grants than the burst and its refill", arguments: UInt64(1)...6)
    func conservation(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var state = UpstreamBudgetState(settings: BudgetSettings(burst: 10))
        var grants: [Int] = []
        var elapsed = 0
        for _ in 0..<1_500 {
            elapsed += Int.random(in: 0...90, using: &generator) * Int.random(in: 0...3, using: &generator)
            let now = start + .milliseconds(elapsed)
            let isUrgent = Bool.random(using: &generator)
            let caller = "caller-\(Int.random(in: 0..<4, using: &generator))"
            if state.arrive(isUrgent ? .urgent : .ordinary, caller: caller, by: far, at: now) == .granted {
                grants.append(elapsed)
            }
            // Settling comes late as often as not.
            if Bool.random(using: &generator) {
                grants += state.settle(at: now).granted.map { _ in elapsed }
            }
        }
        for first in stride(from: 0, to: grants.count, by: 7) {
            for (count, last) in grants[first...].enumerated() {
                #expect(count + 1 <= 10 + (last - grants[first] + 124) / 125)
            }
        }
        #expect(grants.count > 500)
    }
}
