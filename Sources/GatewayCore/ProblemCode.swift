/// The kinds of failure that callers can tell apart: RFC 9457 problem types, one status each.
package enum ProblemCode: String, Sendable, Hashable, CaseIterable {
    /// A bad identifier, query, header or framing.
    case invalidRequest = "invalid-request"
    /// No credential was presented.
    case unauthenticated
    /// The credential is unknown, expired or revoked.
    case invalidCredential = "invalid-credential"
    /// The caller lacks the scope that the route needs.
    case insufficientScope = "insufficient-scope"
    /// The caller's allow-list leaves out what the request asks for.
    case resourceNotAllowed = "resource-not-allowed"
    /// No route has this path.
    case noSuchRoute = "no-such-route"
    /// AWS knows no such job or project.
    case jobNotFound = "job-not-found"
    /// The path is known, the method is not.
    case methodNotAllowed = "method-not-allowed"
    /// The request did not arrive in time.
    case requestTimeout = "request-timeout"
    /// The job had ended before it could be cancelled.
    case alreadyFinished = "already-finished"
    /// AWS refuses the cancel in the job's present state.
    case conflict
    /// The body is too large.
    case contentTooLarge = "content-too-large"
    /// The request target is too long.
    case uriTooLong = "uri-too-long"
    /// An `Expect` header that is not `100-continue`.
    case expectationFailed = "expectation-failed"
    /// The caller's own quota is spent.
    case rateLimited = "rate-limited"
    /// The header section is too large.
    case headersTooLarge = "headers-too-large"
    /// A fault of this program.
    case internalError = "internal-error"
    /// A transfer coding that this server does not know.
    case notImplemented = "not-implemented"
    /// AWS refused the gateway's own credentials or permissions.
    case upstreamDenied = "upstream-denied"
    /// AWS answered with something that its model does not allow.
    case upstreamInvalidResponse = "upstream-invalid-response"
    /// AWS failed, also when asked again.
    case upstreamError = "upstream-error"
    /// AWS throttled the gateway, also when asked again.
    case upstreamThrottled = "upstream-throttled"
    /// AWS cannot be reached, there are no credentials to call it with, or no keys to check a token with.
    case upstreamUnavailable = "upstream-unavailable"
    /// An operator has switched cancels off, for the gateway or for a target.
    case readOnly = "read-only"
    /// The audit trail cannot be written or read.
    case auditUnavailable = "audit-unavailable"
    /// More connections, or more cancels that wait for the audit trail, than the gateway serves at once, or requests
    /// that it may not take uncounted and cannot count.
    case overloaded
    /// The gateway is shutting down.
    case draining
    /// AWS did not answer in time.
    case upstreamTimeout = "upstream-timeout"
    /// An HTTP version that this server does not speak.
    case versionNotSupported = "version-not-supported"
}

extension ProblemCode {
    /// The HTTP status that always goes with the code.
    package var status: Int {
        switch self {
        case .invalidRequest: 400
        case .unauthenticated, .invalidCredential: 401
        case .insufficientScope, .resourceNotAllowed: 403
        case .noSuchRoute, .jobNotFound: 404
        case .methodNotAllowed: 405
        case .requestTimeout: 408
        case .alreadyFinished, .conflict: 409
        case .contentTooLarge: 413
        case .uriTooLong: 414
        case .expectationFailed: 417
        case .rateLimited: 429
        case .headersTooLarge: 431
        case .internalError: 500
        case .notImplemented: 501
        case .upstreamDenied, .upstreamInvalidResponse, .upstreamError: 502
        case .upstreamThrottled, .upstreamUnavailable, .readOnly, .auditUnavailable, .overloaded, .draining: 503
        case .upstreamTimeout: 504
        case .versionNotSupported: 505
        }
    }

    /// A short sentence that is the same for every occurrence (RFC 9457 `title`).
    package var title: String {
        switch self {
        case .invalidRequest: "The request is not valid"
        case .unauthenticated: "A credential is needed"
        case .invalidCredential: "The credential is not valid"
        case .insufficientScope: "The credential lacks a scope"
        case .resourceNotAllowed: "The caller may not use this"
        case .noSuchRoute: "There is no such route"
        case .jobNotFound: "There is no such job"
        case .methodNotAllowed: "The method is not allowed here"
        case .requestTimeout: "The request did not arrive in time"
        case .alreadyFinished: "The job had already finished"
        case .conflict: "The job cannot be cancelled in its present state"
        case .contentTooLarge: "The request body is too large"
        case .uriTooLong: "The request target is too long"
        case .expectationFailed: "The expectation cannot be met"
        case .rateLimited: "Too many requests"
        case .headersTooLarge: "The request headers are too large"
        case .internalError: "The gateway failed"
        case .notImplemented: "The transfer coding is not supported"
        case .upstreamDenied: "AWS refused the gateway"
        case .upstreamInvalidResponse: "AWS answered with something unreadable"
        case .upstreamError: "AWS failed"
        case .upstreamThrottled: "AWS is throttling the gateway"
        case .upstreamUnavailable: "A service that is needed cannot be reached"
        case .readOnly: "The gateway is read-only"
        case .auditUnavailable: "The audit trail is not available"
        case .overloaded: "The gateway cannot take the request now"
        case .draining: "The gateway is shutting down"
        case .upstreamTimeout: "AWS did not answer in time"
        case .versionNotSupported: "The HTTP version is not supported"
        }
    }

