/// A JSON value (RFC 8259).
package enum JSONValue: Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number; one beyond what a double holds is infinite.
    case number(Double)
    /// A text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// An object.
    case object(JSONObject)

    /// The text, where it is one.
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, where it is one.
    package var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The elements, where it is a list.
    package var array: [JSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// The object, where it is one.
    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The texts of a list of texts; `nil` for anything else, one foreign element included.
    package var strings: [String]? {
        guard let values = array else { return nil }
        let texts = values.compactMap(\.string)
        return texts.count == values.count ? texts : nil
    }
}

/// A JSON object, of which no two members have one name.
package struct JSONObject: Sendable {
    private let members: [(name: String, value: JSONValue)]

    /// Creates an object of members with different names.
    package init(_ members: [(name: String, value: JSONValue)]) {
        self.members = members
    }

    /// The member of this name, byte for byte; `nil` where there is none.
    package subscript(name: String) -> JSONValue? {
        members.first { $0.name.isSame(as: name) }?.value
    }

    /// Whether there is a member of this name.
    package func has(_ name: String) -> Bool { self[name] != nil }
}

extension String {
    /// Whether the texts have the same bytes: Swift's own `==` takes texts for equal that Unicode calls equivalent.
    func isSame(as other: String) -> Bool {
        utf8.elementsEqual(other.utf8)
    }
}
