import Foundation

/// A pattern for names: `*` stands for any run of characters, `?` for one; all else stands for itself.
///
/// A character is a Unicode scalar here. There is no way to escape the two signs: no name that this gateway knows has
/// them.
package struct Glob: Sendable, Hashable {
    /// The pattern as it was written.
    package let pattern: String
    private let bytes: [UInt8]
    private let foldedBytes: [UInt8]

    /// Reads a pattern.
    ///
    /// `nil` for one that fits no name as it stands there: an empty one, one of more than 255 characters, one with `/`
    /// or characters that are not to be seen, and one with a space at either end. A denial that could never hold would
    /// else look as if it did.
    package init?(_ pattern: String) {
        guard (1...255).contains(pattern.unicodeScalars.count), pattern.unicodeScalars.allSatisfy(Self.mayStand),
            !Self.hasSpaceAtAnEnd(pattern)
        else { return nil }
        self.pattern = pattern
        bytes = Array(pattern.utf8)
        foldedBytes = Array(Self.folded(pattern).utf8)
    }

    /// Whether the whole of `text` fits the pattern.
    ///
    /// The time is bounded by the product of the two lengths, whatever the pattern; nothing is allocated, unless case
    /// is ignored in a text that is not ASCII.
    ///
    /// - Parameters:
    ///   - text: A name.
    ///   - ignoringCase: Whether letters fit in either case, and characters in either of their encodings (Unicode's
    ///     canonical equivalence).
    /// - Returns: Whether it fits.
    package func matches(_ text: String, ignoringCase: Bool = false) -> Bool {
        guard ignoringCase else { return Self.fits(text.utf8.span, bytes.span, foldsCase: false) }
        if Self.fits(text.utf8.span, foldedBytes.span, foldsCase: true) { return true }
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else { return false }
        let folded = Self.folded(text)
        return Self.fits(folded.utf8.span, foldedBytes.span, foldsCase: false)
    }

    /// Whether a text begins or ends with white space.
    package static func hasSpaceAtAnEnd(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        return scalars.first?.properties.isWhitespace == true || scalars.last?.properties.isWhitespace == true
    }

    private static func mayStand(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: scalar != "/"
        }
    }

    /// The text without the difference of cases and encodings; upper case first, which also joins the letters that
    /// have two lower cases.
    private static func folded(_ text: String) -> String {
        text.uppercased().lowercased().precomposedStringWithCanonicalMapping
    }

    /// Holds a text against a pattern from left to right, and where it does not fit goes back to the last `*` alone:
    /// an earlier one could not do better.
    private static func fits(_ text: Span<UInt8>, _ pattern: Span<UInt8>, foldsCase: Bool) -> Bool {
        var (at, position) = (0, 0)
        var retry: (pattern: Int, text: Int)?
        while position < text.count {
            if at < pattern.count, pattern[at] == star {
                at += 1
                retry = (at, position)
            } else if at < pattern.count, pattern[at] == anyOne {
                at += 1
                position = end(ofScalarAt: position, in: text)
            } else if at < pattern.count, pattern[at] == (foldsCase ? folded(text[position]) : text[position]) {
                at += 1
                position += 1
            } else if let last = retry {
                at = last.pattern
                position = end(ofScalarAt: last.text, in: text)
                retry = (at, position)
            } else {
                return false
            }
        }
        while at < pattern.count, pattern[at] == star { at += 1 }
        return at == pattern.count
    }

    /// Where the next scalar begins: behind the continuation bytes (RFC 3629, section 3).
    private static func end(ofScalarAt position: Int, in text: Span<UInt8>) -> Int {
        var end = position + 1
        while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static let star = UInt8(ascii: "*")
    private static let anyOne = UInt8(ascii: "?")
}
