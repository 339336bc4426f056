package import Resilience

/// What an AWS error means, told by its code: the services answer most of them with status 400.
package enum ErrorClass: Sendable, Hashable {
    /// A passing fault of the server.
    case transient
    /// The server asks for less.
    case throttling
    /// Our credentials or permissions were refused.
    case denied
    /// Anything else: it depends on the operation.
    case other
}

extension AWSServiceFailure {
    /// What the error means.
    package var errorClass: ErrorClass {
        if isThrottling { return .throttling }
        if Self.deniedCodes.contains(code) { return .denied }
        if isTransient { return .transient }
        if code.isEmpty, httpStatus == 401 || httpStatus == 403 { return .denied }
        return .other
    }

    /// Whether and how the call may be tried again.
    ///
    /// A server's fault is tried again whatever its code says, a refusal of our credentials too: so does AWS's
    /// standard mode.
    package var retryFailure: RetryStrategy.Failure? {
        if isThrottling { return .throttling }
        return isTransient ? .transient : nil
    }

    private var isThrottling: Bool {
        Self.throttlingCodes.contains(code) || (code.isEmpty && httpStatus == 429)
    }

    private var isTransient: Bool {
        Self.transientCodes.contains(code) || [500, 502, 503, 504].contains(httpStatus)
    }

    /// Whether the session token was refused because its time is over.
    package var isExpiredToken: Bool {
        code == "ExpiredTokenException" || code == "ExpiredToken"
    }

    // The lists of the SDKs' standard retry mode.
    private static let throttlingCodes: Set<String> = [
        "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
        "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
        "PriorRequestNotComplete", "EC2ThrottledException",
    ]

    private static let transientCodes: Set<String> = ["RequestTimeout", "RequestTimeoutException"]

    // AWS's common errors of authentication and authorisation, and the services' own spellings.
    private static let deniedCodes: Set<String> = [
        "AccessDeniedException", "AccessDeniedFault", "AccessDenied", "UnauthorizedOperation", "NotAuthorized",
        "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch",
        "ExpiredTokenException", "ExpiredToken", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
        "IncompleteSignature", "IncompleteSignatureException", "OptInRequired", "RequestExpired", "InvalidAccessKeyId",
        "AuthFailure", "RequestTimeTooSkewed", "RequestInTheFuture", "KMSAccessDeniedFault",
    ]
}
