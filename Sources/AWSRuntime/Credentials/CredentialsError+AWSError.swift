extension CredentialsError {
    /// What a provider says when a call that it needs has failed.
    ///
    /// - Parameters:
    ///   - provider: The provider's name.
    ///   - call: What was asked of whom, for example `STS, AssumeRole of arn:…`.
    ///   - error: Why it failed.
    ///   - secret: What was sent as a proof; an answer that repeats it is not quoted.
    /// - Returns: The error, which names the provider, the call and the reason.
    static func failed(
        provider: String, call: String, error: AWSError, hiding secret: String? = nil
    ) -> CredentialsError {
        .failed(provider: provider, reason: "\(call): \(reason(of: error, hiding: secret))")
    }

    private static func reason(of error: AWSError, hiding secret: String?) -> String {
        switch error.reason {
        case .service(let failure):
            let code = failure.code.isEmpty ? "an error" : failure.code
            // What AWS says of a refused signature repeats the signed text, session token included.
            let isSignature = failure.code.contains("Signature")
            let words = isSignature ? nil : CredentialsText.remark(failure.message, hiding: secret)
            let message = words.map { ", \($0)" } ?? ""
            return "the answer was \(code) (HTTP \(failure.httpStatus))\(message)"
        case .unencodable: return "the request cannot be written"
        case .invalidResponse(let text): return "the answer cannot be used (\(text))"
        case .transport(let transport): return reason(of: transport)
        case .credentials(let credentials): return credentials.description
        case .budgetSpent: return "the budget of calls is spent"
        case .circuitOpen: return "it failed so often that it is not asked just now"
        case .timedOut: return "no answer in time"
        case .cancelled: return "the call was cancelled"
        }
    }

    private static func reason(of error: TransportError) -> String {
        switch error {
        case .connectFailed(let text): "no connection (\(text))"
        case .tlsFailed(let text): "no TLS connection (\(text))"
        case .connectionLost(let text): "the connection was lost (\(text))"
        case .malformedAnswer(let text): "the answer was no HTTP (\(text))"
        case .responseTooLarge(let limit): "the answer has over \(limit) bytes"
        case .timedOut: "no answer in time"
        case .cancelled: "the call was cancelled"
        }
    }
}
