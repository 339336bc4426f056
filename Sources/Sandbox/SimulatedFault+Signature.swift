import SigV4

extension SimulatedFault {
    /// Gives a rejected signature the code and message with which AWS answers it.
    ///
    /// - Parameters:
    ///   - rejection: What is wrong with the signature.
    ///   - service: The signing name that the scope should have.
    init(_ rejection: SignatureRejection, service: String) {
        let invalid = "InvalidSignatureException"
        let (code, message): (String, String) =
            switch rejection {
            case .missing:
                ("MissingAuthenticationTokenException", "Missing Authentication Token")
            case .malformed(let reason):
                ("IncompleteSignatureException", "The request cannot be read as a signed one: \(reason).")
            case .unknownAccessKey, .tokenMismatch:
                ("UnrecognizedClientException", "The security token included in the request is invalid.")
            case .expiredCredentials:
                ("ExpiredTokenException", "The security token included in the request is expired")
            case .wrongScope(let scope) where scope.service != service:
                (invalid, "Credential should be scoped to correct service: '\(service)'.")
            case .wrongScope(let scope) where scope.region != SimulatedAWS.region:
                (invalid, "Credential should be scoped to a valid region, '\(SimulatedAWS.region)'.")
            case .wrongScope:
                (invalid, "The day in the credential scope is not that of X-Amz-Date.")
            case .skewed(let seconds) where seconds < 0:
                (invalid, "Signature expired: it is \(Int(-seconds)) s old, and at most 5 min are allowed.")
            case .skewed(let seconds):
                (invalid, "Signature not yet current: it is \(Int(seconds)) s ahead, and at most 5 min are allowed.")
            case .unsignedHeader(let name):
                (invalid, "'\(name)' must be a 'SignedHeader' in the AWS Authorization.")
            case .mismatch:
                (
                    invalid,
                    "The request signature we calculated does not match the signature you provided. "
                        + "Check your AWS Secret Access Key and signing method."
                )
            }
        self = .unauthenticated(code: code, message: message)
    }
}
