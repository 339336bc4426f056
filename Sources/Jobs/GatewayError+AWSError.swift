package import AWSRuntime
package import GatewayCore

extension GatewayError {
    /// Translates what went wrong upstream into what the caller is told: the one place where this is decided.
    package init(_ error: AWSError) {
        switch error.reason {
        case .service(let failure):
            self.init(failure, of: error)
        case .invalidResponse(let cause):
            self.init(.upstreamInvalidResponse, "AWS answered with something that is not its own model.", cause: cause)
        case .transport(.malformedAnswer(let cause)):
            self.init(.upstreamInvalidResponse, "AWS's answer was cut short or is no HTTP.", cause: cause)
        case .transport(.timedOut), .timedOut:
            self.init(.upstreamTimeout, "AWS did not answer before the request's deadline.", cause: "deadline passed")
        case .transport(.responseTooLarge(let limit)):
            self.init(
                .upstreamInvalidResponse, "AWS's answer is larger than any of its model.", cause: "over \(limit) bytes")
        case .transport(.connectFailed(let cause)), .transport(.connectionLost(let cause)):
            self.init(
                .upstreamUnavailable, "The gateway has no connection to AWS.", retryAfter: .seconds(5), cause: cause)
        case .transport(.tlsFailed(let cause)):
            self.init(
                .upstreamUnavailable, "The gateway could not make a trusted connection to AWS.",
                hint: "The operator should look at the certificate authorities that the gateway trusts.",
                retryAfter: .seconds(30), cause: cause)
        case .transport(.cancelled), .cancelled:
            self.init(
                .upstreamUnavailable, "The request was given up before AWS answered.", retryAfter: .seconds(1),
                cause: "cancelled")
        case .budgetSpent(let retryAfter):
            self.init(
                .upstreamThrottled, "The gateway's own budget of calls to AWS is spent.",
                hint: "Many callers ask at once; reads wait behind cancels. Ask again after `Retry-After`.",
                retryAfter: retryAfter, cause: "upstream budget spent")
        case .circuitOpen(let retryAfter):
            self.init(
                .upstreamUnavailable, "AWS has failed so often that the gateway gives it a pause.",
                retryAfter: retryAfter, cause: "circuit open")
        case .credentials(let cause):
            self.init(
                .upstreamUnavailable, "The gateway has no AWS credentials at the moment.",
                hint: "The operator finds the reason in the gateway's log, under the request id.",
                retryAfter: .seconds(5), cause: cause.description)
        case .unencodable(let cause):
            self.init(.internalError, "The request could not be written.", cause: cause)
        }
        mayHaveTakenEffect = error.isAnswerLost
        cause = cause.map { "\(error.service) \(error.operation), attempt \(error.attempts): \($0)" }
        guard error.httpStatus != nil else { return }
        let code: String? = if case .service(let failure) = error.reason { failure.code } else { nil }
        upstream = UpstreamFailure(
            service: error.service, operation: error.operation, errorCode: code.flatMap { $0.isEmpty ? nil : $0 },
            requestID: error.requestID, httpStatus: error.httpStatus)
    }

    /// Translates what went wrong with a read, which no job's state can be in the way of.
    init(readFailure error: AWSError) {
        self.init(error)
        if code == .conflict {
            code = .upstreamError
            detail = "AWS answered a read with an error of a cancel."
            retryAfter = nil
        }
    }

    private init(_ failure: AWSServiceFailure, of error: AWSError) {
        let name = failure.code.isEmpty ? "HTTP \(failure.httpStatus)" : failure.code
        switch failure.errorClass {
        case .denied:
            // The message of a refused signature quotes the signed text, session token included: it goes nowhere.
            let isPermission = failure.code.hasPrefix("AccessDenied")
            self.init(
                .upstreamDenied, "AWS refused the gateway's own credentials or permissions (\(name)).",
                hint: Self.hint(forDenied: failure.code, iamAction: error.iamAction),
                cause: isPermission ? "\(name): \(failure.message ?? "")" : name)
        case .throttling:
            self.init(
                .upstreamThrottled, "AWS is throttling the gateway's account.",
                retryAfter: min(max(.seconds(1), failure.retryAfter ?? .seconds(5)), .seconds(300)), cause: name)
        case .transient:
            self.init(.upstreamError, "AWS failed (\(name)), also when asked again.", cause: name)
        case .other:
            self.init(other: failure, name: name)
        }
    }

    private static func hint(forDenied code: String, iamAction: String) -> String {
        switch code {
        case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
            "The operator should set the gateway's clock (NTP)."
        case "OptInRequired": "The operator should enable the service or the region in the AWS account."
        case "UnauthorizedOperation", "NotAuthorized", "KMSAccessDeniedFault":
            "The gateway's AWS identity needs the IAM action \(iamAction)."
        case _ where code.hasPrefix("AccessDenied"): "The gateway's AWS identity needs the IAM action \(iamAction)."
        default:
            "The operator should renew the gateway's AWS credentials, "
                + "whose identity needs the IAM action \(iamAction)."
        }
    }

    private init(other failure: AWSServiceFailure, name: String) {
        switch failure.code {
        case "ResourceNotFoundFault", "ResourceNotFoundException":
            self.init(
                .jobNotFound, "AWS knows no such job or project in this account and region.",
                hint: "Check the identifiers, the account and the region.", cause: name)
        case "InvalidResourceStateFault", "ConflictException":
            self.init(
                .conflict, "AWS refused the cancel in the job's present state.", retryAfter: .seconds(5), cause: name)
        case "ValidationException", "InvalidParameterValueException", "InvalidParameterCombinationException":
            self.init(
                .invalidRequest, "AWS finds an identifier not valid: \(Self.publicText(failure.message ?? name))",
                cause: name)
        default:
            self.init(.upstreamError, "AWS answered with an error (\(name)).", cause: name)
        }
    }

    /// AWS's words, fit for an answer: one line without marks that turn or break it, at most 300 characters.
    private static func publicText(_ message: String) -> String {
        let line = message.unicodeScalars.prefix(300).map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: " "
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(line))
    }
}
