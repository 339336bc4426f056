/// Takes a command apart into words as a POSIX shell's quoting has it, and does nothing else that a shell does.
///
/// The rules are those of Python's `shlex.split`, by which the AWS CLI and botocore read `credential_process`: no
/// variables, no globs, no comments, no operators; in double quotes a backslash stands before `"` and `\` only.
/// https://docs.python.org/3/library/shlex.html#parsing-rules
package enum ShellWords {
    /// What is wrong with a command, as the end of a sentence that names it.
    package enum Problem: Error, Hashable, CustomStringConvertible {
        /// A quote is not closed.
        case openQuote
        /// The last character is a backslash.
        case openEscape

        /// A sentence's end for the operator; it quotes nothing.
        package var description: String {
            switch self {
            case .openQuote: "has a quote that is not closed"
            case .openEscape: "ends with a backslash that escapes nothing"
            }
        }
    }

    private enum Quoting {
        case none
        case single
        case double
    }

    /// The words of a command; none for white space alone.
    package static func split(_ command: String) throws(Problem) -> [String] {
        var words: [String] = []
        // `nil` between two words: one that is empty, such as `''`, is a word too.
        var word: String.UnicodeScalarView?
        var quoting = Quoting.none
        var scalars = command.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            switch (quoting, scalar) {
            case (.none, " "), (.none, "\t"), (.none, "\r"), (.none, "\n"):
                if let ended = word { words.append(String(ended)) }
                word = nil
                continue
            case (.none, "'"): quoting = .single
            case (.none, "\""): quoting = .double
            case (.single, "'"), (.double, "\""): quoting = .none
            case (.none, "\\"), (.double, "\\"):
                guard let escaped = scalars.next() else { throw .openEscape }
                let isKept = quoting == .double && escaped != "\"" && escaped != "\\"
                word = (word ?? .init()) + (isKept ? ["\\", escaped] : [escaped])
            default:
                word = (word ?? .init()) + [scalar]
            }
            word = word ?? .init()
        }
        guard quoting == .none else { throw .openQuote }
        if let word { words.append(String(word)) }
        return words
    }
}
