import HTTPServer

/// What a client prefers, from its `Prefer` fields (RFC 7240): how long it would wait for a job's end.
struct Preference: Sendable, Hashable {
    /// The longest wait that is granted.
    static let longestWait: Int64 = 55

    /// How long to hold the answer; `nil` for not at all.
    let wait: Duration?
    /// The value of `Preference-Applied`; `nil` when nothing was preferred that this gateway knows.
    let applied: String?

    /// Reads the fields; what is not known or not valid counts as not sent, as the RFC has it.
    init(_ headers: HeaderFields) {
        var wait: Int64?
        var respondsAsync = false
        for member in Self.members(of: headers["Prefer"]) {
            // A preference's own parameters follow a semicolon; none is known here.
            let preference = member.prefix { $0 != ";" }
            let parts = preference.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch (Self.trimmed(parts[0]).lowercased(), parts.count) {
            case ("respond-async", _): respondsAsync = true
            case ("wait", 2):
                let digits = Self.unquoted(Self.trimmed(parts[1]))
                // The first one counts where a preference is repeated.
                guard wait == nil, !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) })
                else { continue }
                // A number that no integer holds is longer than the longest wait, too.
                wait = min(Int64(digits) ?? Self.longestWait, Self.longestWait)
            default: continue
            }
        }
        self.wait = wait.map { .seconds($0) }
        let names = (respondsAsync ? ["respond-async"] : []) + (wait.map { ["wait=\($0)"] } ?? [])
        applied = names.isEmpty ? nil : names.joined(separator: ", ")
    }

    /// The members of the fields' lists, split at the commas that stand outside quotes (RFC 9110, section 5.6).
    private static func members(of fields: [String]) -> [Substring] {
        fields.flatMap { field in
            var members: [Substring] = []
            var start = field.startIndex
            var isQuoted = false
            var isEscaped = false
            for index in field.utf8.indices {
                switch field.utf8[index] {
                case _ where isEscaped: isEscaped = false
                case UInt8(ascii: "\\") where isQuoted: isEscaped = true
                case UInt8(ascii: "\""): isQuoted.toggle()
                case UInt8(ascii: ",") where !isQuoted:
                    members.append(field[start..<index])
                    start = field.utf8.index(after: index)
                default: continue
                }
            }
            return members + [field[start...]]
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    private static func unquoted(_ text: Substring) -> Substring {
        text.count >= 2 && text.first == "\"" && text.last == "\"" ? text.dropFirst().dropLast() : text
    }
}
