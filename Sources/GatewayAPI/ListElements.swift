/// The elements of a header field's comma-separated list, the last one first, empty ones left out.
///
/// It is read from its end because proxies append to it: what stands further left may come from anyone, and must not
/// change how the rest is read. A quotation mark that is never closed there harms no element behind it.
struct ListElements: Sequence, IteratorProtocol {
    private var fields: ArraySlice<String>
    private var rest: Substring = ""
    private let mindsQuotes: Bool

    /// Reads the fields of one name as one list (RFC 9110, section 5.3).
    ///
    /// - Parameters:
    ///   - fields: The values, in the order they were sent.
    ///   - mindsQuotes: Whether a comma in a quoted string is part of it.
    init(_ fields: [String], mindsQuotes: Bool) {
        self.fields = fields[...]
        self.mindsQuotes = mindsQuotes
    }

    /// The next element to the left, without the white space around it.
    mutating func next() -> Substring? {
        while true {
            while rest.isEmpty {
                guard let field = fields.popLast() else { return nil }
                rest = field[...]
            }
            let element = Self.trimmed(takeLast())
            if !element.isEmpty { return element }
        }
    }

    /// Takes everything behind the last comma, and the comma.
    private mutating func takeLast() -> Substring {
        let bytes = rest.utf8
        var isQuoted = false
        var index = bytes.endIndex
        while index > bytes.startIndex {
            let end = index
            index = bytes.index(before: index)
            switch bytes[index] {
            case UInt8(ascii: "\"") where mindsQuotes:
                isQuoted = !isQuoted || Self.isEscaped(bytes[..<index])
            case UInt8(ascii: ",") where !isQuoted:
                defer { rest = rest[..<index] }
                return rest[end...]
            default: break
            }
        }
        defer { rest = "" }
        return rest
    }

    /// Whether what follows is the second half of a quoted pair: an odd number of backslashes stands before it.
    private static func isEscaped(_ bytes: Substring.UTF8View.SubSequence) -> Bool {
        !bytes.reversed().prefix { $0 == UInt8(ascii: "\\") }.count.isMultiple(of: 2)
    }

    /// A text without the spaces and tabs around it.
    static func trimmed(_ text: Substring) -> Substring {
        var bytes = text.utf8
        while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        return Substring(bytes)
    }
}
