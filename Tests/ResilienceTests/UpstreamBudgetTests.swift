import GatewayTestSupport
import Resilience
import Synchronization
import Testing

@Suite("Upstream budget", .timeLimit(.minutes(2)))
struct UpstreamBudgetTests {
    private final class Counter: Sendable {
        private let value = Mutex(0)
        var count: Int { value.withLock { $0 } }
        func add() { value.withLock { $0 += 1 } }
    }

    private let clock = SteppedClock()
    private var far: Deadline { Deadline(clock.start + .seconds(86_400)) }

    private func budget(
        burst: Int = 1, wait: Duration = .seconds(1), urgentWait: Duration = .seconds(5)
    ) -> UpstreamBudget {
        let settings = BudgetSettings(burst: burst, longestWait: wait, longestUrgentWait: urgentWait)
        return UpstreamBudget(
            settings: settings, now: { [clock] in clock.now }, sleep: { [clock] in try await clock.sleep($0) })
    }

    /// A budget without a token.
    private func spent(wait: Duration = .seconds(1), urgentWait: Duration = .seconds(5)) async throws -> UpstreamBudget
    {
        let budget = budget(wait: wait, urgentWait: urgentWait)
        try await budget.acquire(.ordinary, caller: "first", by: far)
        return budget
    }

    /// Begins to wait and returns once the wait has begun.
    private func waiter(
        _ budget: UpstreamBudget, _ priority: BudgetPriority = .ordinary, caller: String = "a",
        by deadline: Deadline? = nil
    ) async -> Task<BudgetRefusal?, Never> {
        let before = budget.waiting
        let deadline = deadline ?? far
        let task = Task { await outcome(budget, priority, caller: caller, by: deadline) }
        await eventually("a wait begins") { budget.waiting == before + 1 }
        return task
    }

    @Test("a token that is there is given without a task that sleeps")
    func fastPath() async throws {
        let budget = budget(burst: 3)
        for left in [2, 1, 0] {
            try await budget.acquire(.ordinary, caller: "a", by: far)
            #expect(budget.available == left)
        }
        #expect(clock.sleepers.begun == 0)
    }

    @Test("a waiter has its token when the token comes and not before")
    func waits() async throws {
        let budget = try await spent()
        let task = await waiter(budget)
        clock.advance(by: .milliseconds(124))
        for _ in 0..<100 { await Task.yield() }
        #expect(budget.waiting == 1)
        clock.advance(by: .milliseconds(1))
        #expect(await task.value == nil)
        #expect(budget.waiting == 0)
        #expect(budget.available == 0)
    }

    @Test("one task sleeps while somebody waits, and none once nobody does")
    func oneTask() async throws {
        let budget = try await spent()
        var tasks: [Task<BudgetRefusal?, Never>] = []
        for number in 0..<6 { tasks.append(await waiter(budget, caller: "caller-\(number)")) }
        await eventually("the alarm sleeps") { clock.sleepers.now == 1 }
        for _ in 0..<3 {
            let before = budget.waiting
            clock.advance(by: .milliseconds(125))
            await eventually("a token is given") { budget.waiting == before - 1 }
        }
        for task in tasks { task.cancel() }
        for task in tasks { _ = await task.value }
        await eventually("nobody sleeps") { clock.sleepers.now == 0 }
        #expect(clock.sleepers.most == 1)
    }

    @Test("who would wait for too long is refused at once, and is not refused after the time it was told")
    func refusal() async throws {
        let budget = try await spent(wait: .milliseconds(250))
        let tasks = [await waiter(budget, caller: "a"), await waiter(budget, caller: "b")]
        let refused = await outcome(budget, .ordinary, caller: "c", by: far)
        #expect(refused == .spent(retryAfter: .milliseconds(125)))
        clock.advance(by: .milliseconds(125))
        #expect(await tasks[0].value == nil)
        let again = await waiter(budget, caller: "c")
        clock.advance(by: .milliseconds(125))
        #expect(await tasks[1].value == nil)
        clock.advance(by: .milliseconds(125))
        #expect(await again.value == nil)
    }

