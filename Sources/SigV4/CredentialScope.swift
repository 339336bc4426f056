/// What a signature is good for: one day, one region, one service.
package struct CredentialScope: Sendable, Hashable, CustomStringConvertible {
    /// The last part of every scope, which also ends the derivation of a signing key.
    static let terminator = "aws4_request"

    /// The day in UTC, `20150830`.
    package let day: String
    /// The region, `us-east-1`.
    package let region: String
    /// The service's signing name, which may differ from its host name.
    package let service: String

    /// Creates a scope from its parts.
    package init(day: String, region: String, service: String) {
        self.day = day
        self.region = region
        self.service = service
    }

    /// The form within a string to sign, `20150830/us-east-1/service/aws4_request`.
    package var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends the same form.
    func append(to text: inout [UInt8]) {
        text.append(contentsOf: day.utf8)
        text.append(UInt8(ascii: "/"))
        text.append(contentsOf: region.utf8)
        text.append(UInt8(ascii: "/"))
        text.append(contentsOf: service.utf8)
        text.append(UInt8(ascii: "/"))
        text.append(contentsOf: Self.terminator.utf8)
    }
}
