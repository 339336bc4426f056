import Foundation

/// A number of seconds since 1970-01-01T00:00:00Z, in any spelling that AWS's JSON has for it.
///
/// Integers, fractions and exponents are numbers; some services write a number or an RFC 3339 time as a string.
package struct EpochSeconds: Sendable, Hashable, Decodable {
    /// The seconds; fractions count.
    package let seconds: Double

    /// Creates a time.
    package init(_ seconds: Double) {
        self.seconds = seconds
    }

    /// Reads a time; years beyond 9999 are not one.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let seconds: Double
        if let number = try? container.decode(Double.self) {
            seconds = number
        } else {
            let text = try container.decode(String.self)
            guard let value = Double(text) ?? Self.seconds(fromRFC3339: text) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a timestamp")
            }
            seconds = value
        }
        guard seconds.isFinite, (-62_135_596_800...253_402_300_799).contains(seconds) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a timestamp beyond the calendar")
        }
        self.seconds = seconds
    }

    private static func seconds(fromRFC3339 text: String) -> Double? {
        let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
        return styles.lazy.compactMap { try? $0.parse(text).timeIntervalSince1970 }.first
    }
}

/// A whole number in any spelling that JSON has for it: `12`, `12.0`, `1.2e1`.
struct WholeNumber: Decodable {
    let value: Int

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let integer = try? container.decode(Int.self) {
            value = integer
            return
        }
        guard let integer = Int(exactly: try container.decode(Double.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a whole number")
        }
        value = integer
    }
}

/// A number as AWS's JSON has it: those that JSON cannot write (`"NaN"`, `"Infinity"`) come as strings, and say
/// nothing.
struct FloatingPointNumber: Decodable {
    let value: Double?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self), ["NaN", "Infinity", "-Infinity"].contains(text) {
            value = nil
        } else {
            value = try container.decode(Double.self)
        }
    }
}

/// The members of a tagged union: the tag that is set, where one is.
struct UnionTag: Decodable {
    let name: String?

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        // `__type` is a mark of the protocol, and a member that is null is not set.
        name =
            members.allKeys.filter { $0.stringValue != "__type" && (try? members.decodeNil(forKey: $0)) == false }
            .map(\.stringValue).sorted().first
    }
}