    @Test("a waiter that was overtaken is refused when its wait is over")
    func overtaken() async throws {
        let budget = try await spent(wait: .milliseconds(125))
        let ordinary = await waiter(budget, caller: "a")
        let urgent = await waiter(budget, .urgent, caller: "b")
        clock.advance(by: .milliseconds(125))
        #expect(await urgent.value == nil)
        #expect(await ordinary.value == .spent(retryAfter: .milliseconds(125)))
    }

    @Test("a cancelled waiter ends at once and takes no token")
    func cancellation() async throws {
        let budget = try await spent()
        let task = await waiter(budget)
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(budget.waiting == 0)
        clock.advance(by: .milliseconds(125))
        #expect(budget.available == 1)
    }

    @Test("a task that is cancelled beforehand takes no token", arguments: [0, 1])
    func cancelledBeforehand(tokens: Int) async throws {
        let budget = tokens == 0 ? try await spent() : budget()
        let deadline = far
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await outcome(budget, .urgent, caller: "a", by: deadline)
        }
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(budget.available == tokens)
        #expect(budget.waiting == 0)
    }

    @Test("a token given back wakes the first who waits")
    func refund() async throws {
        let budget = try await spent()
        let task = await waiter(budget)
        budget.refund()
        #expect(await task.value == nil)
        budget.refund()
        #expect(budget.available == 1)
    }

    @Test("a clock that fails to sleep leaves nobody waiting")
    func failingSleep() async throws {
        struct Broken: Error {}
        let budget = UpstreamBudget(
            settings: BudgetSettings(burst: 1), now: { [clock] in clock.now }, sleep: { _ in throw Broken() })
        try await budget.acquire(.ordinary, caller: "a", by: far)
        let refused = await outcome(budget, .ordinary, caller: "a", by: far)
        #expect(refused == .spent(retryAfter: .milliseconds(125)))
        #expect(budget.waiting == 0)
    }

    @Test(
        "a token is given to a waiter or kept, never both nor lost, however many are cancelled",
        arguments: UInt64(1)...4)
    func everyToken(seed: UInt64) async throws {
        let budget = budget(burst: 10_000, wait: .seconds(60), urgentWait: .seconds(60))
        for _ in 0..<10_000 { try await budget.acquire(.ordinary, caller: "first", by: far) }
        var generator = SplitMix64(seed: seed)
        let ended = Counter()
        let kept = Counter()
        let deadline = far
        var elapsed = 0
        try await withThrowingDiscardingTaskGroup { group in
            for number in 0..<400 {
                let isUrgent = Int.random(in: 0..<4, using: &generator) == 0
                let isCancelled = Int.random(in: 0..<3, using: &generator) == 0
                let yields = Int.random(in: 0..<60, using: &generator)
                group.addTask {
                    let task = Task {
                        await outcome(
                            budget, isUrgent ? .urgent : .ordinary, caller: "caller-\(number % 7)", by: deadline)
                    }
                    for _ in 0..<yields { await Task.yield() }
                    if isCancelled { task.cancel() }
                    if await task.value == nil { kept.add() }
                    ended.add()
                }
            }
            while ended.count < 400 {
                elapsed += 1
                clock.advance(by: .milliseconds(25))
                await Task.yield()
            }
        }
        #expect(budget.waiting == 0)
        #expect(kept.count > 0)
        let tokens = elapsed * 25 / 125 - kept.count
        // Fewer than the burst, so that none was let go because the bucket was full.
        #expect(tokens < 10_000)
        #expect(budget.available == tokens)
    }
}

/// Asks for a token; what it was refused for, or `nil` when it has one.
private func outcome(
    _ budget: UpstreamBudget, _ priority: BudgetPriority, caller: String, by deadline: Deadline
) async -> BudgetRefusal? {
    do {
        try await budget.acquire(priority, caller: caller, by: deadline)
        return nil
    } catch {
        return error
    }
}
