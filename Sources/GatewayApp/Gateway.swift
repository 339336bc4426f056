import AWSRuntime
import AWSServices
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
    private let target: AWSTarget
    private let keys: KeySource
    private let logger: Logger

    /// Creates a gateway of a checked configuration.
    package init(configuration: GatewayConfiguration, target: AWSTarget, keys: KeySource, logger: Logger) {
        self.configuration = configuration
        self.target = target
        self.keys = keys
        self.logger = logger
    }

    /// Serves until SIGTERM or SIGINT, or until the task is cancelled, then answers what is in flight and returns.
    ///
    /// - Parameters:
    ///   - companions: Further servers that live as long as the gateway, such as the sandbox's AWS.
    ///   - onListening: Called once, with the bound address.
    /// - Throws: ``HTTPServer/ListeningSocketError`` when the address cannot be had.
    package func run(
        companions: [Companion] = [], onListening: @escaping @Sendable (String, Int) -> Void = { _, _ in }
    ) async throws {
        // Before the socket: whoever could connect must not be cut off by a signal that nobody minds yet.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let socket = try ListeningSocket(
            host: configuration.listen.host, port: configuration.listen.port, backlog: configuration.listen.backlog)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        let transport = AsyncHTTPClientTransport(
            eventLoopGroup: group, connectTimeout: configuration.aws.connectTimeout,
            trustRootsPath: target.trustRootsPath)
        let outcome: Result<Void, any Error>
        do {
            try await serve(
                on: socket, group: group, transport: transport, signals: signals, companions: companions,
                onListening: onListening)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        // However serving ended: a client that is let go with open connections stops the process.
        try await transport.shutdown()
        try await group.shutdownGracefully()
        try outcome.get()
        logger.info("stopped")
    }

    private func serve(
        on socket: ListeningSocket, group: MultiThreadedEventLoopGroup, transport: AsyncHTTPClientTransport,
        signals: UnixSignalsSequence, companions: [Companion], onListening: (String, Int) -> Void
    ) async throws {
        let authenticator = APIKeyAuthenticator(keys.records)
        let lifecycle = Lifecycle(logger: logger)
        let api = try api(transport: transport, authenticator: authenticator, lifecycle: lifecycle)
        let server = HTTPServer(
            limits: configuration.server, eventLoopGroup: group, refuse: api.refuse, respond: api.respond)
        let companionServers = companions.map { companion in
            let server = HTTPServer(
                limits: ServerLimits(), eventLoopGroup: group, refuse: companion.refuse, respond: companion.respond)
            return (companion.socket, server)
        }
        await reportStart(socket)
        onListening(socket.address.host, socket.address.port)
        let watch = keys.watch(adopting: authenticator, limits: configuration.limits, logger: logger)
        try await lifecycle.run(
            until: signals, main: (socket, server), companions: companionServers, background: { await watch?.run() })
    }

    private func api(
        transport: some HTTPTransport, authenticator: APIKeyAuthenticator, lifecycle: Lifecycle
    ) throws -> GatewayAPI {
        let jobsTarget = Target(name: AWSTarget.defaultName, region: target.region)
        let databaseMigration = DatabaseMigrationClient(
            client: client(.databaseMigration, at: target.databaseMigration, transport: transport))
        let transferJobs = target.twinMaker.map { endpoint in
            TransferJobSource(
                client: TwinMakerClient(client: client(.twinMaker, at: endpoint, transport: transport)),
                target: jobsTarget)
        }
        let jobs = JobService(
            conversions: ConversionSource(client: databaseMigration, target: jobsTarget), transferJobs: transferJobs,
            timeout: configuration.aws.timeout, clock: lifecycle.jobClock)
        guard let defaultLimit = configuration.limits.first(where: { $0.name == GatewayConfiguration.defaultLimitName })
        else { throw ConfigurationError(problems: ["there is no limit `default`"]) }
        let policy = RequestPolicy(
            authenticators: AuthenticatorChain([authenticator]), limits: configuration.limits,
            defaultLimit: defaultLimit)
        return GatewayAPI(
            jobs: JobController(service: jobs, targetName: jobsTarget.name), limiter: InMemoryRateLimiter(),
            policy: { policy }, openAPIJSON: try OpenAPIJSON.bytes(fromYAML: OpenAPIDocument.yaml), logger: logger,
            isDraining: { lifecycle.isDraining })
    }

    private func client(_ service: AWSService, at endpoint: Endpoint, transport: some HTTPTransport) -> AWSClient {
        AWSClient(
            service: service, endpoint: endpoint, credentials: target.credentials, transport: transport,
            strategy: RetryStrategy(maxAttempts: target.maxAttempts))
    }

    private func reportStart(_ socket: ListeningSocket) async {
        for warning in target.warnings { logger.warning("\(warning)") }
        do {
            _ = try await target.credentials.credentials()
        } catch {
            logger.warning("no AWS credentials yet: every job route answers 503", metadata: ["cause": "\(error)"])
        }
        logger.info(
            "listening",
            metadata: [
                "host": .string(socket.address.host), "port": .json(.integer(socket.address.port)),
                "region": .string(target.region),
            ])
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
