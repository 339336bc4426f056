import AWSRuntime
import AuditLog
import Authentication
import GatewayAPI
import Resilience

extension HealthReport {
    /// How the rules, the targets, the issuers' keys, the limiter and the audit trail stand at a moment.
    init(
        _ live: LiveConfiguration, _ targets: [UpstreamTarget], keySets: KeySets, limiter: Limiter,
        audit: AuditTrail, at now: ContinuousClock.Instant = .now
    ) {
        self.init(
            configuration: live.status, targets: targets.map { HealthReport.Target($0, at: now) }, limiter: limiter)
        readOnly = live.policy.readOnly
        issuers = keySets.statuses.map(HealthReport.Issuer.init)
        self.audit = Audit(audit)
    }
}

extension HealthReport.Target {
    fileprivate init(_ upstream: UpstreamTarget, at now: ContinuousClock.Instant) {
        let status = upstream.credentials.status
        self.init(
            name: upstream.target.name, region: upstream.target.region, account: upstream.target.account,
            credentials: .init(
                state: status.state.rawValue, source: status.source, expiresAt: status.expiration,
                error: status.failure?.description),
            services: upstream.services.map { service in
                .init(
                    service: service.client.service.signingName,
                    circuit: (service.upstream.breaker?.phase(at: now) ?? .closed).rawValue,
                    budget: service.upstream.budget.map { .init(available: $0.available, waiting: $0.waiting) })
            })
    }
}
