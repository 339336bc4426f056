import GatewayTestSupport
import Resilience
import Testing

@Suite("Upstream budget against a plain model")
struct UpstreamBudgetModelTests {
    /// A configuration, and how many callers ask how often.
    struct Load: Sendable {
        let settings: BudgetSettings
        let callers: Int
        let meanGapMilliseconds: Int
    }

    private static let loads = [
        Load(settings: BudgetSettings(burst: 3), callers: 3, meanGapMilliseconds: 60),
        Load(settings: BudgetSettings(burst: 20, refillPerSecond: 30), callers: 12, meanGapMilliseconds: 8),
        Load(
            settings: BudgetSettings(burst: 5, refillPerSecond: 3, longestWait: .seconds(4)), callers: 4,
            meanGapMilliseconds: 90),
        Load(
            settings: BudgetSettings(
                burst: 1, refillPerSecond: 0.1, longestWait: .seconds(60), longestUrgentWait: .seconds(30)),
            callers: 2, meanGapMilliseconds: 3_000),
        Load(settings: BudgetSettings(burst: 2, longestWait: .zero), callers: 3, meanGapMilliseconds: 100),
    ]

    private func call(_ load: Load, using generator: inout SplitMix64) -> BudgetDuel.Call {
        // One caller asks as often as all others together, and some calls are in a hurry.
        let number = Int.random(in: 0..<load.callers * 2, using: &generator)
        let isUrgent = Int.random(in: 0..<5, using: &generator) == 0
        let isHurried = Int.random(in: 0..<4, using: &generator) == 0
        return BudgetDuel.Call(
            priority: isUrgent ? .urgent : .ordinary, caller: "caller-\(max(0, number - load.callers))",
            patience: isHurried ? Int.random(in: -1_000...2_000_000_000, using: &generator) : 3_600_000_000_000)
    }

    @Test("a budget decides as its plain model does, whatever comes", arguments: 0..<loads.count, UInt64(1)...4)
    func model(load: Int, seed: UInt64) {
        let load = Self.loads[load]
        var generator = SplitMix64(seed: seed)
        var duel = BudgetDuel(load.settings)
        for _ in 0..<800 {
            // Some calls come together, and now and then nobody calls for an hour.
            let isAlone = Int.random(in: 0..<5, using: &generator) > 0
            let gap = isAlone ? Int.random(in: 0...load.meanGapMilliseconds * 2, using: &generator) : 0
            let isLong = Int.random(in: 0..<200, using: &generator) == 0
            let pause = isLong ? 3_600_000 : gap
            duel.advance(byNanoseconds: pause * 1_000_000 + Int.random(in: 0...999, using: &generator))
            duel.arrive(call(load, using: &generator))
            switch Int.random(in: 0..<12, using: &generator) {
            case 0: duel.refund()
            case 1: duel.leave(using: &generator)
            default: break
            }
        }
        #expect(duel.tally.granted > 0 && duel.tally.refused > 0 && duel.tally.waiting > 0)
        duel.advance(byNanoseconds: 60_000_000_000)
        #expect(duel.state.waiting == 0)
    }

    @Test("some waits end without a token because others went first", arguments: UInt64(1)...3)
    func overdue(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var duel = BudgetDuel(BudgetSettings(burst: 1))
        for _ in 0..<300 {
            duel.advance(byNanoseconds: Int.random(in: 0...100_000_000, using: &generator))
            duel.arrive(call(Self.loads[0], using: &generator))
        }
        #expect(duel.tally.overdue > 0)
    }
}
