/// Why a call of an AWS service failed for good, retries included.
package struct AWSError: Error, Sendable {
    /// The kinds of failure.
    package enum Reason: Sendable {
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

    /// Creates an error.
    package init(
        reason: Reason, service: String, operation: String, iamAction: String, requestID: String? = nil,
        httpStatus: Int? = nil, attempts: Int
    ) {
        self.reason = reason
        self.service = service
        self.operation = operation
        self.iamAction = iamAction
        self.requestID = requestID
        self.httpStatus = httpStatus
        self.attempts = attempts
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
