import Resilience
import Testing

@Suite("Deadline")
struct DeadlineTests {
    private let now = ContinuousClock.now

    @Test("a deadline lies its duration after the moment it was made")
    func after() {
        #expect(Deadline.after(.seconds(20), from: now).instant == now + .seconds(20))
    }

    @Test(
        "what remains shrinks with time and never falls below zero",
        arguments: [(0, 20_000), (19_999, 1), (20_000, 0), (20_001, 0), (86_400_000, 0)])
    func remaining(elapsed: Int, remaining: Int) {
        let deadline = Deadline.after(.seconds(20), from: now)
        #expect(deadline.remaining(at: now + .milliseconds(elapsed)) == .milliseconds(remaining))
    }

    @Test("a deadline has not passed one nanosecond before its moment")
    func before() {
        #expect(!Deadline(now).hasPassed(at: now - .nanoseconds(1)))
    }

    @Test("a deadline has passed at its very moment")
    func atTheMoment() {
        #expect(Deadline(now).hasPassed(at: now))
    }

    @Test("a cap that ends earlier moves the deadline there")
    func earlierCap() {
        let capped = Deadline.after(.seconds(20), from: now).capped(to: .seconds(2), from: now)
        #expect(capped == .after(.seconds(2), from: now))
    }

    @Test("a cap that ends later leaves the deadline as it is")
    func laterCap() {
        let deadline = Deadline.after(.seconds(20), from: now)
        #expect(deadline.capped(to: .seconds(2), from: now + .seconds(19)) == deadline)
    }
}
