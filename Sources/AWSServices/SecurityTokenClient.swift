package import AWSRuntime
package import Resilience
package import SigV4

extension AWSService {
    /// AWS Security Token Service; its regional endpoints, never the global one.
    package static let securityToken = AWSService(
        signingName: "sts", hostPrefix: "sts", fipsHostPrefix: "sts-fips",
        partitionsWithPlainFIPSHost: [.awsUSGov], configurationName: "STS", wireProtocol: .query(version: "2011-06-15"))
}

/// The calls of AWS Security Token Service that Jobgate makes.
package struct SecurityTokenClient: SecurityTokenService {
    private let makeClient: @Sendable (any CredentialsSource) -> AWSClient

    /// Creates a client.
    ///
    /// - Parameter makeClient: Makes a pipeline for ``AWSRuntime/AWSService/securityToken`` that signs with these
    ///   credentials.
    package init(makeClient: @escaping @Sendable (any CredentialsSource) -> AWSClient) {
        self.makeClient = makeClient
    }

    /// Takes a role on, as an identity that has credentials.
    ///
    /// - Throws: ``AWSRuntime/AWSError``; STS's own codes are `AccessDenied`, `ExpiredTokenException`,
    ///   `RegionDisabledException` and `ValidationError`.
    package func assumeRole(
        _ role: AssumedRole, signedWith credentials: Credentials, deadline: Deadline
    ) async throws(AWSError) -> Credentials {
        try await makeClient(FixedCredentialsSource(credentials))
            .invoke(AssumeRole(role: role), in: InvocationContext(deadline: deadline)).output
    }

    /// Takes a role on, as an identity that has a web identity token; the call is not signed.
    ///
    /// - Throws: ``AWSRuntime/AWSError``; STS's own codes are `InvalidIdentityToken`, `ExpiredTokenException` (the
    ///   token's end, not that of any credentials), `IDPRejectedClaim` and `IDPCommunicationError`.
    package func assumeRoleWithWebIdentity(
        _ role: AssumedRole, token: String, deadline: Deadline
    ) async throws(AWSError) -> Credentials {
        try await makeClient(FixedCredentialsSource(nil))
            .invoke(
                AssumeRoleWithWebIdentity(role: role, token: token), in: InvocationContext(deadline: deadline)
            ).output
    }

    /// Tells whose credentials these are; every identity may ask.
    ///
    /// - Parameters:
    ///   - credentials: The credentials in question, which sign the call.
    ///   - context: By when there is an answer, on whose behalf, and how urgent it is.
    /// - Returns: The identity, and the answer's request id.
    /// - Throws: ``AWSRuntime/AWSError``, for example `InvalidClientTokenId` for keys that do not exist.
    package func callerIdentity(
        signedWith credentials: Credentials, in context: InvocationContext
    ) async throws(AWSError) -> AWSAnswer<CallerIdentity> {
        try await makeClient(FixedCredentialsSource(credentials)).invoke(GetCallerIdentity(), in: context)
    }
}
