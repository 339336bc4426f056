import AWSRuntime
import AWSServices
import Logging
import Resilience

/// Makes targets work: one transport and one clock for all, one cache for each base identity.
struct UpstreamAssembly {
    let aws: GatewayConfiguration.AWS
    let transport: any HTTPTransport
    let time: AWSClientTime
    let logger: Logger
    private let skew = ClockSkew()
    private var bases: [String: CredentialsCache] = [:]

    init(aws: GatewayConfiguration.AWS, transport: any HTTPTransport, logger: Logger, time: AWSClientTime = .system) {
        self.aws = aws
        self.transport = transport
        self.logger = logger
        self.time = time
    }

    /// Makes one target work.
    mutating func assemble(_ target: AWSTarget) -> UpstreamTarget {
        let securityTokens = securityTokens(of: target)
        let base = base(of: target, securityTokens: securityTokens)
        let credentials = credentials(of: target, base: base, securityTokens: securityTokens)
        return UpstreamTarget(
            target: target, credentials: credentials,
            databaseMigration: service(
                .databaseMigration, at: target.databaseMigration, of: target, credentials,
                budget: aws.databaseMigrationBudget),
            twinMaker: target.twinMaker.map {
                service(.twinMaker, at: $0, of: target, credentials, budget: aws.twinMakerBudget)
            },
            securityTokens: securityTokens)
    }

    private func securityTokens(of target: AWSTarget) -> SecurityTokenClient {
        let (transport, time, skew) = (transport, time, skew)
        // A fetch has a few seconds in all: an attempt that hangs must leave time for another.
        let retries = AWSClientRetries(attemptTimeout: .seconds(4))
        return SecurityTokenClient { credentials in
            AWSClient(
                service: .securityToken, endpoint: target.securityToken, credentials: credentials,
                transport: transport, retries: retries, time: time, skew: skew)
        }
    }

    /// The base identity: targets of one profile and one STS share it.
    private mutating func base(of target: AWSTarget, securityTokens: SecurityTokenClient) -> CredentialsCache {
        let identity = "\(target.settings.hasExplicitProfile)/\(target.settings.profile)/\(target.securityToken)"
        if let base = bases[identity] { return base }
        let context = CredentialsContext(
            settings: target.settings, transport: transport, securityTokens: securityTokens, time: time)
        let reporter = CredentialsReporter(logger: logger, profile: target.settings.profile)
        let base = CredentialsCache(
            CredentialsProviderChain.standard(context), time: time, skew: skew, onFetch: reporter.report)
        bases[identity] = base
        return base
    }

    private func credentials(
        of target: AWSTarget, base: CredentialsCache, securityTokens: SecurityTokenClient
    ) -> TargetCredentials {
        guard let roleARN = target.roleARN else { return .base(base) }
        let (time, skew, externalID) = (time, skew, target.externalID)
        let (logger, targetName) = (logger, target.name)
        let sessions = RoleSessions(limit: aws.maxSessions) { sessionName in
            let role = AssumedRole(roleARN: roleARN, sessionName: sessionName, externalID: externalID)
            let reporter = CredentialsReporter(logger: logger, target: targetName, session: sessionName)
            let provider = AssumeRoleCredentialsProvider(role: role, base: base, securityTokens: securityTokens)
            return CredentialsCache(provider, time: time, skew: skew, onFetch: reporter.report)
        }
        return .role(sessions, base: base)
    }

    private func service(
        _ service: AWSService, at endpoint: Endpoint, of target: AWSTarget, _ credentials: TargetCredentials,
        budget: BudgetSettings?
    ) -> UpstreamService {
        let (logger, name) = (logger, target.name)
        let breaker = aws.breaker.map { settings in
            CircuitBreaker(settings: settings) { phase in
                logger.log(
                    level: phase == .closed ? .info : .warning, "circuit breaker",
                    metadata: [
                        "target": .string(name), "service": .string(service.signingName),
                        "state": .string(phase.rawValue),
                    ])
            }
        }
        let upstream = UpstreamGuard(
            breaker: breaker,
            budget: budget.map { UpstreamBudget(settings: $0, now: time.now, sleep: time.sleep) },
            // A look at the end of a wait has two seconds, which even an AWS that is well may need.
            fairTime: min(.seconds(5), aws.timeout / 2))
        let client = AWSClient(
            service: service, endpoint: endpoint, credentials: credentials.source, transport: transport,
            retries: AWSClientRetries(strategy: RetryStrategy(maxAttempts: target.maxAttempts)), upstream: upstream,
            time: time, skew: skew)
        return UpstreamService(client: client, upstream: upstream)
    }
}
