/// Why a call of an AWS service failed for good, retries included.
package struct AWSError: Error, Sendable {
    /// The kinds of failure.
    package enum Reason: Error, Sendable {
        /// The request could not be written. The text is for the log.
        case unencodable(String)
        /// AWS answered with an error.
        case service(AWSServiceFailure)
        /// AWS answered with success but with a body that its model does not allow. The text is for the log.
        case invalidResponse(String)
        /// There was no whole answer.
        case transport(TransportError)
        /// There are no credentials to sign with.
        case credentials(CredentialsError)
        /// The upstream budget is spent; the call was not made.
        case budgetSpent(retryAfter: Duration)
        /// The circuit breaker is open; the call was not made.
        case circuitOpen(retryAfter: Duration)
        /// The deadline passed.
        case timedOut
        /// The calling task was cancelled.
        case cancelled
    }

    /// The kind of failure.
    package let reason: Reason
    /// The service's signing name.
    package let service: String
    /// The operation's name.
    package let operation: String
    /// The IAM action that allows the operation.
    package let iamAction: String
    /// AWS's request id, where it answered.
    package let requestID: String?
    /// The HTTP status of the last answer, where there was one.
    package let httpStatus: Int?
    /// How many attempts were made.
    package let attempts: Int
    /// Whether the answer to any of the attempts was lost, so that the request may have been carried out.
    package let isAnswerLost: Bool

    /// Creates an error; whether an answer was lost is told by the reason alone, unless it is given.
    package init(
        reason: Reason, service: String, operation: String, iamAction: String, requestID: String? = nil,
        httpStatus: Int? = nil, attempts: Int, isAnswerLost: Bool? = nil
    ) {
        self.reason = reason
        self.service = service
        self.operation = operation
        self.iamAction = iamAction
        self.requestID = requestID
        self.httpStatus = httpStatus
        self.attempts = attempts
        self.isAnswerLost = isAnswerLost ?? reason.isAnswerLost
    }
}

extension AWSError.Reason {
    /// Whether a request may have been carried out although no good answer to it came.
    var isAnswerLost: Bool {
        switch self {
        case .timedOut, .invalidResponse: true
        case .transport(let error):
            switch error {
            case .connectionLost, .malformedAnswer, .responseTooLarge, .timedOut: true
            case .connectFailed, .tlsFailed, .cancelled: false
            }
        case .unencodable, .service, .credentials, .budgetSpent, .circuitOpen, .cancelled: false
        }
    }
}

/// An error answer of an AWS service.
package struct AWSServiceFailure: Error, Sendable, Hashable {
    /// The error code, for example `ThrottlingException`; empty when the answer names none.
    package let code: String
    /// AWS's words, where it has any.
    package let message: String?
    /// The HTTP status.
    package let httpStatus: Int
    /// The delay that the server asked for (`x-amz-retry-after`).
    package let retryAfter: Duration?

    /// Creates a failure.
    package init(code: String, message: String?, httpStatus: Int, retryAfter: Duration? = nil) {
        self.code = code
        self.message = message
        self.httpStatus = httpStatus
        self.retryAfter = retryAfter
    }
}
