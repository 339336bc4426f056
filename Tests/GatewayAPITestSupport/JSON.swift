import Foundation

/// A JSON value, so that whole documents can be compared.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// Parses a text.
    package init(text: String) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
    }

    /// Takes over a tree of a YAML parser's values.
    package init(tree value: Any) throws {
        switch value {
        case is NSNull: self = .null
        case let flag as Bool: self = .bool(flag)
        case let number as Int: self = .number(Double(number))
        case let number as Double: self = .number(number)
        case let text as String: self = .string(text)
        case let values as [Any]: self = .array(try values.map(JSON.init(tree:)))
        case let members as [String: Any]: self = .object(try members.mapValues(JSON.init(tree:)))
        default: throw Unsupported(description: "\(type(of: value)) is no JSON value: \(value)")
        }
    }

    /// A value that JSON has not.
    package struct Unsupported: Error, CustomStringConvertible {
        package let description: String
    }

    /// A member of an object.
    package subscript(name: String) -> JSON? { object?[name] }

    /// The string, if it is one.
    package var string: String? { if case .string(let text) = self { text } else { nil } }

    /// The number, if it is one.
    package var number: Double? { if case .number(let number) = self { number } else { nil } }

    /// The elements, if it is an array.
    package var array: [JSON]? { if case .array(let values) = self { values } else { nil } }

    /// The members, if it is an object.
    package var object: [String: JSON]? { if case .object(let members) = self { members } else { nil } }

    /// The names of an object's members; none for anything else.
    package var names: Set<String> { Set(object?.keys.map(\.self) ?? []) }
}

extension JSON: Decodable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let values = try? container.decode([JSON].self) {
            self = .array(values)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number(Double(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}
