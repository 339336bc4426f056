/// Reads the one element of a document, byte by byte: XML 1.0 (https://www.w3.org/TR/xml/), sections 2 to 4, as far
/// as ``XMLTree`` takes it.
struct XMLElementReader {
    private let bytes: [UInt8]
    private var position = 0
    /// The elements that are open, the outermost first; nesting is bounded here and not by the machine's stack.
    private var open: [(qualifiedName: ArraySlice<UInt8>, element: XMLTree.Element, text: [UInt8])] = []

    /// Reads a document that is known to be UTF-8.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads the whole document.
    mutating func document() throws(XMLTree.Problem) -> XMLTree.Element {
        _ = skip([0xEF, 0xBB, 0xBF])
        if startsDeclaration { try declaration() }
        var root: XMLTree.Element?
        while position < bytes.count {
            if open.isEmpty, let finished = try outerItem(hasRoot: root != nil) { root = finished }
            if let finished = try innerItem() { root = finished }
        }
        guard let root, open.isEmpty else { throw problem("the document ends too early") }
        return root
    }

    /// Reads what stands outside the root: white space, comments, the root's start.
    private mutating func outerItem(hasRoot: Bool) throws(XMLTree.Problem) -> XMLTree.Element? {
        skipSpace()
        guard position < bytes.count else { return nil }
        if skip("<!--") {
            try comment()
            return nil
        }
        guard bytes[position] == UInt8(ascii: "<") else { throw problem("text outside of the root element") }
        guard !hasRoot else { throw problem("something follows the root element") }
        return try markup()
    }

    /// Reads one item within an element; gives the root when it has ended.
    private mutating func innerItem() throws(XMLTree.Problem) -> XMLTree.Element? {
        guard !open.isEmpty, position < bytes.count else { return nil }
        switch bytes[position] {
        case UInt8(ascii: "<"): return try markup()
        case UInt8(ascii: "&"): open[open.count - 1].text += try reference()
        default: try text()
        }
        return nil
    }

    private mutating func markup() throws(XMLTree.Problem) -> XMLTree.Element? {
        if skip("</") { return try endTag() }
        if skip("<!--") {
            try comment()
        } else if skip("<![CDATA[") {
            guard !open.isEmpty else { throw problem("text outside of the root element") }
            try characterData()
        } else if next("<!") {
            throw problem("a document type or another declaration, which is not taken")
        } else if next("<?") {
            throw problem("a processing instruction, which is not taken")
        } else {
            return try startTag()
        }
        return nil
    }

    // MARK: Tags

    private mutating func startTag() throws(XMLTree.Problem) -> XMLTree.Element? {
        position += 1
        let name = try name()
        guard open.count < XMLTree.maxDepth else { throw problem("over \(XMLTree.maxDepth) elements are nested") }
        var attributes: Set<ArraySlice<UInt8>> = []
        while true {
            let hasSpace = skipSpace()
            if skip(">") {
                open.append((name, XMLTree.Element(name: localName(name)), []))
                return nil
            }
            if skip("/>") { return close(XMLTree.Element(name: localName(name))) }
            guard hasSpace else { throw problem("a tag is not written rightly") }
            guard attributes.insert(try attribute()).inserted else { throw problem("an attribute stands twice") }
        }
    }

    private mutating func attribute() throws(XMLTree.Problem) -> ArraySlice<UInt8> {
        let name = try name()
        skipSpace()
        guard skip("=") else { throw problem("an attribute has no value") }
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'")
        else { throw problem("an attribute's value has no quotation marks") }
        let quote = bytes[position]
        position += 1
        while position < bytes.count, bytes[position] != quote {
            switch bytes[position] {
            case UInt8(ascii: "<"): throw problem("a `<` in an attribute's value")
            case UInt8(ascii: "&"): _ = try reference()
            default: try character()
            }
        }
        guard position < bytes.count else { throw problem("the document ends too early") }
        position += 1
        return name
    }

    private mutating func endTag() throws(XMLTree.Problem) -> XMLTree.Element? {
        let name = try name()
        skipSpace()
        guard skip(">") else { throw problem("a tag is not written rightly") }
        guard var last = open.popLast(), last.qualifiedName == name else {
            throw problem("an end tag without its start tag")
        }
        last.element.text = String(decoding: last.text, as: UTF8.self)
        return close(last.element)
    }

    /// Puts a finished element into the one around it; gives it back where there is none.
    private mutating func close(_ element: XMLTree.Element) -> XMLTree.Element? {
        guard !open.isEmpty else { return element }
        open[open.count - 1].element.children.append(element)
        return nil
    }

