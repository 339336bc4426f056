package import Foundation
import GatewayCore
import Yams

extension APIKeyFile {
    /// Reads one record; every member is checked, an unknown one is an error.
    func record(from node: Node) throws(Problem) -> APIKeyRecord {
        guard let mapping = node.mapping else { throw problem("a record is a mapping", at: node.mark) }
        for key in mapping.keys where !Self.members.contains(key.string ?? "") {
            throw problem("unknown member `\(key.string ?? "?")`", at: key.mark)
        }
        let id = try required("id", in: mapping, of: node)
        guard id.utf8.count == 8, id.utf8.allSatisfy(Self.isLowercaseAlphanumeric) else {
            throw problem("`id` is 8 of a-z and 0-9", at: mapping["id"]?.mark)
        }
        let name = try required("name", in: mapping, of: node)
        guard Self.isValid(name: name) else {
            throw problem("`name` is 1 to 64 characters without control characters", at: mapping["name"]?.mark)
        }
        guard let digest = Self.digest(fromHex: try required("sha256", in: mapping, of: node)) else {
            throw problem("`sha256` is 64 hexadecimal digits", at: mapping["sha256"]?.mark)
        }
        var record = APIKeyRecord(
            id: id, name: name, digest: digest, scopes: try scopes(in: mapping, of: node),
            limitName: try optional("limit", in: mapping), allowList: try allowList(in: mapping),
            createdAt: try date("createdAt", in: mapping), expiresAt: try date("expiresAt", in: mapping),
            revokedAt: try date("revokedAt", in: mapping))
        record.client = try client(in: mapping)
        return record
    }

    /// Whether `client` may stand in a key file as a client's name: 1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`.
    package static func isValid(client: String) -> Bool {
        (1...64).contains(client.utf8.count) && client.utf8.allSatisfy { isTargetByte($0) || $0 == UInt8(ascii: ".") }
    }

    /// Whether `name` may stand in a key file: 1 to 64 characters, no control characters.
    package static func isValid(name: String) -> Bool {
        (1...64).contains(name.count) && name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }

    /// Whether `target` may be a target's name: 1 to 64 of A-Z, a-z, 0-9, `_` and `-`.
    package static func isValid(target: String) -> Bool {
        (1...64).contains(target.utf8.count) && target.utf8.allSatisfy(isTargetByte)
    }

    private static let members = allowListMembers.union([
        "id", "name", "sha256", "scopes", "createdAt", "expiresAt", "limit", "revokedAt", "client",
    ])

    private static func isTargetByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: isLowercaseAlphanumeric(byte)
        }
    }

    private static func isLowercaseAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    private static func digest(fromHex text: String) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == 64, text.utf8.count == 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    private func scopes(in mapping: Node.Mapping, of node: Node) throws(Problem) -> Set<Scope> {
        guard let list = mapping["scopes"]?.sequence, !list.isEmpty else {
            throw problem("`scopes` is a list of at least one scope", at: mapping["scopes"]?.mark ?? node.mark)
        }
        var scopes: Set<Scope> = []
        for item in list {
            guard let scope = item.string.flatMap(Scope.init(rawValue:)) else {
                let known = Scope.allCases.map(\.rawValue).joined(separator: ", ")
                throw problem("unknown scope `\(item.string ?? "?")`; known are \(known)", at: item.mark)
            }
            scopes.insert(scope)
        }
        return scopes
    }

    private func client(in mapping: Node.Mapping) throws(Problem) -> String? {
        guard let client = try optional("client", in: mapping) else { return nil }
        guard Self.isValid(client: client) else {
            throw problem("`client` is 1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`", at: mapping["client"]?.mark)
        }
        return client
    }

    private func required(_ name: String, in mapping: Node.Mapping, of node: Node) throws(Problem) -> String {
        guard let value = try optional(name, in: mapping) else { throw problem("`\(name)` is missing", at: node.mark) }
        return value
    }

    private func optional(_ name: String, in mapping: Node.Mapping) throws(Problem) -> String? {
        guard let value = mapping[name] else { return nil }
        guard let scalar = value.scalar?.string, !scalar.isEmpty else {
            throw problem("`\(name)` is a string", at: value.mark)
        }
        return scalar
    }

    private func date(_ name: String, in mapping: Node.Mapping) throws(Problem) -> Date? {
        guard let text = try optional(name, in: mapping) else { return nil }
        guard let date = Self.date(from: text) else {
            throw problem("`\(name)` is a time such as 2027-01-31T00:00:00Z", at: mapping[name]?.mark)
        }
        return date
    }

    /// Reads an RFC 3339 time, or a day as the midnight it begins with, in UTC.
    ///
    /// - Returns: `nil` for a text of another shape, and for a day or a time that there is not.
    package static func date(from text: String) -> Date? {
        // The format styles stop where a text fits no more, and carry 30 February over into March: both are held here.
        let shape =
            #/
            ([0-9]{4}-[0-9]{2}-[0-9]{2})
            (?: T (?:[01][0-9]|2[0-3]) :[0-5][0-9] :[0-5][0-9] (\.[0-9]+)? (Z|[+\-](?:[01][0-9]|2[0-3]):[0-5][0-9]) )?
            /#
        let dayStyle = Date.ISO8601FormatStyle().year().month().day()
        guard let match = text.wholeMatch(of: shape), let day = try? dayStyle.parse(String(match.1)),
            dayStyle.format(day) == match.1
        else { return nil }
        guard match.3 != nil else { return day }
        return try? Date.ISO8601FormatStyle(includingFractionalSeconds: match.2 != nil).parse(text)
    }
}
