import AWSRuntime
import AWSServices
import Foundation
import Resilience
import SigV4

/// The checks of one target, in the order in which one failure explains the next.
struct TargetExamination: Sendable {
    let upstream: UpstreamTarget
    let clock: ServerClock
    let timeout: Duration
    let probe: EndpointProbe

    /// What no project and no job is called.
    private static let nobody = "jobgate-doctor"

    /// Makes every check.
    func checks() async -> [DoctorCheck] {
        let (credentialsCheck, credentials) = await credentials()
        var checks = [credentialsCheck]
        checks.append(await identity(credentials))
        let endpoint = await endpoint("dms-endpoint", upstream.target.databaseMigration)
        checks.append(endpoint)
        checks.append(await databaseMigrationRead(endpoint, credentials))
        checks += await twinMaker(credentials)
        // Every answer tells the time, so this comes when there have been some.
        checks.insert(skew(), at: 2)
        return checks
    }

    private func check(
        _ name: String, _ status: DoctorCheck.Status, _ detail: String, hint: String? = nil
    ) -> DoctorCheck {
        DoctorCheck(target: upstream.target.name, name: name, status, detail, hint: hint)
    }

    private func credentials() async -> (DoctorCheck, Credentials?) {
        let name = "credentials"
        do {
            let credentials = try await upstream.credentials.source.credentials(for: nil, by: .after(timeout))
            let status = upstream.credentials.latest.status
            let expiry = credentials.expiration.map { "expires \($0.formatted(.iso8601))" } ?? "does not expire"
            let end = credentials.accessKeyID.suffix(4)
            return (
                check(name, .ok, "\(status.source ?? "?"): access key id ending in \(end), \(expiry)"), credentials
            )
        } catch {
            let hint =
                if case .noneFound = error {
                    "Give the gateway credentials by one of these ways: a role of the task, pod or instance, a profile, "
                        + "or the environment."
                } else {
                    "Mend the source that is named, or take its settings away so that the next one is asked."
                }
            return (check(name, .fail, "\(error)", hint: hint), nil)
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
            guard case .transport = error.reason else {
                return check(name, .fail, "STS: \(diagnosis.detail)", hint: diagnosis.hint)
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
        switch await probe.probe(endpoint, timeout: min(timeout, .seconds(5))) {
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
                name, .fail, "\(place): the TLS certificate is not trusted (\(Self.brief(reason)))",
                hint: "Name the certificate's authority with `aws.caBundle` or AWS_CA_BUNDLE.")
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

    private func twinMaker(_ credentials: Credentials?) async -> [DoctorCheck] {
        let region = upstream.target.region
        guard let service = upstream.twinMaker else {
            return [
                check(
                    "iottwinmaker-region", .warn, "IoT TwinMaker does not exist in \(region)",
                    hint: "The routes of transfer jobs answer 404 here; use a target in another region for them.")
            ]
        }
        let endpoint = await endpoint("iottwinmaker-endpoint", service.client.endpoint)
        let read = await read("iottwinmaker-read", endpoint, credentials) { () async throws(AWSError) in
            _ = try await TwinMakerClient(client: service.client)
                .getMetadataTransferJob(metadataTransferJobId: Self.nobody, context: context)
        }
        return [check("iottwinmaker-region", .ok, "IoT TwinMaker exists in \(region)"), endpoint, read]
    }

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

    private var context: InvocationContext { InvocationContext(deadline: .after(timeout)) }

    private static func brief(_ reason: String) -> String {
        String(reason.prefix { !$0.isNewline }.prefix(160))
    }
}
