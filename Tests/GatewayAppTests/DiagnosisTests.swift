import AWSRuntime
import GatewayApp
import Testing

@Suite("The doctor's diagnosis of a failed call")
struct DiagnosisTests {
    /// Codes as botocore's models and AWS's common errors spell them.
    @Test(
        "tells what an error code of AWS's means for the set-up, and names the code",
        arguments: [
            ("SignatureDoesNotMatch", "signature", "secret access key"),
            ("InvalidSignatureException", "signature", "secret access key"),
            ("InvalidClientTokenId", "does not know the access key id", "deleted or deactivated"),
            ("UnrecognizedClientException", "does not know the access key id", "deleted or deactivated"),
            ("InvalidAccessKeyId", "does not know the access key id", "deleted or deactivated"),
            ("ExpiredToken", "session token has expired", "Renew"),
            ("ExpiredTokenException", "session token has expired", "Renew"),
            ("RequestTimeTooSkewed", "time of the signature", "clock"),
            ("RequestExpired", "time of the signature", "clock"),
            ("RequestInTheFuture", "time of the signature", "clock"),
            ("OptInRequired", "not enabled", "Enable"),
            ("AccessDenied", "may not do this", "dms:ListMetadataModelConversions"),
            ("AccessDeniedException", "may not do this", "dms:ListMetadataModelConversions"),
            ("AccessDeniedFault", "may not do this", "dms:ListMetadataModelConversions"),
            ("ThrottlingException", "throttles", "rate of calls"),
            ("TooManyRequestsException", "throttles", "rate of calls"),
            ("RequestTimeout", "failed", "Try again"),
            ("NobodyKnowsThisFault", "an error", "DescribeMetadataModelConversions"),
        ])
    func code(code: String, detail: String, hint: String) {
        let diagnosis = Diagnosis(error(.service(.init(code: code, message: nil, httpStatus: 400))))
        #expect(diagnosis.detail.contains(detail), "\(diagnosis.detail)")
        #expect(diagnosis.detail.contains("(\(code))"), "\(diagnosis.detail)")
        #expect(diagnosis.hint.contains(hint), "\(diagnosis.hint)")
    }

    @Test("goes by the status where there is no code")
    func status() {
        let denied = Diagnosis(error(.service(.init(code: "", message: nil, httpStatus: 403))))
        #expect(denied.detail.contains("may not do this (HTTP 403)"))
        let failed = Diagnosis(error(.service(.init(code: "", message: nil, httpStatus: 503))))
        #expect(failed.detail.contains("failed (HTTP 503)"))
    }

    @Test(
        "tells where a call without an answer was stopped",
        arguments: [
            (.transport(.connectFailed("x")), "no connection", "check of the endpoint"),
            (.transport(.tlsFailed("x")), "certificate", "aws.caBundle"),
            (.transport(.connectionLost("x")), "lost", "proxies"),
            (.transport(.malformedAnswer("x")), "no HTTP", "proxies"), (.transport(.timedOut), "in time", "network"),
            (.timedOut, "in time", "network"), (.invalidResponse("x"), "none of AWS's", "proxies"),
            (.credentials(.failed(provider: "profile", reason: "broken")), "profile: broken", "`credentials`"),
            (.cancelled, "not made", "again"), (.budgetSpent(retryAfter: .seconds(1)), "not made", "again"),
            (.circuitOpen(retryAfter: .seconds(1)), "not made", "again"), (.unencodable("x"), "not made", "again"),
        ] as [(AWSError.Reason, String, String)])
    func reason(reason: AWSError.Reason, detail: String, hint: String) {
        let diagnosis = Diagnosis(error(reason))
        #expect(diagnosis.detail.contains(detail), "\(diagnosis.detail)")
        #expect(diagnosis.hint.contains(hint), "\(diagnosis.hint)")
    }

    @Test(
        "quotes nothing of AWS's own words, which may repeat a signed session token",
        arguments: ["SignatureDoesNotMatch", "AccessDenied", "ThrottlingException", "InternalFailure", "Other", ""])
    func noSecret(code: String) {
        let message = "The Canonical String should have been x-amz-security-token:the-session-token"
        for status in [400, 403, 500] {
            let failure = AWSServiceFailure(code: code, message: message, httpStatus: status)
            let diagnosis = Diagnosis(error(.service(failure)))
            #expect(!"\(diagnosis.detail)\(diagnosis.hint)".contains("the-session-token"))
        }
        #expect(!"\(Diagnosis(error(.invalidResponse(message))))".contains("the-session-token"))
    }

    private func error(_ reason: AWSError.Reason) -> AWSError {
        AWSError(
            reason: reason, service: "dms", operation: "DescribeMetadataModelConversions",
            iamAction: "dms:ListMetadataModelConversions", attempts: 1)
    }
}
