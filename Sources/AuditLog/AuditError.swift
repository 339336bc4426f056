/// Why the trail cannot be written or read.
package enum AuditError: Error, Sendable, Hashable {
    /// The file cannot be opened, or is no trail that can be gone on with.
    case unusable(String)
    /// A row cannot be written; the text is for the log.
    case unwritable(String)
    /// The file cannot be read; the text is for the log.
    case unreadable(String)
    /// More rows wait to be written than are kept waiting.
    case overloaded
    /// The disk, or another process that holds the file, has not answered for too long.
    case slow
    /// The trail is closed: the program is ending.
    case closed
}

extension AuditError: CustomStringConvertible {
    /// The reason, in a phrase.
    package var description: String {
        switch self {
        case .unusable(let cause), .unwritable(let cause), .unreadable(let cause): cause
        case .overloaded: "too many rows wait to be written"
        case .slow: "the disk does not answer, or another process holds the file"
        case .closed: "the trail is closed"
        }
    }
}
