import AWSRuntime
import GatewayCore
import GatewayTestSupport
import Jobs
import Resilience
import Testing

/// Which problem each failure of AWS becomes: the table of problem codes in the gateway's contract.
@Suite("Translating AWS's failures")
struct GatewayErrorTests {
    @Test(
        "a refusal says who is to do what",
        arguments: [
            ("AccessDeniedException", "IAM action"), ("UnauthorizedOperation", "IAM action"),
            ("RequestTimeTooSkewed", "clock"), ("RequestInTheFuture", "clock"), ("OptInRequired", "enable"),
            ("InvalidSignatureException", "renew"), ("UnrecognizedClientException", "renew"),
        ])
    func denials(code: String, words: String) {
        let failure = AWSServiceFailure(code: code, message: "m", httpStatus: 400)
        let error = GatewayError(
            AWSError(
                reason: .service(failure), service: "dms", operation: "O", iamAction: "dms:O", httpStatus: 400,
                attempts: 1))
        #expect(error.code == .upstreamDenied)
        #expect(error.hint?.contains(words) == true)
    }

    private func translate(
        _ reason: AWSError.Reason, operation: String = "DescribeMetadataModelConversions",
        iamAction: String = "dms:ListMetadataModelConversions", httpStatus: Int? = nil
    ) -> GatewayError {
        GatewayError(
            AWSError(
                reason: reason, service: "dms", operation: operation, iamAction: iamAction, requestID: "aws-1",
                httpStatus: httpStatus, attempts: 3))
    }

    private func translate(
        code: String, status: Int = 400, message: String? = "m", retryAfter: Duration? = nil
    ) -> GatewayError {
        let failure = AWSServiceFailure(code: code, message: message, httpStatus: status, retryAfter: retryAfter)
        return translate(.service(failure), httpStatus: status)
    }

    @Test(
        "each code of AWS's is one problem",
        arguments: [
            ("ResourceNotFoundFault", 400, ProblemCode.jobNotFound), ("ResourceNotFoundException", 404, .jobNotFound),
            ("InvalidResourceStateFault", 400, .conflict), ("ConflictException", 409, .conflict),
            ("ValidationException", 400, .invalidRequest), ("InvalidParameterValueException", 400, .invalidRequest),
            ("AccessDeniedFault", 400, .upstreamDenied), ("AccessDeniedException", 403, .upstreamDenied),
            ("UnrecognizedClientException", 400, .upstreamDenied), ("ExpiredTokenException", 400, .upstreamDenied),
            ("InvalidSignatureException", 403, .upstreamDenied), ("SignatureDoesNotMatch", 403, .upstreamDenied),
            ("RequestTimeTooSkewed", 400, .upstreamDenied), ("ThrottlingException", 429, .upstreamThrottled),
            ("ThrottlingException", 400, .upstreamThrottled), ("SlowDown", 503, .upstreamThrottled),
            ("InternalServerException", 500, .upstreamError), ("", 502, .upstreamError), ("", 503, .upstreamError),
            ("RequestTimeout", 400, .upstreamError), ("SomethingNew", 400, .upstreamError), ("", 400, .upstreamError),
            ("", 403, .upstreamDenied), ("", 429, .upstreamThrottled), ("", 302, .upstreamError),
        ])
    func codes(code: String, status: Int, problem: ProblemCode) {
        let error = translate(code: code, status: status)
        #expect(error.code == problem)
        #expect(error.upstream?.service == "dms")
        #expect(error.upstream?.operation == "DescribeMetadataModelConversions")
        #expect(error.upstream?.errorCode == (code.isEmpty ? nil : code))
        #expect(error.upstream?.requestID == "aws-1")
        #expect(error.upstream?.httpStatus == status)
    }

    @Test("each other reason is one problem")
    func reasons() {
        for (reason, problem) in [
            (AWSError.Reason.invalidResponse("c"), ProblemCode.upstreamInvalidResponse),
            (.transport(.malformedAnswer("c")), .upstreamInvalidResponse),
            (.transport(.responseTooLarge(limit: 1)), .upstreamInvalidResponse),
            (.transport(.connectFailed("c")), .upstreamUnavailable),
            (.transport(.connectionLost("c")), .upstreamUnavailable),
            (.transport(.tlsFailed("c")), .upstreamUnavailable), (.transport(.cancelled), .upstreamUnavailable),
            (.cancelled, .upstreamUnavailable), (.transport(.timedOut), .upstreamTimeout),
            (.timedOut, .upstreamTimeout),
            (.credentials(.declined(provider: "p", reason: "r")), .upstreamUnavailable),
            (.unencodable("c"), .internalError),
        ] {
            #expect(translate(reason).code == problem)
            #expect(translate(reason).cause != nil)
        }
    }

    @Test("where AWS did not answer there is nothing of an answer")
    func noAnswer() {
        #expect(translate(.timedOut).upstream == nil)
        #expect(translate(.transport(.connectFailed("c"))).upstream == nil)
        #expect(translate(.credentials(.noneFound([]))).upstream == nil)
    }

