import GatewayAPI
import GatewayCore
import Logging
import NIOCore
import NIOSSL
import RateLimiting
import Resilience

/// What counts the callers' requests, as the configuration wants it, and what keeps that going.
enum LimiterAssembly: Sendable {
    /// In this instance's memory.
    case memory(InMemoryRateLimiter)
    /// In a store that all instances share.
    case store(RedisRateLimiter)

    /// Makes the limiter of a configuration.
    ///
    /// - Parameters:
    ///   - settings: Where it counts.
    ///   - eventLoop: Where a connection to a store lives.
    ///   - logger: Takes a line when the store goes down, and one when it is up again.
    /// - Throws: ``ConfigurationError`` when the rules of TLS cannot be set up.
    init(
        _ settings: GatewayConfiguration.Limiter, eventLoop: any EventLoop, logger: Logger
    ) throws(ConfigurationError) {
        guard let endpoint = settings.store else {
            self = .memory(InMemoryRateLimiter())
            return
        }
        let storeSettings = try RedisSettings(settings, endpoint)
        let reporter = LimiterReporter(logger: logger, store: endpoint.publicName, whenDown: settings.whenDown)
        reporter.reportStart()
        self = .store(
            RedisRateLimiter(
                store: RedisStore(settings: storeSettings, eventLoop: eventLoop), policy: settings.whenDown,
                replicas: settings.replicas, breaker: Self.breaker(of: storeSettings), onChange: reporter.report))
    }

    /// What counts.
    var limiter: any RateLimiter {
        switch self {
        case .memory(let limiter): limiter
        case .store(let limiter): limiter
        }
    }

    /// How it stands now.
    var health: HealthReport.Limiter {
        switch self {
        case .memory: HealthReport.Limiter()
        case .store(let limiter): HealthReport.Limiter(store: "redis", error: limiter.status.failure?.description)
        }
    }

    /// Connects to the store, if there is one; returns in about a second if it does not answer.
    func start() async {
        if case .store(let limiter) = self { await limiter.start() }
    }

    /// Keeps the connection up and the memory small until the task is cancelled.
    ///
    /// - Parameter failures: What counts failed authentications; its memory is kept small too.
    func run(with failures: FailedAuthenticationLimiter) async {
        await withTaskGroup(of: Void.self) { group in
            if case .store(let limiter) = self { group.addTask { await limiter.run() } }
            group.addTask {
                while !Task.isCancelled {
                    do { try await Task.sleep(for: Self.sweepPause) } catch { return }
                    sweep()
                    failures.sweep()
                }
            }
        }
    }

    private static let sweepPause = Duration.seconds(5)

    private func sweep() {
        switch self {
        case .memory(let limiter): limiter.sweep()
        case .store(let limiter): limiter.sweep()
        }
    }

    /// When a store is given a pause.
    ///
    /// It is for a store that refuses, or answers some but not all in time; one that is silent is not asked in any
    /// case. It stays open longer than such a one keeps its connection, so that what tries it out is a new connection,
    /// and no request.
    private static func breaker(of settings: RedisSettings) -> CircuitBreakerSettings {
        let pause = settings.patience + .milliseconds(500)
        return CircuitBreakerSettings(
            window: .seconds(5), minimumCalls: 5, failureRatio: 0.5, openDuration: pause,
            longestOpenDuration: max(pause, .seconds(5)), probes: 1, successesToClose: 2,
            probeLifetime: settings.timeout + .seconds(1))
    }
}

extension RedisSettings {
    fileprivate init(
        _ settings: GatewayConfiguration.Limiter, _ endpoint: RedisEndpoint
    ) throws(ConfigurationError) {
        self.init(endpoint: endpoint)
        timeout = settings.timeout
        prefix = settings.prefix
        if let path = settings.passwordFile {
            password = { () throws(RedisError) in try PasswordFile.read(path) }
        }
        guard endpoint.usesTLS else { return }
        var rules = TLSConfiguration.makeClientConfiguration()
        if let path = settings.caBundle { rules.trustRoots = .file(path) }
        do {
            tls = try NIOSSLContext(configuration: rules)
        } catch {
            throw ConfigurationError(problems: ["`limiter.caBundle`: TLS cannot be set up: \(error)"])
        }
    }
}

/// Logs where requests are counted, and each change of whether they are.
struct LimiterReporter: Sendable {
    private let logger: Logger
    private let store: String
    private let whenDown: StoreOutagePolicy

    /// Reports on a store, named without what is secret.
    init(logger: Logger, store: String, whenDown: StoreOutagePolicy) {
        self.logger = logger
        self.store = store
        self.whenDown = whenDown
    }

    /// Says which store it is.
    func reportStart() {
        logger.info("rate limits are shared", metadata: ["store": .string(store)])
    }

    /// Says that the store has gone down, or is up again.
    func report(_ status: RateLimitStoreStatus) {
        guard let failure = status.failure else {
            logger.info("the store of the rate limits counts again", metadata: ["store": .string(store)])
            return
        }
        logger.warning(
            "the store of the rate limits cannot be used",
            metadata: [
                "store": .string(store), "cause": .string(failure.description),
                "when_down": .string(whenDown.rawValue),
            ])
    }
}
