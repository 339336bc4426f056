/// The trace that a request belongs to, from W3C's `traceparent` header (Trace Context, section 3.2).
package struct TraceContext: Sendable, Hashable {
    /// The trace's identifier: 32 hexadecimal digits, not all zero.
    package let traceID: String

    /// Reads a header's value; `nil` when it is not valid, and then the header counts as not sent.
    package init?(traceparent: String) {
        let fields = traceparent.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count >= 4, Self.isHex(fields[0], 2), fields[0] != "ff", Self.isHex(fields[1], 32),
            Self.isHex(fields[2], 16), Self.isHex(fields[3], 2), fields[0] != "00" || fields.count == 4,
            fields[1].contains(where: { $0 != "0" }), fields[2].contains(where: { $0 != "0" })
        else { return nil }
        traceID = String(fields[1])
    }

    private static func isHex(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
            }
    }
}
