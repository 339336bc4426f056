import AWSRuntime
import AWSServices
import AuditLog
import Authentication
import GatewayAPI
package import HTTPServer
import Jobs
package import Logging
import NIOCore
import NIOPosix
import Observability
import RateLimiting
import Resilience
import UnixSignals

/// The composition root: the only place where the parts are made and put together.
package struct Gateway: Sendable {
    private let configuration: GatewayConfiguration
    private let targets: [AWSTarget]
    private let keys: KeySource
    private let source: ConfigurationSource?
    private let logger: Logger
    private let output: GatewayLog.Output

    /// Creates a gateway of a checked configuration.
    ///
    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - targets: Its targets, resolved; at least one.
    ///   - keys: Who is known.
    ///   - source: Where the configuration is read again when it changes; `nil` for one that stays.
    ///   - logger: Takes every line of the log.
    ///   - output: Where the lines of the audit trail go.
    package init(
        configuration: GatewayConfiguration, targets: [AWSTarget], keys: KeySource,
        source: ConfigurationSource? = nil, logger: Logger, output: GatewayLog.Output = .standardOutput
    ) {
        self.configuration = configuration
        self.targets = targets
        self.keys = keys
        self.source = source
        self.logger = logger
        self.output = output
    }

    /// Serves until SIGTERM or SIGINT (SIGHUP reads the configuration again), or until the task is cancelled, then
    /// answers what is in flight and returns.
    ///
    /// - Parameters:
    ///   - companions: Further servers that live as long as the gateway, such as the sandbox's AWS.
    ///   - onListening: Called once, with the bound address.
    /// - Throws: ``HTTPServer/ListeningSocketError`` when the address cannot be had, ``ConfigurationError`` when the
    ///   audit trail cannot.
    package func run(
        companions: [Companion] = [], onListening: @escaping @Sendable (String, Int) -> Void = { _, _ in }
    ) async throws {
        // Before the socket: whoever could connect must not be cut off by a signal that nobody minds yet.
        // Without anything that could be read again, a terminal that closes ends the gateway as ever.
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint] + (source == nil ? [] : [.sighup]))
        let socket = try ListeningSocket(
            host: configuration.listen.host, port: configuration.listen.port, backlog: configuration.listen.backlog)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        // A thread of its own: what callers keep the others busy with must not count as a store that is late.
        let storeGroup = configuration.limiter.store.map { _ in MultiThreadedEventLoopGroup(numberOfThreads: 1) }
        let transport = AsyncHTTPClientTransport(
            eventLoopGroup: group, connectTimeout: configuration.aws.connectTimeout,
            trustRootsPath: try AWSTarget.trustRootsPath(configuration.aws, targets: targets))
        let keySetClient = KeySetClient(eventLoopGroup: group)
        let outcome: Result<Void, any Error>
        do {
            let trail = try AuditAssembly.trail(configuration.audit, output: output, logger: logger)
            do {
                try await serve(
                    on: socket, group: group, storeLoop: (storeGroup ?? group).next(), transport: transport,
                    keySetClient: keySetClient, trail: trail, signals: signals, companions: companions,
                    onListening: onListening)
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await trail.close()
        } catch {
            outcome = .failure(error)
        }
        // However serving ended: a client that is let go with open connections stops the process.
        try await transport.shutdown()
        try await keySetClient.shutdown()
        try await storeGroup?.shutdownGracefully()
        try await group.shutdownGracefully()
        try outcome.get()
        logger.info("stopped")
    }

    private func serve(
        on socket: ListeningSocket, group: MultiThreadedEventLoopGroup, storeLoop: any EventLoop,
        transport: AsyncHTTPClientTransport, keySetClient: KeySetClient, trail: AuditTrail,
        signals: UnixSignalsSequence, companions: [Companion], onListening: (String, Int) -> Void
    ) async throws {
        let seen = ConfigurationWatch.stamps(of: configuration, source: source)
        let keySets = KeySets(onFetch: KeySetReporter(logger: logger).report, fetch: keySetClient.fetch)
        let limiter = try LimiterAssembly(configuration.limiter, eventLoop: storeLoop, logger: logger)
        let parts = SharedParts(limiter: limiter.limiter, keySets: keySets, targetNames: targets.map(\.name))
        let live = try LiveConfiguration(
            configuration, keys: try keys.records(for: configuration), assembly: PolicyAssembly(parts))
        let watch = ConfigurationWatch(live: live, source: source, keys: keys, seen: seen, logger: logger)
        let trigger = ReloadTrigger()
        let lifecycle = Lifecycle(logger: logger) {
            trigger.reload()
            keySets.refresh()
        }
        var assembly = UpstreamAssembly(aws: configuration.aws, transport: transport, logger: logger)
        let upstreams = targets.map { assembly.assemble($0) }
        let api = try api(targets: upstreams, parts: parts, trail: trail, live: live, lifecycle: lifecycle)
        let server = HTTPServer(
            limits: configuration.server, eventLoopGroup: group, refuse: api.refuse, respond: api.respond)
        let admin = try adminCompanion(
            report: { HealthReport(live, upstreams, keySets: keySets, limiter: limiter.health, audit: trail) },
            lifecycle: lifecycle)
        let companionServers = (companions + admin).map { companion in
            let server = HTTPServer(
                limits: ServerLimits(), eventLoopGroup: group, refuse: companion.refuse, respond: companion.respond)
            return (companion.socket, server)
        }
        await limiter.start()
        reportStart(socket)
        onListening(socket.address.host, socket.address.port)
        try await lifecycle.run(
            until: signals, main: (socket, server), companions: companionServers,
            background: { await trigger.run(watch) }, { await keySets.run() },
            { await limiter.run(with: parts.failures) }, { await trail.run() },
            { await KeyUsageWriter(parts.keyUsage, logger: logger).run { live.configuration.keyUsageFile } },
            { await fetchCredentials(of: upstreams) })
    }

    /// The admin listener, where one is configured.
    private func adminCompanion(
        report: @escaping @Sendable () -> HealthReport, lifecycle: Lifecycle
    ) throws -> [Companion] {
        guard let port = configuration.admin.port else { return [] }
        let socket = try ListeningSocket(host: configuration.admin.host, port: port, backlog: 128)
        let api = AdminAPI(isDraining: { lifecycle.isDraining }, report: report)
        logger.info(
            "admin listening",
            metadata: ["host": .string(socket.address.host), "port": .json(.integer(socket.address.port))])
        return [Companion(socket: socket, refuse: { refusal, _ in api.refuse(refusal) }, respond: api.respond)]
    }

    private func api(
        targets: [UpstreamTarget], parts: SharedParts, trail: AuditTrail, live: LiveConfiguration,
        lifecycle: Lifecycle
    ) throws -> GatewayAPI {
        let table = TargetTable(targets.map { $0.jobs(isNamedInPaths: targets.count > 1) })
        let jobs = JobService(targets: table, timeout: configuration.aws.timeout, clock: lifecycle.jobClock)
        return GatewayAPI(
            jobs: JobController(service: jobs), limiter: parts.limiter, failures: parts.failures, audit: trail,
            policy: { live.policy },
            openAPIJSON: try OpenAPIJSON.bytes(fromYAML: OpenAPIDocument.yaml), logger: logger,
            isDraining: { lifecycle.isDraining })
    }

    private func reportStart(_ socket: ListeningSocket) {
        for target in targets {
            for warning in target.warnings { logger.warning("\(warning)", metadata: ["target": .string(target.name)]) }
            logger.info(
                "target",
                metadata: [
                    "target": .string(target.name), "region": .string(target.region),
                    "account": .json(.string(target.account)), "role": .json(.string(target.roleARN)),
                ])
        }
        if configuration.readOnly != ReadOnlyPolicy() { configuration.readOnly.log(to: logger) }
        logger.info(
            "listening",
            metadata: [
                "host": .string(socket.address.host), "port": .json(.integer(socket.address.port)),
                "region": .string(targets.first?.region ?? ""),
            ])
    }

    /// Fetches every target's base identity once, so that the first request need not wait and the log says what lacks.
    private func fetchCredentials(of targets: [UpstreamTarget]) async {
        await withTaskGroup(of: Void.self) { group in
            for target in targets {
                // A failure is in the log by now; the next request asks again.
                group.addTask { _ = try? await target.credentials.base.credentials(for: nil, by: .after(.seconds(20))) }
            }
        }
    }
}

/// A further server that lives as long as the gateway.
package struct Companion: Sendable {
    /// Where it listens.
    package let socket: ListeningSocket
    /// Answers what the server refuses by itself.
    package let refuse: @Sendable (Refusal, _ remoteAddress: String?) -> Response
    /// Answers a request.
    package let respond: @Sendable (Request) async -> Response

    /// Describes a server.
    package init(
        socket: ListeningSocket, refuse: @escaping @Sendable (Refusal, _ remoteAddress: String?) -> Response,
        respond: @escaping @Sendable (Request) async -> Response
    ) {
        self.socket = socket
        self.refuse = refuse
        self.respond = respond
    }
}
