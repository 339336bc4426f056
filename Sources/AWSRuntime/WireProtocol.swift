import Foundation

extension AWSService.WireProtocol {
    /// The headers that the protocol asks for.
    func headers(operation: String, hasBody: Bool) -> [(name: String, value: String)] {
        switch self {
        case .json11(let targetPrefix):
            [("Content-Type", "application/x-amz-json-1.1"), ("X-Amz-Target", "\(targetPrefix).\(operation)")]
        case .restJSON: hasBody ? [("Content-Type", "application/json")] : []
        case .query: [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
        }
    }

    /// Reads an error answer.
    func failure(of response: TransportResponse) -> AWSServiceFailure {
        switch self {
        case .json11, .restJSON: JSONProtocols.failure(response)
        case .query: QueryProtocol.failure(response)
        }
    }
}

extension TransportResponse {
    /// The delay that the server asks for: `x-amz-retry-after`, in milliseconds; a day where it is more.
    var retryAfter: Duration? {
        guard let text = header("x-amz-retry-after")?.trimmingCharacters(in: .whitespaces) else { return nil }
        let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return .milliseconds(min(Int64(digits) ?? .max, 86_400_000))
    }

    /// AWS's request id, where the headers or an XML body carry one that can stand in a log.
    var requestID: String? {
        let value = header("x-amzn-requestid") ?? header("x-amz-request-id") ?? QueryProtocol.requestID(in: self)
        return value.flatMap { value in
            (1...128).contains(value.utf8.count) && value.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? value : nil
        }
    }
}
