import Dispatch
import GatewayTestSupport
import Resilience
import Testing

@Suite("Retry quota")
struct RetryQuotaTests {
    @Test("a quota begins with five hundred tokens")
    func capacity() {
        #expect(RetryQuota().available == 500)
    }

    @Test(
        "a retry costs fourteen tokens, or five when throttled",
        arguments: [(RetryStrategy.Failure.transient, 14), (.throttling, 5)])
    func cost(failure: RetryStrategy.Failure, cost: Int) {
        var bucket = RetryQuotaBucket()
        #expect(bucket.withdraw(for: failure) == cost)
        #expect(bucket.available == 500 - cost)
    }

    @Test("a full quota pays for thirty-five transient retries and no more")
    func transientRetries() {
        var bucket = RetryQuotaBucket()
        var paid = 0
        while paid < 1_000, bucket.withdraw(for: .transient) != nil { paid += 1 }
        #expect(paid == 35)
    }

    @Test("a full quota pays for a hundred throttled retries and no more")
    func throttledRetries() {
        var bucket = RetryQuotaBucket()
        var paid = 0
        while paid < 1_000, bucket.withdraw(for: .throttling) != nil { paid += 1 }
        #expect(paid == 100)
    }

    @Test("a retry that cannot be paid costs nothing")
    func refusal() {
        var bucket = RetryQuotaBucket(capacity: 13)
        #expect(bucket.withdraw(for: .transient) == nil)
        #expect(bucket.available == 13)
    }

    @Test("what one kind of failure cannot pay another may")
    func cheaper() {
        var bucket = RetryQuotaBucket(capacity: 13)
        #expect(bucket.withdraw(for: .throttling) == 5)
    }

    @Test("the last tokens may be spent")
    func exactly() {
        var bucket = RetryQuotaBucket(capacity: 14)
        #expect(bucket.withdraw(for: .transient) == 14)
        #expect(bucket.available == 0)
    }

    @Test("a success gives back what its last retry cost", arguments: [RetryStrategy.Failure.transient, .throttling])
    func deposit(failure: RetryStrategy.Failure) {
        var bucket = RetryQuotaBucket()
        let cost = bucket.withdraw(for: failure)
        bucket.deposit(lastCost: cost)
        #expect(bucket.available == 500)
    }

    @Test("a success after two retries gives back the last one's cost alone")
    func depositOfTheLast() {
        var bucket = RetryQuotaBucket()
        _ = bucket.withdraw(for: .transient)
        let last = bucket.withdraw(for: .throttling)
        bucket.deposit(lastCost: last)
        #expect(bucket.available == 486)
    }

    @Test("a success without retries gives one token")
    func depositOfOne() {
        var bucket = RetryQuotaBucket()
        _ = bucket.withdraw(for: .transient)
        bucket.deposit(lastCost: nil)
        #expect(bucket.available == 487)
    }

    @Test("successes never fill a quota over its capacity")
    func full() {
        let quota = RetryQuota()
        for _ in 0..<20 { quota.deposit(lastCost: 14) }
        #expect(quota.available == 500)
    }

    @Test("a quota never leaves the range from nothing to its capacity", arguments: UInt64(1)...8)
    func range(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var bucket = RetryQuotaBucket()
        var paid = 500
        for _ in 0..<2_000 {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0:
                bucket.deposit(lastCost: nil)
                paid = min(500, paid + 1)
            case 1:
                bucket.deposit(lastCost: 14)
                paid = min(500, paid + 14)
            case 2:
                if bucket.withdraw(for: .throttling) != nil { paid -= 5 }
            default:
                if bucket.withdraw(for: .transient) != nil { paid -= 14 }
            }
            #expect(bucket.available == paid)
            #expect((0...500).contains(bucket.available))
        }
    }

    @Test("many threads together are paid no more than there is")
    func threads() {
        let quota = RetryQuota()
        DispatchQueue.concurrentPerform(iterations: 64) { _ in
            for _ in 0..<8 { _ = quota.withdraw(for: .throttling) }
        }
        #expect(quota.available == 0)
    }
}
