import AWSRuntime
import Resilience
import Testing

/// The lists are aws.md's, which are those of `botocore.retries.standard` 1.43.11.
@Suite("The classes of AWS errors")
struct ErrorClassificationTests {
    private func failure(_ code: String, _ status: Int) -> AWSServiceFailure {
        AWSServiceFailure(code: code, message: nil, httpStatus: status)
    }

    @Test(
        "a throttling code means throttling, whatever the status",
        arguments: [
            "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
            "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
            "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
            "PriorRequestNotComplete", "EC2ThrottledException",
        ], [400, 429, 500, 503])
    func throttling(code: String, status: Int) {
        #expect(failure(code, status).errorClass == .throttling)
        #expect(failure(code, status).retryFailure == .throttling)
    }

    @Test("a timeout's code means a passing failure", arguments: ["RequestTimeout", "RequestTimeoutException"])
    func timeouts(code: String) {
        #expect(failure(code, 400).errorClass == .transient)
        #expect(failure(code, 400).retryFailure == .transient)
    }

    @Test(
        "a server's status means a passing failure", arguments: [500, 502, 503, 504], ["", "InternalServerException"])
    func serverErrors(status: Int, code: String) {
        #expect(failure(code, status).errorClass == .transient)
        #expect(failure(code, status).retryFailure == .transient)
    }

    @Test(
        "a refusal of our credentials or permissions is told by its code, also on a 400",
        arguments: [
            "AccessDeniedException", "AccessDeniedFault", "UnrecognizedClientException", "InvalidClientTokenId",
            "InvalidSignatureException", "SignatureDoesNotMatch", "ExpiredTokenException", "RequestExpired",
            "MissingAuthenticationTokenException", "IncompleteSignatureException", "OptInRequired",
            "RequestTimeTooSkewed", "RequestInTheFuture", "KMSAccessDeniedFault",
        ], [400, 403])
    func denied(code: String, status: Int) {
        #expect(failure(code, status).errorClass == .denied)
        #expect(failure(code, status).retryFailure == nil)
    }

    @Test(
        "an answer without a code is told by its status",
        arguments: [
            (401, ErrorClass.denied), (403, .denied), (429, .throttling), (500, .transient), (400, .other),
            (404, .other), (409, .other), (302, .other), (501, .other),
        ])
    func statusAlone(status: Int, expected: ErrorClass) {
        #expect(failure("", status).errorClass == expected)
    }

    @Test(
        "an error of the operation itself is neither retried nor a refusal",
        arguments: [
            ("ResourceNotFoundFault", 400), ("InvalidResourceStateFault", 400), ("ResourceNotFoundException", 404),
            ("ConflictException", 409), ("ValidationException", 400), ("ResourceNotFoundException", 403),
            ("throttling", 400), ("SomethingNew", 418),
        ])
    func others(code: String, status: Int) {
        #expect(failure(code, status).errorClass == .other)
        #expect(failure(code, status).retryFailure == nil)
    }
}
