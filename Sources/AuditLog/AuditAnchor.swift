/// What was noted outside a trail of one of its rows, for example from the log's line: a number and a hash.
package struct AuditAnchor: Sendable, Hashable {
    /// The row's number.
    package let seq: Int64
    /// The row's hash in hexadecimal digits, in lower case.
    package let hash: String

    /// Reads `SEQ:HASH`; `nil` for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let seq = Int64(parts[0]), seq > 0, parts[1].utf8.count == 64,
            parts[1].utf8.allSatisfy({ Self.isDigit($0) })
        else { return nil }
        self.seq = seq
        hash = parts[1].lowercased()
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
