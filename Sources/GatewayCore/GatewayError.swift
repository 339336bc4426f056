/// A failure on the way of a request, with a public sentence for the caller and a private cause for the log.
package struct GatewayError: Error, Sendable {
    /// The kind of failure; it decides the HTTP status.
    package var code: ProblemCode
    /// What went wrong this time, fit for the caller: no host name, no key, no program's description.
    package var detail: String
    /// What the reader can do about it.
    package var hint: String?
    /// After how long the request may be sent again.
    package var retryAfter: Duration?
    /// What AWS answered, where it did.
    package var upstream: UpstreamFailure?
    /// The job as it was last read, where that explains the failure.
    package var job: Job?
    /// Headers that the answer must carry, such as `Allow`.
    package var headers: [(name: String, value: String)] = []
    /// Whether AWS may have done what it was asked, because its answer was lost.
    package var mayHaveTakenEffect = false
    /// The reason for the log alone.
    package var cause: String?

    /// Creates an error.
    package init(
        _ code: ProblemCode, _ detail: String, hint: String? = nil, retryAfter: Duration? = nil,
        upstream: UpstreamFailure? = nil, job: Job? = nil, cause: String? = nil
    ) {
        self.code = code
        self.detail = detail
        self.hint = hint
        self.retryAfter = retryAfter
        self.upstream = upstream
        self.job = job
        self.cause = cause
    }

    /// What AWS answered when it failed.
    package struct UpstreamFailure: Sendable, Hashable {
        /// The service's signing name, `dms` or `iottwinmaker`.
        package var service: String
        /// The operation, for example `CancelMetadataTransferJob`.
        package var operation: String
        /// AWS's error code, for example `ThrottlingException`.
        package var errorCode: String?
        /// AWS's own request id.
        package var requestID: String?
        /// The HTTP status of AWS's answer.
        package var httpStatus: Int?

        /// Creates an upstream failure.
        package init(service: String, operation: String, errorCode: String?, requestID: String?, httpStatus: Int?) {
            self.service = service
            self.operation = operation
            self.errorCode = errorCode
            self.requestID = requestID
            self.httpStatus = httpStatus
        }
    }
}
