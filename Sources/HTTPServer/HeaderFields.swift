import NIOHTTP1

/// Header fields in the order they were sent, found by name without regard to case.
///
/// A name may occur several times; values are kept as sent, never joined or split.
package struct HeaderFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private var fields: HTTPHeaders

    /// No fields at all.
    package init() {
        fields = HTTPHeaders()
    }

    /// The given fields, in their order.
    package init(_ pairs: [(name: String, value: String)]) {
        fields = HTTPHeaders(pairs.map { ($0.name, $0.value) })
    }

    /// The fields of a literal, in its order; a name may be repeated.
    package init(dictionaryLiteral elements: (String, String)...) {
        fields = HTTPHeaders(elements)
    }

    /// The fields a decoder produced, without a copy.
    init(_ headers: HTTPHeaders) {
        fields = headers
    }

    /// Every value sent under `name`, in order; empty if there is none.
    package subscript(name: String) -> [String] {
        fields[name]
    }

    /// The first value sent under `name`.
    package func first(_ name: String) -> String? {
        fields.first(name: name)
    }

    /// Whether `name` was sent at all.
    package func contains(_ name: String) -> Bool {
        fields.contains(name: name)
    }

    /// The members of the comma-separated lists sent under `name`, without the white space around them.
    package func list(_ name: String) -> [Substring] {
        fields[canonicalForm: name]
    }

    /// Adds a field behind all others and leaves equal names alone.
    package mutating func add(_ name: String, _ value: String) {
        fields.add(name: name, value: value)
    }

    /// Removes every field of this name and adds one with `value`.
    package mutating func replaceOrAdd(_ name: String, _ value: String) {
        fields.replaceOrAdd(name: name, value: value)
    }

    /// Removes every field of this name.
    package mutating func remove(_ name: String) {
        fields.remove(name: name)
    }
}

extension HeaderFields: Sequence {
    /// The number of fields, repeated names included.
    package var count: Int { fields.count }

    /// Walks over the fields in the order they were sent.
    package struct Iterator: IteratorProtocol {
        private var base: HTTPHeaders.Iterator

        fileprivate init(_ base: HTTPHeaders.Iterator) {
            self.base = base
        }

        /// The next field, or `nil` after the last.
        package mutating func next() -> (name: String, value: String)? {
            base.next()
        }
    }

    /// An iterator at the first field.
    package func makeIterator() -> Iterator {
        Iterator(fields.makeIterator())
    }
}
