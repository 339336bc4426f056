/// The header fields that a signature covers, in SigV4's canonical form.
struct CanonicalHeaders {
    private var fields: [(name: String, value: String)] = []

    init(minimumCapacity: Int) {
        fields.reserveCapacity(minimumCapacity)
    }

    /// Adds a field whose name is in lower case; fields of one name keep the order in which they were added.
    mutating func add(_ lowercasedName: String, _ value: String) {
        fields.append((lowercasedName, value))
    }

    /// Appends a line `name:value` for each name, in the order of names, and returns the names, joined by `;`.
    ///
    /// The values of one name are joined by `,`. White space around a value is dropped, and a run within it is one
    /// space: AWS's `Trimall()`.
    func append(to text: inout [UInt8]) -> String {
        var names: [UInt8] = []
        names.reserveCapacity(128)
        var last: String?
        // The sort is stable, as the order of a repeated field's values requires.
        for field in fields.sorted(by: { $0.name < $1.name }) {
            if field.name == last {
                text[text.endIndex - 1] = UInt8(ascii: ",")
            } else {
                if last != nil { names.append(UInt8(ascii: ";")) }
                names.append(contentsOf: field.name.utf8)
                last = field.name
                text.append(contentsOf: field.name.utf8)
                text.append(UInt8(ascii: ":"))
            }
            Self.appendTrimmed(field.value, to: &text)
            text.append(UInt8(ascii: "\n"))
        }
        return String(decoding: names, as: UTF8.self)
    }

    private static func appendTrimmed(_ value: String, to text: inout [UInt8]) {
        let start = text.endIndex
        text.append(contentsOf: value.utf8)
        // White space lies at or below 0x20: most values have none and are done. The loop has no exit, so that the
        // compiler can look at many bytes at a time; a session token has a thousand.
        var lowest = UInt8.max
        for index in start..<text.endIndex { lowest = min(lowest, text[index]) }
        guard lowest <= UInt8(ascii: " ") else { return }

        var end = start
        var owesSpace = false
        for index in start..<text.endIndex {
            let byte = text[index]
            if isWhiteSpace(byte) {
                owesSpace = end > start
                continue
            }
            if owesSpace {
                text[end] = UInt8(ascii: " ")
                end += 1
                owesSpace = false
            }
            text[end] = byte
            end += 1
        }
        text.removeSubrange(end...)
    }

    // Space, tab, line feed, vertical tab, form feed, carriage return: line breaks come with folded values.
    private static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0d).contains(byte)
    }
}
