import Foundation

/// How AWS's JSON protocols write requests and errors.
package enum JSONProtocols {
    /// The members of a JSON body, written with sorted keys so that equal calls are equal bytes.
    package static func body(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    /// Reads a body of a good answer.
    package static func decode<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(body))
    }

    /// Reads an error answer: code, message, and the delay that the server asks for.
    ///
    /// The code is the header `x-amzn-errortype`, else the body's `__type`, `code` or `Code`; of it counts what
    /// follows the last `#`, up to the first `:`. A body that is no JSON object (empty, HTML, cut short) tells nothing.
    static func failure(_ response: TransportResponse) -> AWSServiceFailure {
        let body = try? JSONDecoder().decode(ErrorBody.self, from: Data(response.body))
        let names = [response.header("x-amzn-errortype"), body?.type, body?.code]
        let named = names.lazy.compactMap { $0 }.first { !$0.isEmpty }
        return AWSServiceFailure(
            code: shape(named ?? ""), message: body?.message, httpStatus: response.status,
            retryAfter: response.retryAfter)
    }

    /// The shape's name in an error type such as `com.amazonaws.dms#AccessDeniedFault:http://…`.
    static func shape(_ type: String) -> String {
        let name = type.prefix { $0 != ":" }
        let bare = name.lastIndex(of: "#").map { name[name.index(after: $0)...] } ?? name
        let trimmed = bare.trimmingCharacters(in: .whitespaces)
        // A code is a name; anything else would carry an answer's noise into logs and answers.
        let isName = trimmed.utf8.count <= 128 && trimmed.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isName ? trimmed : ""
    }

    private struct ErrorBody: Decodable {
        let type: String?
        let code: String?
        let message: String?

        private struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            func string(_ names: String...) -> String? {
                names.lazy.compactMap { try? members.decode(String.self, forKey: Key(stringValue: $0)) }.first
            }
            type = string("__type")
            code = string("code", "Code")
            message = string("message", "Message", "errorMessage")
        }
    }
}
