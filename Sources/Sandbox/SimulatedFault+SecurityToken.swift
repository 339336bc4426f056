import HTTPServer

extension SimulatedFault {
    /// The namespace of all that STS writes.
    static let securityTokenNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

    /// The fault as STS says it (the query protocol: `ErrorResponse`, the codes of AWS's common errors).
    func securityTokenResponse(requestID: String) -> Response {
        let (code, status): (String, Status) =
            switch self {
            case .denied: ("AccessDenied", .forbidden)
            case .notFound, .wrongState, .invalid, .invalidParameter: ("ValidationError", .badRequest)
            case .serialization: ("MalformedQueryString", .badRequest)
            case .unknownOperation: ("InvalidAction", .badRequest)
            case .unauthenticated("MissingAuthenticationTokenException", _): ("MissingAuthenticationToken", .forbidden)
            case .unauthenticated("IncompleteSignatureException", _): ("IncompleteSignature", .badRequest)
            case .unauthenticated("UnrecognizedClientException", _): ("InvalidClientTokenId", .forbidden)
            case .unauthenticated("ExpiredTokenException", _): ("ExpiredToken", .forbidden)
            case .unauthenticated("InvalidSignatureException", _): ("SignatureDoesNotMatch", .forbidden)
            case .unauthenticated(let code, _): (code, .forbidden)
            case .internalFailure: ("InternalFailure", .internalServerError)
            }
        let error = XMLText(
            "Error",
            [
                XMLText("Type", status.code < 500 ? "Sender" : "Receiver"), XMLText("Code", code),
                XMLText("Message", message ?? "Could not find the operation for version 2011-06-15"),
            ])
        let root = XMLText(
            "ErrorResponse", namespace: Self.securityTokenNamespace, [error, XMLText("RequestId", requestID)])
        return .xml(root, status: status, requestID: requestID)
    }
}