    /// Whether the same request may succeed later without being changed.
    package var isRetryable: Bool {
        switch self {
        case .conflict, .requestTimeout, .rateLimited, .upstreamInvalidResponse, .upstreamError, .upstreamThrottled,
            .upstreamUnavailable, .readOnly, .auditUnavailable, .overloaded, .draining, .upstreamTimeout:
            true
        case .invalidRequest, .unauthenticated, .invalidCredential, .insufficientScope, .resourceNotAllowed,
            .noSuchRoute, .jobNotFound, .methodNotAllowed, .alreadyFinished, .contentTooLarge, .uriTooLong,
            .expectationFailed, .headersTooLarge, .internalError, .notImplemented, .upstreamDenied,
            .versionNotSupported:
            false
        }
    }

    /// What the code means and what to do about it, for the page that `type` points at.
    package var explanation: String {
        switch self {
        case .invalidRequest:
            "An identifier, the query, a header or the framing of the request is wrong. `detail` names the part. "
                + "Nothing was sent to AWS unless `upstream` says so. Change the request."
        case .unauthenticated:
            "Send an API key as `Authorization: Bearer <key>` or as `X-API-Key: <key>`, or a token of an issuer that the "
                + "gateway's operator has configured as `Authorization: Bearer <token>`."
        case .invalidCredential:
            "The key is unknown, expired or revoked: ask the gateway's operator for a new one (`jobgate keys create`). Or "
                + "the token is expired, of an unknown issuer, for another audience, or badly signed; ask its issuer for "
                + "a new one. The gateway's log has the reason under `requestId`."
        case .insufficientScope:
            "The key is valid but was not given the scope that `detail` names."
        case .resourceNotAllowed:
            "The credential is valid and has the scope, but the caller's allow-list leaves out what `detail` names: the "
                + "target, the project or the transfer job. `GET /whoami` shows the list. A project that is given as an "
                + "ARN may have to be given by its name, or the other way round; `hint` says so. "
                + "Name another target with `?target=`, or ask the gateway's operator."
        case .noSuchRoute: "The path is not one of this gateway. `/openapi.yaml` lists those that are."
        case .jobNotFound:
            "AWS knows no job, project or target of this name in the gateway's account and region. Check the identifiers."
        case .methodNotAllowed: "The path is known. The `Allow` header lists the methods that it takes."
        case .requestTimeout: "The whole request must arrive within the server's deadline. Send it again at once."
        case .alreadyFinished:
            "The job ended before the cancel reached it. The member `job` shows how it ended. There is nothing to cancel."
        case .conflict:
            "AWS refused the cancel although the job has not ended; `job` shows its state. Try again in a few seconds."
        case .contentTooLarge: "No route of this gateway needs a body of this size. Send none."
        case .uriTooLong: "The request line is longer than the server takes. Shorten the identifiers or the query."
        case .expectationFailed: "The only expectation that the server knows is `100-continue`."
        case .rateLimited:
            "The caller's quota is spent, or its address has sent too many bad credentials, as `detail` says. "
                + "Wait for the seconds that `Retry-After` gives."
        case .headersTooLarge: "The header section has too many fields or bytes. Send fewer headers."
        case .internalError:
            "A fault of the gateway. Its log has the cause under the answer's `requestId`; give that to the operator."
        case .notImplemented: "The only transfer coding that the server knows is `chunked`."
        case .upstreamDenied:
            "AWS refused the gateway's own credentials or permissions. The caller did nothing wrong. "
                + "The operator should allow the IAM action that `hint` names, or renew the gateway's credentials."
        case .upstreamInvalidResponse:
            "AWS, or something between, answered with what is no JSON of the operation's model. "
                + "A cancel may have been carried out: read the job before sending it again."
        case .upstreamError: "AWS answered with an error of its own, also when asked again. Try later."
        case .upstreamThrottled:
            "AWS limits the gateway's account, or the gateway's own budget of calls to AWS is spent. "
                + "Wait for the seconds that `Retry-After` gives."
        case .upstreamUnavailable:
            "No connection to AWS could be made, its service fails so often that the gateway gives it a pause, or the "
                + "gateway has no credentials; or the keys that a token is checked with cannot be had. "
                + "Wait and try again; the gateway's log has the reason under `requestId`."
        case .readOnly:
            "An operator has switched cancels off, for the whole gateway or for the target; `detail` is the operator's "
                + "message. Nothing was sent to AWS. Jobs can be read as ever, and `?dryRun=true` still reads the job. "
                + "Send the cancel again later; `GET /whoami` shows what is read-only."
        case .auditUnavailable:
            "Every cancel is written to the audit trail before it is sent to AWS, and the trail cannot be written now "
                + "(or, for `GET /audit`, read). A cancel that is answered so was not sent. Wait and try again; "
                + "the operator finds the reason in the gateway's log and in `/healthz`."
        case .overloaded:
            "The server has as many connections, or as many cancels that wait for the audit trail, as it takes; or the "
                + "store that counts requests cannot be used and the gateway is set to refuse what it cannot count. "
                + "Wait and try again."
        case .draining: "This instance is shutting down. Send the request again: another instance will take it."
        case .upstreamTimeout:
            "AWS did not answer before the request's deadline. A cancel may have been carried out: read the job."
        case .versionNotSupported: "The server speaks HTTP/1.1 and HTTP/1.0."
        }
    }
}
