import Foundation
import Resilience
import SigV4

/// The two calls of IAM Identity Center that an SSO profile needs; neither is signed.
struct SSOPortal {
    let context: CredentialsContext
    /// The region of the portal, which need not be the gateway's.
    let region: String

    /// How long one attempt may take, so that a fetch of credentials has room for another.
    private static let attemptTimeout = Duration.seconds(3)

    /// Exchanges an access token for a role's credentials: the portal's GetRoleCredentials.
    func roleCredentials(
        account: String, role: String, accessToken: String, deadline: Deadline
    ) async throws(AWSError) -> Credentials {
        let transport = BearingTransport(base: context.transport, token: accessToken)
        let operation = GetRoleCredentials(account: account, role: role)
        let client = try client(.singleSignOn, GetRoleCredentials.self, transport)
        return try await client.invoke(operation, in: InvocationContext(deadline: deadline)).output
    }

    /// Renews an access token: CreateToken of SSO's OIDC service.
    func createToken(
        _ renewal: SSOToken.Renewal, deadline: Deadline
    ) async throws(AWSError) -> CreatedToken {
        let client = try client(.singleSignOnOIDC, CreateToken.self, context.transport)
        return try await client.invoke(CreateToken(renewal: renewal), in: InvocationContext(deadline: deadline)).output
    }

    /// A renewed token.
    struct CreatedToken: Decodable {
        let accessToken: String
        /// How long it lives, in seconds.
        let expiresIn: Int
        let refreshToken: String?
    }

    private func client<Operation: AWSOperation>(
        _ service: AWSService, _ operation: Operation.Type, _ transport: any HTTPTransport
    ) throws(AWSError) -> AWSClient {
        let resolver = EndpointResolver(
            region: region, usesFIPS: context.settings.usesFIPS, usesDualStack: context.settings.usesDualStack)
        do {
            let endpoint = try resolver.endpoint(
                for: service, override: context.settings.endpointOverride(for: service))
            return AWSClient(
                service: service, endpoint: endpoint, credentials: FixedCredentialsSource(nil), transport: transport,
                retries: AWSClientRetries(attemptTimeout: Self.attemptTimeout), time: context.time)
        } catch {
            throw AWSError(
                reason: .credentials(.failed(provider: "endpoint", reason: error.description)),
                service: service.signingName, operation: Operation.name, iamAction: Operation.iamAction, attempts: 0)
        }
    }
}

extension AWSService {
    /// The portal of IAM Identity Center.
    package static let singleSignOn = AWSService(
        signingName: "awsssoportal", hostPrefix: "portal.sso", fipsHostPrefix: "portal.sso-fips",
        partitionsWithPlainFIPSHost: [.awsUSGov], configurationName: "SSO", wireProtocol: .restJSON)

    /// The service that gives out and renews the portal's tokens.
    package static let singleSignOnOIDC = AWSService(
        signingName: "sso-oauth", hostPrefix: "oidc", fipsHostPrefix: "oidc-fips",
        partitionsWithPlainFIPSHost: [.awsUSGov], configurationName: "SSO_OIDC", wireProtocol: .restJSON)
}

/// Sends every request with the portal's token.
private struct BearingTransport: HTTPTransport {
    let base: any HTTPTransport
    let token: String

    func send(_ request: TransportRequest, deadline: Deadline) async throws(TransportError) -> TransportResponse {
        var request = request
        request.headers.append(("x-amz-sso_bearer_token", token))
        return try await base.send(request, deadline: deadline)
    }
}

private struct GetRoleCredentials: AWSOperation {
    static let name = "GetRoleCredentials"
    static let iamAction = "sso:GetRoleCredentials"
    static let isSigned = false

    let account: String
    let role: String

    func content() -> AWSRequestContent {
        let query = "role_name=\(URIEncoding.encode(role))&account_id=\(URIEncoding.encode(account))"
        return AWSRequestContent(method: "GET", path: "/federation/credentials?\(query)")
    }

    static func decode(_ body: [UInt8]) throws -> Credentials {
        let answered = try JSONProtocols.decode(Answer.self, from: body).roleCredentials
        return Credentials(
            accessKeyID: answered.accessKeyId, secretAccessKey: answered.secretAccessKey,
            sessionToken: answered.sessionToken,
            expiration: Date(timeIntervalSince1970: Double(answered.expiration) / 1000))
    }

    private struct Answer: Decodable {
        let roleCredentials: RoleCredentials
    }

    private struct RoleCredentials: Decodable {
        let accessKeyId: String
        let secretAccessKey: String
        let sessionToken: String
        /// In milliseconds since 1970.
        let expiration: Int64
    }
}

private struct CreateToken: AWSOperation {
    typealias Output = SSOPortal.CreatedToken

    static let name = "CreateToken"
    static let iamAction = "sso-oauth:CreateToken"
    static let isSigned = false

    let renewal: SSOToken.Renewal

    func content() throws -> AWSRequestContent {
        let members = [
            "clientId": renewal.clientID, "clientSecret": renewal.clientSecret, "grantType": "refresh_token",
            "refreshToken": renewal.refreshToken,
        ]
        return AWSRequestContent(method: "POST", path: "/token", body: try JSONProtocols.body(members))
    }

    static func decode(_ body: [UInt8]) throws -> SSOPortal.CreatedToken {
        try JSONProtocols.decode(SSOPortal.CreatedToken.self, from: body)
    }
}
