import RateLimiting
import Testing

@Suite("Rate limit decision")
struct RateLimitDecisionTests {
    @Test("the fields of the contract's example are written as the contract has them")
    func example() throws {
        let limit = try #require(RateLimit(name: "default", quota: 60, window: .seconds(60)))
        let decision = RateLimitDecision(limit: limit, decision: GCRA.decide(limit, arrival: nil, now: 0).0)
        #expect(decision.policyField == #""default";q=60;w=60"#)
        #expect(decision.limitField == #""default";r=59;t=1"#)
    }

    @Test(
        "the policy's window is in whole seconds, rounded up",
        arguments: [
            (Duration.seconds(3_600), 3_600), (.milliseconds(1_500), 2), (.milliseconds(250), 1), (.seconds(1), 1),
        ])
    func window(window: Duration, seconds: Int) throws {
        let limit = try #require(RateLimit(name: "a_B-9", quota: 5, window: window))
        let decision = RateLimitDecision(limit: limit, isAllowed: true, remaining: 4, nextIn: .seconds(1))
        #expect(decision.policyField == "\"a_B-9\";q=5;w=\(seconds)")
    }

    @Test(
        "the seconds to wait are rounded up and at least one",
        arguments: [
            (Duration.nanoseconds(1), Int64(1)), (.seconds(1), 1), (.seconds(1) + .nanoseconds(1), 2),
            (.milliseconds(1_999), 2), (.seconds(60), 60), (.zero, 1),
        ])
    func seconds(nextIn: Duration, seconds: Int64) throws {
        let limit = try #require(RateLimit(name: "default", quota: 60, window: .seconds(60)))
        let decision = RateLimitDecision(limit: limit, isAllowed: true, remaining: 3, nextIn: nextIn)
        #expect(decision.nextInSeconds == seconds)
        #expect(decision.limitField == "\"default\";r=3;t=\(seconds)")
    }

    @Test("of a request that was not counted only the policy is known", arguments: [true, false])
    func uncounted(isAllowed: Bool) throws {
        let limit = try #require(RateLimit(name: "default", quota: 60, window: .seconds(60)))
        let decision = RateLimitDecision(uncounted: limit, isAllowed: isAllowed, nextIn: .seconds(1))
        #expect(!decision.isCounted)
        #expect(decision.isAllowed == isAllowed)
        #expect(decision.policyField == #""default";q=60;w=60"#)
        #expect(RateLimitDecision(limit: limit, decision: .limited(retryAfter: 1)).isCounted)
    }

    @Test("a refused request has nothing left and waits for retryAfter")
    func limited() throws {
        let limit = try #require(RateLimit(name: "default", quota: 60, window: .seconds(60)))
        let decision = RateLimitDecision(limit: limit, decision: .limited(retryAfter: 1_500_000_000))
        #expect(!decision.isAllowed)
        #expect(decision.remaining == 0)
        #expect(decision.nextIn == .milliseconds(1_500))
        #expect(decision.limitField == #""default";r=0;t=2"#)
    }

    @Test("a request sent after the seconds of a refusal passes", arguments: [1, 3, 7, 60])
    func waiting(quota: Int) throws {
        let limit = try #require(RateLimit(name: "default", quota: quota, window: .seconds(10), burst: 1))
        let arrival = GCRA.decide(limit, arrival: nil, now: 0).arrival
        let refusal = RateLimitDecision(limit: limit, decision: GCRA.decide(limit, arrival: arrival, now: 1).0)
        let later = 1 + refusal.nextInSeconds * 1_000_000_000
        #expect(GCRA.countOfPassing(limit, arrival: arrival, now: later) == 1)
    }
}
