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
        for member in headers.list("Prefer") {
            // A preference's own parameters follow a semicolon; none is known here.
            let preference = member.prefix { $0 != ";" }
            let parts = preference.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            switch (Self.trimmed(parts[0]).lowercased(), parts.count) {
            case ("respond-async", _): respondsAsync = true
            case ("wait", 2):
                let digits = Self.unquoted(Self.trimmed(parts[1]))
                // The first one counts where a preference is repeated.
                guard wait == nil, (1...9).contains(digits.utf8.count),
                    digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int64(digits)
                else { continue }
                wait = min(seconds, Self.longestWait)
            default: continue
            }
        }
        self.wait = wait.map { .seconds($0) }
        let names = (respondsAsync ? ["respond-async"] : []) + (wait.map { ["wait=\($0)"] } ?? [])
        applied = names.isEmpty ? nil : names.joined(separator: ", ")
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
