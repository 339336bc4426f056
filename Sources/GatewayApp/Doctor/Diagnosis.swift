package import AWSRuntime

/// What a failed call says of the set-up, and what to do about it.
///
/// Nothing is quoted of what AWS wrote of a call: the message of a refused signature repeats the signed text, session
/// token included. A failure to get credentials is told in its own words, which hold no secret.
package struct Diagnosis: Sendable, Hashable {
    /// What was found.
    package let detail: String
    /// What to do.
    package let hint: String

    /// Reads a call's failure.
    package init(_ error: AWSError) {
        switch error.reason {
        case .service(let failure):
            self.init(failure, of: error)
        case .transport(let transport):
            self.init(transport)
        case .timedOut:
            self.init("no answer in time", hint: "Look at the network between the gateway and AWS.")
        case .invalidResponse:
            self.init(
                "the answer is none of AWS's",
                hint: "Something else answers at the endpoint: look at proxies and at configured endpoints.")
        case .credentials(let cause):
            self.init("\(cause)", hint: "See the check `credentials`.")
        case .budgetSpent, .circuitOpen, .cancelled, .unencodable:
            self.init("the call was not made", hint: "Run the doctor again.")
        }
    }

    private init(_ detail: String, hint: String) {
        self.detail = detail
        self.hint = hint
    }

    private init(_ error: TransportError) {
        switch error {
        case .connectFailed: self.init("no connection could be made", hint: "See the check of the endpoint.")
        case .tlsFailed:
            self.init("the server's certificate is not trusted", hint: "Name its authority with `aws.caBundle`.")
        case .connectionLost, .malformedAnswer, .responseTooLarge:
            self.init(
                "the connection was lost, or the answer is no HTTP",
                hint: "Look at proxies between the gateway and AWS.")
        case .timedOut, .cancelled:
            self.init("no answer in time", hint: "Look at the network between the gateway and AWS.")
        }
    }

    private init(_ failure: AWSServiceFailure, of error: AWSError) {
        let name = failure.code.isEmpty ? "HTTP \(failure.httpStatus)" : failure.code
        switch failure.code {
        case "SignatureDoesNotMatch", "InvalidSignatureException":
            self.init(
                "AWS refused the signature (\(name))",
                hint: "The secret access key does not belong to the access key id. Renew the credentials.")
        case "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId":
            self.init(
                "AWS does not know the access key id, or its session token (\(name))",
                hint: "The key was deleted or deactivated, is of another partition, or its session token is wrong.")
        case "ExpiredToken", "ExpiredTokenException":
            self.init("the session token has expired (\(name))", hint: "Renew the temporary credentials.")
        case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
            self.init("AWS refused the time of the signature (\(name))", hint: "Set this machine's clock (NTP).")
        case "OptInRequired":
            self.init(
                "the account has not enabled the region or the service (\(name))", hint: "Enable it in the account.")
        default: self.init(named: name, failure, of: error)
        }
    }

    private init(named name: String, _ failure: AWSServiceFailure, of error: AWSError) {
        switch failure.errorClass {
        case .denied:
            self.init(
                "the identity may not do this (\(name))",
                hint: "Allow the IAM action \(error.iamAction) to the gateway's identity.")
        case .throttling:
            self.init(
                "AWS throttles the account (\(name))", hint: "Something else uses up the account's rate of calls.")
        case .transient:
            self.init("AWS failed (\(name)), also when asked again", hint: "Try again; look at AWS's health page.")
        case .other:
            self.init(
                "AWS answered with an error (\(name))",
                hint: "Look the code up in AWS's documentation of \(error.service), \(error.operation).")
        }
    }
}