    @Test("a success that is no answer of the model tells AWS's request id and status, and no code")
    func invalidResponse() {
        let error = translate(.invalidResponse("c"), httpStatus: 200)
        #expect(error.upstream?.errorCode == nil)
        #expect(error.upstream?.requestID == "aws-1")
        #expect(error.upstream?.httpStatus == 200)
    }

    @Test("the hint of a refusal names the IAM action that is missing, which is not always the operation's name")
    func iamAction() {
        for code in ["AccessDeniedException", "AccessDeniedFault", "UnrecognizedClientException"] {
            #expect(translate(code: code).hint?.contains("dms:ListMetadataModelConversions") == true)
        }
    }

    @Test("a throttled answer says when to come again: as AWS asked, at least a second, five without a wish")
    func retryAfter() {
        #expect(translate(code: "ThrottlingException").retryAfter == .seconds(5))
        #expect(translate(code: "ThrottlingException", retryAfter: .milliseconds(100)).retryAfter == .seconds(1))
        #expect(translate(code: "ThrottlingException", retryAfter: .seconds(30)).retryAfter == .seconds(30))
    }

    @Test("every 503 says when to come again")
    func unavailable() {
        let reasons: [AWSError.Reason] = [
            .transport(.connectFailed("c")), .transport(.connectionLost("c")), .transport(.tlsFailed("c")), .cancelled,
            .credentials(.noneFound([])),
        ]
        for error in reasons.map({ translate($0) }) + [translate(code: "ThrottlingException")] {
            #expect(error.code.status == 503)
            #expect((error.retryAfter ?? .zero) >= .seconds(1))
        }
    }

    @Test("the cause tells the log service, operation and attempt")
    func cause() {
        let cause = translate(.timedOut).cause
        #expect(cause?.contains("dms DescribeMetadataModelConversions") == true)
        #expect(cause?.contains("attempt 3") == true)
    }

    @Test(
        "the message of a refused signature, which quotes the signed text and the token, goes nowhere",
        arguments: [
            "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignatureException", "IncompleteSignature",
            "UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "ThrottlingException",
            "InternalServerException", "SomethingNew", "", "ResourceNotFoundFault", "ConflictException",
        ], [400, 403, 500])
    func canonicalString(code: String, status: Int) {
        let message = """
            The request signature we calculated does not match. The Canonical String for this request should have been
            'POST\n/\n\ncontent-type:application/x-amz-json-1.1\nhost:dms.eu-west-1.amazonaws.com\n\
            x-amz-security-token:hunter2\n' The String-to-Sign should have been 'AWS4-HMAC-SHA256\n20261121T090000Z'
            """
        expectNothing(
            of: ["hunter2", "Canonical", "x-amz-security-token", "AWS4-HMAC", "amazonaws.com"],
            in: translate(code: code, status: status, message: message), causeIncluded: true)
    }

    @Test("host names, keys and a program's descriptions stay out of what the caller is told")
    func nothingInternal() {
        let text =
            "connect to dms.eu-west-1.amazonaws.com:443 (10.0.0.1) failed: NIOConnectionError hunter2 AKIDEXAMPLE"
        for reason: AWSError.Reason in [
            .invalidResponse(text), .unencodable(text), .transport(.connectFailed(text)), .transport(.tlsFailed(text)),
            .transport(.connectionLost(text)), .transport(.malformedAnswer(text)),
            .credentials(.failed(provider: "profile", reason: text)),
            .service(AWSServiceFailure(code: "AccessDeniedException", message: text, httpStatus: 403)),
            .service(AWSServiceFailure(code: "SomethingNew", message: text, httpStatus: 400)),
        ] {
            expectNothing(
                of: ["amazonaws.com", "10.0.0.1", "NIO", "hunter2", "AKIDEXAMPLE", "profile"], in: translate(reason),
                causeIncluded: false)
        }
    }

    private func expectNothing(of words: [String], in error: GatewayError, causeIncluded: Bool) {
        let texts = [error.detail, error.hint ?? "", causeIncluded ? error.cause ?? "" : ""]
        for word in words {
            #expect(!texts.contains { $0.contains(word) }, "\(word) in \(texts)")
        }
    }

    @Test("AWS's words on an identifier are told on one line of at most 300 characters")
    func validationMessage() {
        let error = translate(
            code: "ValidationException", message: "Value\r\nbad\u{0}\u{1B}[31m" + String(repeating: "x", count: 1000))
        #expect(error.code == .invalidRequest)
        #expect(error.detail.contains("Value  bad"))
        #expect(!error.detail.unicodeScalars.contains { $0.properties.generalCategory == .control })
        #expect(error.detail.count < 400)
    }

    @Test(
        "AWS's words on an identifier hold no character that turns or breaks a line",
        arguments: ["\u{202E}", "\u{2028}", "\u{2029}", "\u{85}"])
    func validationCharacters(character: String) {
        #expect(!translate(code: "ValidationException", message: "a\(character)b").detail.contains(character))
    }

    @Test("without AWS's words the code stands in for them")
    func noMessage() {
        #expect(translate(code: "ValidationException", message: nil).detail.contains("ValidationException"))
    }
}
