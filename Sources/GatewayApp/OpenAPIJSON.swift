import Foundation
import GatewayCore
import Yams

/// openapi.yaml as JSON.
package enum OpenAPIJSON {
    /// Converts a YAML document; mapping keys keep their order and become strings.
    ///
    /// - Throws: When the text is not YAML.
    package static func bytes(fromYAML yaml: [UInt8]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        guard let root = try Yams.compose(yaml: String(decoding: yaml, as: UTF8.self)) else { return Array("{}".utf8) }
        append(root, to: &bytes)
        return bytes
    }

    private static func append(_ node: Node, to bytes: inout [UInt8]) {
        if let mapping = node.mapping {
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in mapping.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                JSONText.append(member.key.scalar?.string ?? "", to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                append(member.value, to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        } else if let sequence = node.sequence {
            bytes.append(UInt8(ascii: "["))
            for (index, element) in sequence.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(element, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        } else {
            append(scalar: node, to: &bytes)
        }
    }

    /// Writes a scalar by the type that YAML gives it: a quoted `"true"` stays a string.
    private static func append(scalar node: Node, to bytes: inout [UInt8]) {
        switch node.any {
        case let value as Bool: bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case let value as Int: bytes.append(contentsOf: String(value).utf8)
        case let value as Double where value.isFinite: bytes.append(contentsOf: String(value).utf8)
        case is NSNull: bytes.append(contentsOf: "null".utf8)
        default: JSONText.append(node.scalar?.string ?? "", to: &bytes)
        }
    }
}
