import Foundation
import HTTPServer

/// The content types of the two protocols.
enum JSONContentType: String {
    /// AWS JSON 1.1, of DMS.
    case amazonJSON = "application/x-amz-json-1.1"
    /// REST-JSON, of TwinMaker.
    case json = "application/json"
}

extension Response {
    /// Writes a value as an answer of AWS.
    ///
    /// - Parameters:
    ///   - value: The body.
    ///   - status: The HTTP status.
    ///   - contentType: The protocol's content type.
    ///   - requestID: The value of `x-amzn-RequestId`.
    /// - Returns: The answer, complete.
    static func json(
        _ value: some Encodable, status: Status, contentType: JSONContentType, requestID: String
    ) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let headers: HeaderFields = ["Content-Type": contentType.rawValue, "x-amzn-RequestId": requestID]
        do {
            return Response(status: status, headers: headers, body: Array(try encoder.encode(value)))
        } catch {
            // Only a number that JSON cannot write fails to encode, and no shape of ours can hold one.
            return Response(
                status: .internalServerError, headers: headers, body: Array(#"{"__type":"InternalFailure"}"#.utf8))
        }
    }
}
