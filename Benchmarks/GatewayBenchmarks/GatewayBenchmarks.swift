import Benchmark

/// The steps of a request that do not wait for anyone; one call each, so that time divides by the count alone.
let benchmarks: @Sendable () -> Void = {
    unsafe Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .cpuTotal, .throughput], warmupIterations: 5, scalingFactor: .kilo,
        maxDuration: .seconds(4), maxIterations: 10_000)
    limiterBenchmarks()
    credentialBenchmarks()
    tokenBenchmarks()
}
