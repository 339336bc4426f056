/// A pattern for names: `*` stands for any run of characters, `?` for one; all else stands for itself.
package struct Glob: Sendable, Hashable {
    /// The pattern as it was written.
    package let pattern: String
    private let scalars: [Unicode.Scalar]

    /// Reads a pattern; `nil` for an empty one, one of more than 255 characters, and one with control characters.
    package init?(_ pattern: String) {
        let scalars = Array(pattern.unicodeScalars)
        guard (1...255).contains(scalars.count), scalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return nil }
        self.pattern = pattern
        self.scalars = scalars
    }

    /// Whether the whole of `text` fits the pattern, scalar by scalar; the time is bounded by the product of the lengths.
    package func matches(_ text: String, ignoringCase: Bool = false) -> Bool {
        let pattern = ignoringCase ? Array(self.pattern.lowercased().unicodeScalars) : scalars
        let text = Array((ignoringCase ? text.lowercased() : text).unicodeScalars)
        var (at, position) = (0, 0)
        // Where to go on when what follows the last `*` does not fit: the star takes one scalar more.
        var retry: (pattern: Int, text: Int)?
        while position < text.count {
            if at < pattern.count, pattern[at] == "*" {
                at += 1
                retry = (at, position)
            } else if at < pattern.count, pattern[at] == "?" || pattern[at] == text[position] {
                (at, position) = (at + 1, position + 1)
            } else if let star = retry {
                retry = (star.pattern, star.text + 1)
                (at, position) = (star.pattern, star.text + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == "*" }
    }
}