    private mutating func name() throws(XMLTree.Problem) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, Self.isNameByte(bytes[position], first: position == start) { position += 1 }
        let name = bytes[start..<position]
        let parts = name.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ $0.first.map { Self.isNameByte($0, first: true) } ?? false })
        else { throw problem("a name is expected") }
        return name
    }

    private func localName(_ name: ArraySlice<UInt8>) -> String {
        let local = name.lastIndex(of: UInt8(ascii: ":")).map { name[(name.index(after: $0))...] } ?? name
        return String(decoding: local, as: UTF8.self)
    }

    /// Beyond ASCII every byte is taken for a letter's: AWS's names are ASCII, and no name is ever printed.
    private static func isNameByte(_ byte: UInt8, first: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...:
            true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"): !first
        default: false
        }
    }
}

// MARK: - Text

extension XMLElementReader {
    private mutating func text() throws(XMLTree.Problem) {
        guard !next("]]>") else { throw problem("`]]>` in text") }
        open[open.count - 1].text.append(try character())
    }

    private mutating func characterData() throws(XMLTree.Problem) {
        while !skip("]]>") { open[open.count - 1].text.append(try character()) }
    }

    private mutating func comment() throws(XMLTree.Problem) {
        while !skip("-->") {
            guard !next("--") else { throw problem("`--` in a comment") }
            try character()
        }
    }

    /// Reads one byte of text, or the end of a line, which is a line feed however it is written.
    @discardableResult
    private mutating func character() throws(XMLTree.Problem) -> UInt8 {
        guard position < bytes.count else { throw problem("the document ends too early") }
        if skip("\r") {
            _ = skip("\n")
            return 0x0A
        }
        let byte = bytes[position]
        guard byte >= 0x20 || byte == 0x09 || byte == 0x0A, !next([0xEF, 0xBF, 0xBE]), !next([0xEF, 0xBF, 0xBF])
        else { throw problem("a control character") }
        position += 1
        return byte
    }

    private static let entities: [(name: String, value: UInt8)] = [
        ("&lt;", UInt8(ascii: "<")), ("&gt;", UInt8(ascii: ">")), ("&amp;", UInt8(ascii: "&")),
        ("&quot;", UInt8(ascii: "\"")), ("&apos;", UInt8(ascii: "'")),
    ]

    /// Reads a reference to one of the five named entities or to a character by number; there are no others.
    private mutating func reference() throws(XMLTree.Problem) -> [UInt8] {
        for entity in Self.entities where skip(entity.name) { return [entity.value] }
        let radix: Int
        if skip("&#x") {
            radix = 16
        } else if skip("&#") {
            radix = 10
        } else {
            throw problem("a reference to an entity that is not known")
        }
        let digits = bytes[position...].prefix { $0 != UInt8(ascii: ";") }.prefix(9)
        let text = String(decoding: digits, as: UTF8.self)
        guard let first = text.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
            let number = UInt32(text, radix: radix), let scalar = Unicode.Scalar(number), Self.isCharacter(number)
        else { throw problem("a reference to no character") }
        position += digits.count
        guard skip(";") else { throw problem("a reference to no character") }
        return Array(String(Character(scalar)).utf8)
    }

    private static func isCharacter(_ number: UInt32) -> Bool {
        number == 0x09 || number == 0x0A || number == 0x0D || (number >= 0x20 && number != 0xFFFE && number != 0xFFFF)
    }

    // MARK: Declaration

    private var startsDeclaration: Bool {
        next("<?xml") && position + 5 < bytes.count && Self.isSpace(bytes[position + 5])
    }

    /// Reads `<?xml version="1.0" encoding="UTF-8"?>`; another version or encoding is refused.
    private mutating func declaration() throws(XMLTree.Problem) {
        _ = skip("<?xml")
        let parts = [
            (name: "version", values: ["1.0"]), (name: "encoding", values: ["utf-8", "us-ascii"]),
            (name: "standalone", values: ["yes", "no"]),
        ]
        for (name, values) in parts {
            let start = position
            guard skipSpace(), skip(name) else {
                position = start
                guard name != "version" else { throw problem("the declaration names no version") }
                continue
            }
            skipSpace()
            guard skip("=") else { throw problem("the declaration is not written rightly") }
            skipSpace()
            let rest = String(decoding: bytes[position...].prefix(10), as: UTF8.self).lowercased()
            guard let value = values.first(where: { rest.hasPrefix("\"\($0)\"") || rest.hasPrefix("'\($0)'") }) else {
                throw problem("the declaration's \(name) is not taken")
            }
            position += value.utf8.count + 2
        }
        skipSpace()
        guard skip("?>") else { throw problem("the declaration is not written rightly") }
    }

    // MARK: Bytes

    private func next(_ expected: some Collection<UInt8>) -> Bool { bytes[position...].starts(with: expected) }

    private func next(_ expected: String) -> Bool { next(expected.utf8) }

    private mutating func skip(_ expected: some Collection<UInt8>) -> Bool {
        guard next(expected) else { return false }
        position += expected.count
        return true
    }

    private mutating func skip(_ expected: String) -> Bool { skip(expected.utf8) }

    @discardableResult
    private mutating func skipSpace() -> Bool {
        let start = position
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
        return position > start
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    private func problem(_ fault: String) -> XMLTree.Problem { XMLTree.Problem(fault: fault, offset: position) }
}
