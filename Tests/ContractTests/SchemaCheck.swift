import Foundation
import GatewayAPITestSupport

/// Holds values against the schemas of openapi.yaml: the part of JSON Schema 2020-12 that is used there.
///
/// It is stricter than the schemas are for a client: a member that an object's schema does not list is a fault, for
/// the gateway must not send what is not described.
struct SchemaCheck {
    let description: APIDescription

    /// What is wrong with a value, each with its place; nothing when it is as the schema says.
    func faults(of value: JSON, against schema: JSON, at place: String = "$") throws -> [String] {
        var schema = schema
        if schema["$ref"] != nil { schema = try description.resolved(schema) }
        var faults: [String] = []
        for (keyword, rule) in schema.object ?? [:] {
            faults += try check(keyword, rule, value, place, schema)
        }
        return faults
    }

    private func check(
        _ keyword: String, _ rule: JSON, _ value: JSON, _ place: String, _ schema: JSON
    ) throws -> [String] {
        switch keyword {
        case "description", "examples", "example", "default", "title":
            return []
        case "type":
            let types = rule.string.map { [$0] } ?? (rule.array ?? []).compactMap(\.string)
            return types.contains { Self.has(value, type: $0) } ? [] : ["\(place) is not \(types)"]
        case "const":
            return value == rule ? [] : ["\(place) is not \(rule)"]
        case "enum":
            return rule.array?.contains(value) == true ? [] : ["\(place) is none of the enum: \(value)"]
        case "required":
            let missing = (rule.array ?? []).compactMap(\.string).filter { value[$0] == nil }
            return value.object == nil ? [] : missing.map { "\(place) has no \($0)" }
        case "properties":
            return try (value.object ?? [:]).flatMap { name, member in
                guard let rule = rule[name] else { return ["\(place).\(name) is not described"] }
                return try faults(of: member, against: rule, at: "\(place).\(name)")
            }
        case "items":
            return try (value.array ?? []).enumerated().flatMap { index, element in
                try faults(of: element, against: rule, at: "\(place)[\(index)]")
            }
        case "oneOf":
            let results = try (rule.array ?? []).map { try faults(of: value, against: $0, at: place) }
            return results.filter(\.isEmpty).count == 1 ? [] : ["\(place) is not exactly one of: \(results)"]
        case "minimum":
            guard let number = value.number, let least = rule.number, number < least else { return [] }
            return ["\(place) is less than \(least)"]
        case "minLength", "maxLength":
            guard let count = value.string?.unicodeScalars.count, let bound = rule.number else { return [] }
            let isGood = keyword == "minLength" ? Double(count) >= bound : Double(count) <= bound
            return isGood ? [] : ["\(place) has \(count) characters"]
        case "pattern":
            guard let text = value.string, let pattern = rule.string else { return [] }
            let isMatch = try Regex(pattern).matchingSemantics(.unicodeScalar).firstMatch(in: text) != nil
            return isMatch ? [] : ["\(place) does not match \(pattern): \(text)"]
        case "format":
            return Self.isGood(value, format: rule.string ?? "") ? [] : ["\(place) is no \(rule): \(value)"]
        default:
            return ["the keyword \(keyword) at \(place) is not known to this check"]
        }
    }

    private static func has(_ value: JSON, type: String) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string), ("array", .array),
            ("object", .object):
            true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }

    private static func isGood(_ value: JSON, format: String) -> Bool {
        guard let text = value.string else { return true }
        switch format {
        case "date-time":
            return text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil
        case "uri-reference":
            return text.wholeMatch(of: /(?:[A-Za-z0-9\-._~:\/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*/) != nil
        default: return false
        }
    }
}
