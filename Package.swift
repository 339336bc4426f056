// swift-tools-version: 6.2
import PackageDescription

// Every target is compiled alike: what is unsafe must say so, every import is private unless said
// otherwise, async functions stay on their caller's executor, and a warning stops the build.
let settings: [SwiftSetting] = [
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

// The floors of the house, lowest first. A target may import only what its entry names
// (`Scripts/check-layers` holds every import against this list).
let package = Package(
    name: "jobgate",
    platforms: [.macOS(.v26)],
    products: [.executable(name: "jobgate", targets: ["jobgate"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration.git", from: "1.4.0",
            traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
    ],
    targets: [
        // Floor 0: values, and what knows nothing of this gateway.
        .target(name: "GatewayCore"),
        .target(name: "SigV4", dependencies: [crypto]),
        .target(name: "Resilience"),

        // Floor 1: one concern each; none knows another.
        .target(name: "HTTPServer", dependencies: [nioCore, nioPosix, nioHTTP1]),
        .target(
            name: "Authentication",
            dependencies: ["GatewayCore", asyncHTTPClient, crypto, jwtKit, nioCore, nioHTTP1, nioSSL, yams]),
        .target(name: "RateLimiting", dependencies: ["GatewayCore", "Resilience", nioCore, nioPosix, nioSSL]),
        .target(name: "AuditLog", dependencies: ["GatewayCore", crypto, grdb]),
        .target(name: "Observability", dependencies: ["GatewayCore", logging]),

        // Floors 2 to 4: the way to AWS and back.
        .target(
            name: "AWSRuntime",
            dependencies: [
                "SigV4", "Resilience", asyncHTTPClient, crypto, nioCore, nioPosix, nioHTTP1, nioSSL, nioTLS,
            ]),
        .target(name: "AWSServices", dependencies: ["AWSRuntime", "SigV4", "Resilience"]),
        .target(name: "Jobs", dependencies: ["AWSServices", "AWSRuntime", "Resilience", "GatewayCore"]),

        // Floor 5: what callers see.
        .target(
            name: "GatewayAPI",
            dependencies: [
                "Jobs", "HTTPServer", "Authentication", "RateLimiting", "AuditLog", "Observability", "Resilience",
                "GatewayCore", logging,
            ],
            resources: [.embedInCode("Resources/openapi.yaml")]),

        // Floors 6 and 7: wiring, the simulated AWS, the command line.
        .target(
            name: "GatewayApp",
            dependencies: [
                "GatewayAPI", "Jobs", "AWSServices", "AWSRuntime", "HTTPServer", "Authentication", "RateLimiting",
                "AuditLog", "Observability", "Resilience", "SigV4", "GatewayCore", configuration, logging, nioCore,
                nioPosix, nioSSL, unixSignals, yams,
            ]),
        .target(name: "Sandbox", dependencies: ["HTTPServer", "SigV4"]),
        .executableTarget(
            name: "jobgate",
            dependencies: [
                "GatewayApp", "Sandbox", "Authentication", "RateLimiting", "AuditLog", "HTTPServer", "SigV4",
                "GatewayCore", argumentParser,
            ]),

        // Shared by tests alone: a clock that is held by hand, a transport that answers from a script, a random source.
        .target(
            name: "GatewayTestSupport", dependencies: ["AWSRuntime", "Resilience"], path: "Tests/GatewayTestSupport"),
        // A whole gateway in memory, on a scripted AWS.
        .target(
            name: "GatewayAPITestSupport",
            dependencies: [
                "GatewayAPI", "Jobs", "AWSServices", "AWSRuntime", "HTTPServer", "Authentication", "RateLimiting",
                "AuditLog", "Observability", "SigV4", "GatewayCore", "GatewayTestSupport", logging,
            ], path: "Tests/GatewayAPITestSupport"),
        .testTarget(name: "GatewayCoreTests", dependencies: ["GatewayCore", "GatewayTestSupport"]),
        .testTarget(name: "SigV4Tests", dependencies: ["SigV4"], exclude: ["Vectors"]),
        .testTarget(name: "ResilienceTests", dependencies: ["Resilience", "GatewayTestSupport"]),
        .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer", nioCore, nioPosix, nioHTTP1]),
        .testTarget(
            name: "AuthenticationTests", dependencies: ["Authentication", "GatewayCore", "GatewayTestSupport", crypto]),
        .testTarget(
            name: "RateLimitingTests",
            dependencies: [
                "RateLimiting", "Resilience", "GatewayCore", "GatewayTestSupport", nioCore, nioPosix, nioEmbedded,
            ]),
        .testTarget(name: "AuditLogTests", dependencies: ["AuditLog", "GatewayCore", "GatewayTestSupport", grdb]),
        .testTarget(name: "ObservabilityTests", dependencies: ["Observability", logging]),
        .testTarget(
            name: "AWSRuntimeTests",
            dependencies: [
                "AWSRuntime", "AWSServices", "Resilience", "SigV4", "GatewayTestSupport", crypto, nioCore, nioPosix,
                nioSSL,
            ],
            exclude: ["CredentialCases", "RetryScripts"]),
        .testTarget(
            name: "AWSServicesTests",
            dependencies: ["AWSServices", "AWSRuntime", "Resilience", "SigV4", "GatewayTestSupport"]),
        .testTarget(
            name: "JobsTests",
            dependencies: [
                "Jobs", "AWSServices", "AWSRuntime", "Resilience", "SigV4", "GatewayCore", "GatewayTestSupport",
            ]),
        .testTarget(
            name: "GatewayAPITests",
            dependencies: [
                "GatewayAPI", "Jobs", "AWSServices", "AWSRuntime", "HTTPServer", "Authentication", "RateLimiting",
                "AuditLog",
                "Observability", "SigV4", "GatewayCore", "GatewayTestSupport", "GatewayAPITestSupport", logging,
            ]),
        .testTarget(
            name: "GatewayAppTests",
            dependencies: [
                "GatewayApp", "GatewayAPI", "Sandbox", "AWSRuntime", "HTTPServer", "Authentication", "RateLimiting",
                "AuditLog",
                "Observability", "Resilience", "SigV4", "GatewayCore", "GatewayAPITestSupport", "GatewayTestSupport",
                logging, nioPosix, yams,
            ]),
        .testTarget(
            name: "ContractTests",
            dependencies: [
                "GatewayAPI", "Jobs", "AWSServices", "AWSRuntime", "HTTPServer", "Authentication", "RateLimiting",
                "Observability", "SigV4", "GatewayCore", "GatewayTestSupport", "GatewayAPITestSupport", logging, yams,
            ]),
        .testTarget(name: "SandboxTests", dependencies: ["Sandbox", "HTTPServer", "SigV4"]),
    ],
    swiftLanguageModes: [.v6]
)

// The benchmarks need packages that the program does not: `JOBGATE_BENCHMARKS=1 swift package benchmark` has them.
if Context.environment["JOBGATE_BENCHMARKS"] != nil {
    package.dependencies.append(
        .package(url: "https://github.com/ordo-one/benchmark.git", from: "1.38.1", traits: []))
    package.targets.append(
        .executableTarget(
            name: "GatewayBenchmarks",
            dependencies: [
                "Authentication", "RateLimiting", "GatewayCore",
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/GatewayBenchmarks",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]))
}

for target in package.targets {
    target.swiftSettings = settings
}
