/// A small XML document, as AWS's query protocol answers with.
///
/// Our own, since FoundationXML links libxml2 and 60 MB of ICU into the static binary. It takes what such answers
/// are made of (XML 1.0 without a document type: elements, text, references, CDATA, comments, the declaration) and
/// refuses the rest. Attributes are checked and dropped, and with them the namespaces: elements go by local name.
package struct XMLTree: Sendable, Hashable {
    /// An element: its name, its text and the elements within it.
    package struct Element: Sendable, Hashable {
        /// The name, without a namespace's prefix.
        package let name: String
        /// The character data directly within the element, in one piece.
        package internal(set) var text = ""
        /// The elements directly within the element, in order.
        package internal(set) var children: [Element] = []

        /// The first element of a name directly within this one.
        package func child(_ name: String) -> Element? {
            children.first { $0.name == name }
        }
    }

    /// Why a document is refused: the fault and where, never the text, which may hold a key.
    package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong.
        package let fault: String
        /// How many bytes stand before the fault.
        package let offset: Int

        /// A sentence for the log.
        package var description: String { "XML, byte \(offset): \(fault)" }
    }

    /// The largest document that is read, in bytes.
    package static let maxBytes = 256 << 10
    /// How deep elements may be nested.
    package static let maxDepth = 32

    /// The outermost element.
    package let root: Element

    /// Reads a whole document, written in UTF-8.
    ///
    /// - Throws: ``Problem`` for what is no well-formed document of the kind described above, or is beyond the bounds.
    package init(_ bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= Self.maxBytes else {
            throw Problem(fault: "the document has over \(Self.maxBytes) bytes", offset: Self.maxBytes)
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw Problem(fault: "the document is not in UTF-8", offset: 0)
        }
        var reader = XMLElementReader(bytes)
        self.root = try reader.document()
    }
}
