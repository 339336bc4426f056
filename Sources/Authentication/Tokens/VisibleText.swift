/// Texts that come from outside and are shown to people, in logs and answers.
enum VisibleText {
    /// Whether a text has 1 to `limit` characters (Unicode scalars), each of which can be seen, and no space at its
    /// ends.
    static func isVisible(_ text: String, limit: Int = 256) -> Bool {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last, scalars.prefix(limit + 1).count <= limit else {
            return false
        }
        return !first.properties.isWhitespace && !last.properties.isWhitespace && scalars.allSatisfy(isVisible)
    }

    /// Formatting characters turn the direction of a line, or hide in it.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
