import AWSRuntime
import AWSServices
import Jobs

/// A target at work: its clients, its credentials, its breakers and its budgets.
struct UpstreamTarget: Sendable {
    let target: AWSTarget
    let credentials: TargetCredentials
    let databaseMigration: UpstreamService
    let twinMaker: UpstreamService?
    let securityTokens: SecurityTokenClient

    /// What the job routes need of it.
    func jobs(isNamedInPaths: Bool) -> TargetJobs {
        let target = Target(
            name: target.name, region: target.region, account: target.account, isNamedInPaths: isNamedInPaths)
        let transferJobs = twinMaker.map {
            TransferJobSource(client: TwinMakerClient(client: $0.client), target: target)
        }
        return TargetJobs(
            target: target,
            conversions: ConversionSource(
                client: DatabaseMigrationClient(client: databaseMigration.client), target: target),
            transferJobs: transferJobs)
    }

    /// The services that the target has.
    var services: [UpstreamService] { [databaseMigration] + (twinMaker.map { [$0] } ?? []) }
}

/// One service of a target: its client, and what stands before it.
struct UpstreamService: Sendable {
    let client: AWSClient
    let upstream: UpstreamGuard
}

/// What a target signs with.
enum TargetCredentials: Sendable {
    /// The base identity itself.
    case base(CredentialsCache)
    /// A role, with a session for each caller.
    case role(RoleSessions, base: CredentialsCache)

    /// The identity that the gateway itself was given.
    var base: CredentialsCache {
        switch self {
        case .base(let cache), .role(_, let cache): cache
        }
    }

    var source: any CredentialsSource {
        switch self {
        case .base(let cache): cache
        case .role(let sessions, _): sessions
        }
    }

    /// How they stand, for a look from outside: the role's latest session, or the base identity where that lacks.
    var status: CredentialsStatus {
        switch self {
        case .base(let cache): return cache.status
        case .role(let sessions, let base):
            guard base.status.failure == nil, let latest = sessions.latest else { return base.status }
            return latest.status
        }
    }
}
