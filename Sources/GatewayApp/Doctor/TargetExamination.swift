package import AWSRuntime
import AWSServices
import Foundation
import Logging
import Resilience
import SigV4

/// The checks of one target, in the order in which one failure explains the next.
package struct TargetExamination: Sendable {
    private let upstream: UpstreamTarget
    private let clock: ServerClock
    private let timeout: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let probe: @Sendable (Endpoint, Duration) async -> EndpointProbe.Finding

    /// What no project and no job is called.
    private static let nobody = "jobgate-doctor"

    /// Prepares the examination of a target.
    ///
    /// - Parameters:
    ///   - target: The target, resolved.
    ///   - aws: How AWS is called; breaker and budgets are for the traffic of many, so a few questions of an operator
    ///     pass by them.
    ///   - transport: Sends the questions.
    ///   - time: The clocks.
    ///   - probe: Finds out whether an endpoint can be reached, within a time.
    package init(
        _ target: AWSTarget, aws: GatewayConfiguration.AWS, transport: any HTTPTransport,
        time: AWSClientTime = .system,
        probe: @escaping @Sendable (Endpoint, Duration) async -> EndpointProbe.Finding
    ) {
        var aws = aws
        aws.breaker = nil
        aws.databaseMigrationBudget = nil
        aws.twinMakerBudget = nil
        let clock = ServerClock(transport, now: time.date)
        let logger = Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }
        var assembly = UpstreamAssembly(aws: aws, transport: clock, logger: logger, time: time)
        self.upstream = assembly.assemble(target)
        self.clock = clock
        self.timeout = aws.timeout
        self.now = time.now
        self.probe = probe
    }

    /// Makes every check.
    package func checks() async -> [DoctorCheck] {
        let (credentialsCheck, credentials) = await credentials()
        let identity = await identity(credentials)
        let databaseMigration = await endpoint("dms-endpoint", upstream.target.databaseMigration)
        let twinMaker = await twinMakerEndpoint()
        let databaseMigrationRead = await databaseMigrationRead(databaseMigration, credentials)
        let twinMakerRead = await twinMakerRead(twinMaker, credentials)
        // Every answer tells the time, so the clock is looked at when there have been some.
        return [
            credentialsCheck, identity, skew(), databaseMigration, twinMaker, region(), databaseMigrationRead,
            twinMakerRead,
        ]
    }

    private func check(
        _ name: String, _ status: DoctorCheck.Status, _ detail: String, hint: String? = nil
    ) -> DoctorCheck {
        DoctorCheck(target: upstream.target.name, name: name, status, detail, hint: hint)
    }

    private func credentials() async -> (DoctorCheck, Credentials?) {
        let name = "credentials"
        do {
            let credentials = try await upstream.credentials.source.credentials(for: nil, by: context.deadline)
            let status = upstream.credentials.status
            let expiry = credentials.expiration.map { "expires \($0.formatted(.iso8601))" } ?? "does not expire"
            let end = credentials.accessKeyID.suffix(4)
            return (
                check(name, .ok, "\(status.source ?? "?"): access key id ending in \(end), \(expiry)"), credentials
            )
        } catch {
            return (check(name, .fail, "\(error)", hint: Self.hint(for: error)), nil)
        }
    }

    private static func hint(for error: CredentialsError) -> String {
        switch error {
        case .noneFound:
            "Give the gateway credentials by one of these ways: a role of the task, pod or instance, a profile, "
                + "or the environment."
        case .failed("assume role", _):
            "Allow sts:AssumeRole on the role to the gateway's identity, and the identity in the role's trust policy."
        case .failed, .declined:
            "Mend the source that is named, or take its settings away so that the next one is asked."
        }
    }

    private func identity(_ credentials: Credentials?) async -> DoctorCheck {
        let name = "identity"
        guard let credentials else { return check(name, .skip, "there are no credentials") }
        do {
            let identity = try await upstream.securityTokens.callerIdentity(signedWith: credentials, in: context).output
            if let account = upstream.target.account, account != identity.account {
                return check(
                    name, .fail, "\(identity.arn) is of the account \(identity.account), not of \(account)",
                    hint: "Use credentials or a role of the account, or correct the target's `account`.")
            }
            return check(name, .ok, "\(identity.arn) in the account \(identity.account)")
        } catch {
            let diagnosis = Diagnosis(error)
            switch error.reason {
            case .transport, .timedOut: break
            default: return check(name, .fail, "STS: \(diagnosis.detail)", hint: diagnosis.hint)
            }
            // Jobs can be cancelled without STS, unless a role is taken on, which has been done by now.
            let reach = await endpoint(name, upstream.target.securityToken)
            let isReached = reach.status == .ok
            return check(
                name, .warn, "STS: \(isReached ? diagnosis.detail : reach.detail)",
                hint: isReached ? diagnosis.hint : reach.hint)
        }
    }

    private func skew() -> DoctorCheck {
        guard let skew = clock.skew else { return check("clock", .skip, "no answer told the time") }
        let seconds = Int(abs(skew).rounded())
        let direction = skew > 0 ? "behind" : "ahead of"
        guard seconds > 0 else { return check("clock", .ok, "agrees with AWS's") }
        let text = "\(seconds) s \(direction) AWS's"
        if abs(skew) > ClockSkew.tolerance {
            return check(
                "clock", .warn, "\(text); the gateway corrects this after a refusal",
                hint: "Set this machine's clock (NTP).")
        }
        return check("clock", .ok, text)
    }

    private func endpoint(_ name: String, _ endpoint: Endpoint) async -> DoctorCheck {
        let place = "\(endpoint.scheme)://\(endpoint.authority)"
        switch await probe(endpoint, min(timeout, .seconds(5))) {
        case .reached: return check(name, .ok, "\(place) is reached")
        case .nameNotResolved:
            return check(
                name, .fail, "the name \(endpoint.host) has no address",
                hint: "Look at this machine's DNS, and at configured endpoints.")
        case .notConnected(let reason):
            return check(
                name, .fail, "\(place): no connection (\(Self.brief(reason)))",
                hint: "Look at firewalls, routes and VPC endpoints.")
        case .notTrusted(let reason):
            return check(
                name, .fail, "\(place): no trusted TLS connection (\(Self.reasonOfTLS(reason)))",
                hint: "Look whether the endpoint speaks TLS, and name the authority of its certificate with "
                    + "`aws.caBundle` or AWS_CA_BUNDLE.")
        case .timedOut:
            return check(
                name, .fail, "\(place): no connection in time", hint: "Look at firewalls, routes and VPC endpoints.")
        }
    }

    private func databaseMigrationRead(_ endpoint: DoctorCheck, _ credentials: Credentials?) async -> DoctorCheck {
        await read("dms-read", endpoint, credentials) { () async throws(AWSError) in
            _ = try await DatabaseMigrationClient(client: upstream.databaseMigration.client)
                .describeMetadataModelConversions(
                    migrationProjectIdentifier: Self.nobody, requestIdentifiers: [Self.nobody], marker: nil,
                    context: context)
        }
    }

    private func region() -> DoctorCheck {
        let (name, region) = ("iottwinmaker-region", upstream.target.region)
        guard upstream.twinMaker == nil else { return check(name, .ok, "IoT TwinMaker exists in \(region)") }
        return check(
            name, .warn, "IoT TwinMaker does not exist in \(region)",
            hint: "The routes of transfer jobs answer 404 here; use a target in another region for them.")
    }

    private func twinMakerEndpoint() async -> DoctorCheck {
        let name = "iottwinmaker-endpoint"
        guard let service = upstream.twinMaker else { return check(name, .skip, Self.noTwinMaker) }
        return await endpoint(name, service.client.endpoint)
    }

    private func twinMakerRead(_ endpoint: DoctorCheck, _ credentials: Credentials?) async -> DoctorCheck {
        let name = "iottwinmaker-read"
        guard let service = upstream.twinMaker else { return check(name, .skip, Self.noTwinMaker) }
        return await read(name, endpoint, credentials) { () async throws(AWSError) in
            _ = try await TwinMakerClient(client: service.client)
                .getMetadataTransferJob(metadataTransferJobId: Self.nobody, context: context)
        }
    }

    private static let noTwinMaker = "the region has no IoT TwinMaker"

    /// Reads what is not there: that it is not found shows that asking is allowed.
    private func read(
        _ name: String, _ endpoint: DoctorCheck, _ credentials: Credentials?,
        _ call: () async throws(AWSError) -> Void
    ) async -> DoctorCheck {
        guard credentials != nil else { return check(name, .skip, "there are no credentials") }
        guard endpoint.status == .ok else { return check(name, .skip, "the endpoint is not reached") }
        do {
            try await call()
            return check(name, .ok, "asked and answered")
        } catch {
            if case .service(let failure) = error.reason,
                ["ResourceNotFoundFault", "ResourceNotFoundException"].contains(failure.code)
            {
                return check(name, .ok, "asked and answered")
            }
            let diagnosis = Diagnosis(error)
            return check(name, .fail, diagnosis.detail, hint: diagnosis.hint)
        }
    }

    private var context: InvocationContext { InvocationContext(deadline: .after(timeout, from: now())) }

    /// The name of a failure of BoringSSL's, such as `certificate verify failed`, out of NIOSSL's description of it,
    /// which is full of places in source files.
    private static func reasonOfTLS(_ text: String) -> String {
        guard let start = text.firstRange(of: "OPENSSL_internal:")?.upperBound else { return brief(text) }
        return text[start...].prefix { $0.isLetter || $0 == "_" }.lowercased().replacing("_", with: " ")
    }

    private static func brief(_ reason: String) -> String {
        String(reason.prefix { !$0.isNewline }.prefix(160))
    }
}
