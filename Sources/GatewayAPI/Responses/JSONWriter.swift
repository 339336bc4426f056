import Foundation
import GatewayCore

/// Writes a JSON object member by member.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Writes one whole object.
    static func object(capacity: Int = 1_024, _ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(capacity)
        writer.object(write)
        return writer.bytes
    }

    mutating func member(_ name: StaticString, _ value: String?) {
        key(name)
        if let value { JSONText.append(value, to: &bytes) } else { null() }
    }

    mutating func member(_ name: StaticString, _ value: Int?) {
        key(name)
        if let value { bytes.append(contentsOf: String(value).utf8) } else { null() }
    }

    mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// A number; one that JSON cannot write becomes null.
    mutating func member(_ name: StaticString, _ value: Double?) {
        key(name)
        guard let value, value.isFinite else { return null() }
        let text = Int(exactly: value).map(String.init) ?? String(value)
        bytes.append(contentsOf: text.utf8)
    }

    /// A time as RFC 3339 in UTC, to the millisecond.
    mutating func member(_ name: StaticString, time seconds: Double?) {
        key(name)
        guard let seconds else { return null() }
        // Half a millisecond more, because the style cuts what is beyond the third digit.
        let date = Date(timeIntervalSince1970: ((seconds * 1_000).rounded() + 0.5) / 1_000)
        JSONText.append(date.formatted(Self.timeStyle), to: &bytes)
    }

    mutating func member(_ name: StaticString, _ values: [String]?) {
        key(name)
        guard let values else { return null() }
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONText.append(value, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// A nested object, or null.
    mutating func member<Value>(_ name: StaticString, _ value: Value?, _ write: (inout JSONWriter, Value) -> Void) {
        key(name)
        guard let value else { return null() }
        object { writer in write(&writer, value) }
    }

    /// A list of objects.
    mutating func member<Value>(_ name: StaticString, _ values: [Value], _ write: (inout JSONWriter, Value) -> Void) {
        key(name)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            object { writer in write(&writer, value) }
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func object(_ write: (inout JSONWriter) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
        write(&self)
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    private mutating func key(_ name: StaticString) {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: name.description.utf8)
        bytes.append(contentsOf: "\":".utf8)
    }

    private mutating func null() {
        bytes.append(contentsOf: "null".utf8)
    }

    private static let timeStyle = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
