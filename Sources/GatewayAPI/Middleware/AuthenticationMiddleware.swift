package import Authentication
import Foundation
package import GatewayCore
import HTTPServer

/// Finds out who asks.
///
/// It stands before the rate limit, which counts by caller.
struct AuthenticationMiddleware: Sendable {
    private let failures: FailedAuthenticationLimiter

    /// Counts failures with `failures`.
    init(failures: FailedAuthenticationLimiter) {
        self.failures = failures
    }

    /// Handles one request.
    func handle(
        _ request: Request, _ context: inout RequestContext,
        next: (Request, inout RequestContext) async throws(GatewayError) -> Response
    ) async throws(GatewayError) -> Response {
        try refuseCredentialsInQuery(request)
        if !context.isPublic {
            context.caller = try await caller(of: request, context)
        }
        return try await next(request, &context)
    }

    private func caller(of request: Request, _ context: RequestContext) async throws(GatewayError) -> Caller {
        let credential: PresentedCredential
        do {
            credential = try PresentedCredential.read(
                authorization: request.headers["Authorization"], apiKey: request.headers["X-API-Key"])
        } catch {
            throw counted(GatewayError(error), context)
        }
        let pause = failures.pause(of: context.clientAddress, limit: context.policy.failureLimit)
        do {
            return try await context.policy.authenticators.authenticate(
                credential, at: Date(), mayVerify: pause == nil)
        } catch {
            if case .unverified = error, let pause { throw .tooManyFailures(retryAfter: pause, cause: "not verified") }
            throw counted(GatewayError(error), context)
        }
    }

    /// Counts a credential that is not good; what the caller is told once its address has sent too many of them.
    private func counted(_ error: GatewayError, _ context: RequestContext) -> GatewayError {
        guard error.code == .invalidCredential,
            let pause = failures.count(context.clientAddress, limit: context.policy.failureLimit)
        else { return error }
        return .tooManyFailures(retryAfter: pause, cause: error.cause)
    }

    /// A URL is written down in too many places for a key to stand in it.
    private func refuseCredentialsInQuery(_ request: Request) throws(GatewayError) {
        guard request.query != nil else { return }
        let items: [(name: String, value: String)]
        do {
            items = try request.queryItems()
        } catch {
            throw GatewayError(.invalidRequest, error.publicSentence)
        }
        let holdsCredential = items.contains { item in
            Self.credentialNames.contains(item.name.lowercased()) || PresentedCredential.isTokenShaped(item.value)
                || CredentialText.holdsCredential(item.name) || CredentialText.holdsCredential(item.value)
        }
        guard !holdsCredential else {
            throw GatewayError(
                .invalidRequest, "Credentials do not belong in a query string.",
                hint:
                    "Send it as `Authorization: Bearer <key or token>`, or a key as `X-API-Key: <key>`; revoke this one."
            )
        }
    }

    private static let credentialNames: Set<String> = [
        "access_token", "api_key", "api-key", "apikey", "key", "token", "authorization", "x-api-key", "bearer",
        "id_token", "jwt",
    ]
}

extension GatewayError {
    init(_ rejection: PresentedCredential.Rejection) {
        switch rejection {
        case .missing:
            self.init(
                .unauthenticated, "No credential was sent.",
                hint: "Send an API key as `Authorization: Bearer <key>` or `X-API-Key: <key>`, or a token of a "
                    + "configured issuer as `Authorization: Bearer <token>`.")
            headers = [("WWW-Authenticate", "Bearer realm=\"jobgate\"")]
        case .ambiguous:
            self.init(.invalidRequest, "More than one credential was sent.", hint: "Send exactly one.")
        case .malformed:
            self.init(.invalidCredential, "The credential is not valid.", cause: "malformed")
            headers = Self.invalidToken
        }
    }

    /// The caller is told no more than that the credential is not good; the log has the reason.
    package init(_ failure: AuthenticationFailure) {
        let cause: String
        switch failure {
        case .unknown: cause = "unknown key"
        case .expired(let id): cause = "expired key \(id)"
        case .revoked(let id): cause = "revoked key \(id)"
        case .unverified: cause = "not verified"
        case .token(let fault, let issuer): cause = "token\(issuer.map { " of \($0)" } ?? ""): \(fault.rawValue)"
        case .keysUnavailable(let issuer, let fault, let retryAfter):
            self.init(
                .upstreamUnavailable, "The keys that the token is checked with cannot be had now.",
                retryAfter: retryAfter, cause: "keys of \(issuer): \(fault.description)")
            return
        }
        self.init(.invalidCredential, "The credential is not valid.", cause: cause)
        headers = Self.invalidToken
    }

    /// A credential that is bad, or that only a signature check could judge, of an address that has failed too often.
    static func tooManyFailures(retryAfter: Duration, cause: String?) -> GatewayError {
        GatewayError(
            .rateLimited, "Too many failed authentications came from the client's address.",
            hint: "Check the credential. API keys that are good are taken all the while.", retryAfter: retryAfter,
            cause: cause)
    }

    private static let invalidToken = [
        (name: "WWW-Authenticate", value: "Bearer realm=\"jobgate\", error=\"invalid_token\"")
    ]
}
