import Benchmark
import RateLimiting

/// A decision of the limiter: for one busy caller, and for a hundred thousand that take turns.
func limiterBenchmarks() {
    guard let limit = RateLimit(name: "default", quota: 1_000_000, window: .seconds(1)) else { return }

    Benchmark("limiter: one caller") { benchmark in
        let limiter: any RateLimiter = InMemoryRateLimiter()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(await limiter.consume(key: "k3f9a2bd", limit: limit)) }
    }

    Benchmark("limiter: 100,000 callers in turn") { benchmark in
        let limiter: any RateLimiter = InMemoryRateLimiter()
        let callers = (0..<100_000).map { "caller-\($0)" }
        for caller in callers { blackHole(await limiter.consume(key: caller, limit: limit)) }
        var next = 0
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            blackHole(await limiter.consume(key: callers[next], limit: limit))
            next = (next + 7_919) % callers.count
        }
    }
}
