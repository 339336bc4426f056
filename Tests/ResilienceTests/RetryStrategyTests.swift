import GatewayTestSupport
import Resilience
import Testing

@Suite("Retry strategy")
struct RetryStrategyTests {
    /// The longest delay, `min(base · 2^(n-1), 20 s)`, worked out by hand.
    private static let ceilings: [(failure: RetryStrategy.Failure, failedAttempts: Int, ceiling: Duration)] = [
        (.transient, 1, .milliseconds(50)), (.transient, 2, .milliseconds(100)), (.transient, 3, .milliseconds(200)),
        (.transient, 9, .milliseconds(12_800)), (.transient, 10, .seconds(20)), (.transient, 99, .seconds(20)),
        (.throttling, 1, .seconds(1)), (.throttling, 2, .seconds(2)), (.throttling, 5, .seconds(16)),
        (.throttling, 6, .seconds(20)), (.throttling, 64, .seconds(20)), (.throttling, .max - 1, .seconds(20)),
    ]

    private let patient = RetryStrategy(maxAttempts: .max)

    @Test("the longest delay doubles with each failed attempt, up to twenty seconds", arguments: ceilings)
    func ceiling(failure: RetryStrategy.Failure, failedAttempts: Int, ceiling: Duration) {
        #expect(
            patient.delay(afterFailedAttempts: failedAttempts, failure: failure, serverWish: nil, jitter: 1) == ceiling)
    }

    @Test("the delay is the longest one times the random number", arguments: ceilings)
    func jitter(failure: RetryStrategy.Failure, failedAttempts: Int, ceiling: Duration) {
        #expect(
            patient.delay(afterFailedAttempts: failedAttempts, failure: failure, serverWish: nil, jitter: 0.25)
                == ceiling / 4)
    }

    @Test("the delay never leaves its bounds, whatever the random number", arguments: UInt64(1)...8)
    func bounds(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let (failure, failedAttempts, ceiling) = try #require(Self.ceilings.randomElement(using: &generator))
            let delay = try #require(
                patient.delay(
                    afterFailedAttempts: failedAttempts, failure: failure, serverWish: nil,
                    jitter: Double.random(in: 0..<1, using: &generator)))
            #expect(.zero <= delay && delay <= ceiling)
        }
    }

    @Test("a random number out of its range counts as the nearest in it", arguments: [(-1.0, 0), (2.0, 50)])
    func jitterOutOfRange(jitter: Double, milliseconds: Int) {
        #expect(
            patient.delay(afterFailedAttempts: 1, failure: .transient, serverWish: nil, jitter: jitter)
                == .milliseconds(milliseconds))
    }

    @Test("there are three attempts unless said otherwise", arguments: [(1, true), (2, true), (3, false), (4, false)])
    func attempts(failedAttempts: Int, isFollowed: Bool) {
        let delay = RetryStrategy().delay(
            afterFailedAttempts: failedAttempts, failure: .transient, serverWish: nil, jitter: 0.5)
        #expect((delay != nil) == isFollowed)
    }

    @Test("a strategy of one attempt never asks again", arguments: [RetryStrategy.Failure.transient, .throttling])
    func oneAttempt(failure: RetryStrategy.Failure) {
        let delay = RetryStrategy(maxAttempts: 1).delay(
            afterFailedAttempts: 1, failure: failure, serverWish: .seconds(1), jitter: 0)
        #expect(delay == nil)
    }

    @Test(
        "the server's wish is kept between the computed delay and five seconds more",
        arguments: [
            (wish: Duration.zero, delay: Duration.milliseconds(500)),
            (.milliseconds(-1), .milliseconds(500)), (.milliseconds(499), .milliseconds(500)),
            (.milliseconds(500), .milliseconds(500)), (.milliseconds(501), .milliseconds(501)),
            (.seconds(3), .seconds(3)), (.milliseconds(5_500), .milliseconds(5_500)),
            (.milliseconds(5_501), .milliseconds(5_500)), (.seconds(86_400), .milliseconds(5_500)),
        ])
    func serverWish(wish: Duration, delay: Duration) {
        #expect(
            patient.delay(afterFailedAttempts: 1, failure: .throttling, serverWish: wish, jitter: 0.5) == delay)
    }

    @Test("the server's wish may lengthen the longest delay to twenty-five seconds")
    func serverWishBeyondTheCap() {
        #expect(
            patient.delay(afterFailedAttempts: 30, failure: .throttling, serverWish: .seconds(60), jitter: 1)
                == .seconds(25))
    }
}
