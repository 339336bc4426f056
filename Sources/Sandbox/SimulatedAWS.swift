package import Foundation
package import HTTPServer
package import SigV4
import Synchronization

/// AWS as far as this program knows it, in one process: DMS, IoT TwinMaker and STS on one listener.
///
/// What it answers is what the services answer by botocore's models (dms 2016-01-01, iottwinmaker 2021-11-29, sts
/// 2011-06-15), near enough for an AWS SDK to work against it. Every request must be signed, with the credentials that
/// it was made with or with those of a role session that its STS has issued; any role of the account may be taken on.
package final class SimulatedAWS: Sendable {
    /// The region that requests must be signed for.
    package static let region = "eu-west-1"
    /// The account that everything belongs to.
    package static let accountID = "123456789012"
    /// The credentials of the sandbox: made up, worth nothing anywhere else, and so no secret.
    package static let credentials = Credentials(
        accessKeyID: "AKIDSANDBOXEXAMPLE", secretAccessKey: "sandbox/only/not/a/real/secret/EXAMPLEKEY")

    private let jobs: Mutex<SimulatedJobs>
    private let now: @Sendable () -> Date
    private let databaseMigrationVerifier: SigV4Verifier
    private let twinMakerVerifier: SigV4Verifier
    private let securityTokenVerifier: SigV4Verifier
    private let identities: SimulatedIdentities

    /// Makes an AWS that holds these jobs.
    ///
    /// - Parameters:
    ///   - jobs: What exists at the beginning.
    ///   - credentials: The one lasting pair of keys that requests may be signed with.
    ///   - now: The clock, read once per request.
    package init(
        jobs: SimulatedJobs, credentials: Credentials = SimulatedAWS.credentials,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.jobs = Mutex(jobs)
        self.now = now
        let identities = SimulatedIdentities(user: credentials)
        let known: @Sendable (String) -> Credentials? = { identities.identity(of: $0)?.credentials }
        self.identities = identities
        databaseMigrationVerifier = SigV4Verifier(service: "dms", region: Self.region, secretForAccessKeyID: known)
        twinMakerVerifier = SigV4Verifier(service: "iottwinmaker", region: Self.region, secretForAccessKeyID: known)
        securityTokenVerifier = SigV4Verifier(service: "sts", region: Self.region, secretForAccessKeyID: known)
    }

    /// Answers one request: a form sent to `/` is STS's, all else that is sent there DMS's, every other TwinMaker's.
    package func respond(to request: Request) async -> Response {
        let now = self.now()
        let requestID = UUID().uuidString.lowercased()
        guard request.path == "/" else { return twinMakerResponse(to: request, requestID: requestID, at: now) }
        return SecurityTokenCall.isMeant(by: request)
            ? securityTokenResponse(to: request, requestID: requestID, at: now)
            : databaseMigrationResponse(to: request, requestID: requestID, at: now)
    }

    /// Answers what the server refused before there was a request.
    package func refuse(_ refusal: Refusal) -> Response {
        .json(
            ["message": refusal.status.reasonPhrase], status: refusal.status, contentType: .json,
            requestID: UUID().uuidString.lowercased())
    }

    private func databaseMigrationResponse(to request: Request, requestID: String, at now: Date) -> Response {
        do {
            try authenticate(request, with: databaseMigrationVerifier, service: "dms", at: now)
            let call = try DatabaseMigrationCall(request, freshIdentifier: UUID().uuidString.lowercased())
            let answer = try jobs.withLock { (jobs) throws(SimulatedFault) in try call.apply(to: &jobs, at: now) }
            return .json(answer, status: .ok, contentType: .amazonJSON, requestID: requestID)
        } catch {
            return error.databaseMigrationResponse(requestID: requestID)
        }
    }

    private func twinMakerResponse(to request: Request, requestID: String, at now: Date) -> Response {
        do {
            try authenticate(request, with: twinMakerVerifier, service: "iottwinmaker", at: now)
            let call = try TwinMakerCall(request)
            let answer = try jobs.withLock { (jobs) throws(SimulatedFault) in try call.apply(to: &jobs, at: now) }
            return .json(answer, status: .ok, contentType: .json, requestID: requestID)
        } catch {
            return error.twinMakerResponse(requestID: requestID)
        }
    }

    private func securityTokenResponse(to request: Request, requestID: String, at now: Date) -> Response {
        do {
            try authenticate(request, with: securityTokenVerifier, service: "sts", at: now)
            let call = try SecurityTokenCall(request)
            let result = try call.apply(to: identities, signedBy: try signer(of: request), at: now)
            let root = XMLText(
                "\(call.name)Response", namespace: SimulatedFault.securityTokenNamespace,
                [result, XMLText("ResponseMetadata", [XMLText("RequestId", requestID)])])
            return .xml(root, status: .ok, requestID: requestID)
        } catch {
            return error.securityTokenResponse(requestID: requestID)
        }
    }

    /// Who signed a request whose signature has been checked.
    private func signer(of request: Request) throws(SimulatedFault) -> SimulatedIdentities.Identity {
        let authorization = request.headers.first("authorization") ?? ""
        guard let start = authorization.firstRange(of: "Credential=")?.upperBound,
            let identity = identities.identity(of: String(authorization[start...].prefix { $0 != "/" }))
        else { throw .internalFailure }
        return identity
    }

    private func authenticate(
        _ request: Request, with verifier: SigV4Verifier, service: String, at now: Date
    ) throws(SimulatedFault) {
        let query: [(name: String, value: String)]
        do {
            query = try request.queryItems()
        } catch {
            throw .invalid("The query is not percent-encoded UTF-8.")
        }
        let signable = SignableRequest(
            method: request.method, path: request.path, query: query,
            headers: request.headers.map { (name: $0.name, value: $0.value) }, body: request.body)
        do {
            try verifier.verify(signable, at: now)
        } catch {
            throw SimulatedFault(error, service: service)
        }
    }
}
