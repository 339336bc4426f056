import Authentication
import Benchmark
import Foundation
import GatewayCore

/// What it costs to find out who asks, through the chain that a request goes through.
func credentialBenchmarks() {
    Benchmark("API key: a good one of a thousand") { benchmark in
        let keys = (0..<1_000).map { number in
            APIKeyRecord.create(name: "key \(number)", scopes: Set(Scope.allCases), at: Date())
        }
        let chain = AuthenticatorChain([APIKeyAuthenticator(keys.map(\.record))])
        let credentials = keys.map { PresentedCredential.bearer(Secret($0.key.expose())) }
        let now = Date()
        var next = 0
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            blackHole(try await chain.authenticate(credentials[next], at: now, mayVerify: true))
            next = (next + 1) % credentials.count
        }
    }
}
