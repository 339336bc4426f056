package import Foundation

/// Reads the timestamps that AWS's answers and files carry: RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339).
package enum InternetTimestamp {
    /// The moment that a text names, such as `2026-11-21T09:00:00Z`, `…00.25Z`, `…00+01:00` or, as the AWS CLI once
    /// wrote, `…00UTC`; `nil` for anything else, and for a time without its zone.
    package static func date(_ text: String) -> Date? {
        var fields = text.utf8[...]
        guard let year = number(&fields, digits: 4), take("-", &fields), let month = number(&fields, digits: 2),
            take("-", &fields), let day = number(&fields, digits: 2), take("T", &fields) || take("t", &fields),
            let hour = number(&fields, digits: 2), take(":", &fields), let minute = number(&fields, digits: 2),
            take(":", &fields), let second = number(&fields, digits: 2), let fraction = fraction(&fields),
            let offset = offset(&fields), fields.isEmpty,
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let components = DateComponents(calendar: calendar, year: year, month: month, day: day)
        // The calendar would count a 31st of February on into March.
        guard components.isValidDate, let midnight = calendar.date(from: components) else { return nil }
        let seconds = TimeInterval(hour * 3600 + minute * 60 + second - offset)
        return midnight.addingTimeInterval(seconds + fraction)
    }

    /// A moment as `2026-11-21T09:00:00Z`, in whole seconds.
    package static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle())
    }

    private static func number(_ text: inout Substring.UTF8View, digits: Int) -> Int? {
        let field = text.prefix(digits)
        guard field.count == digits, field.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        text = text.dropFirst(digits)
        return field.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func take(_ character: Character, _ text: inout Substring.UTF8View) -> Bool {
        guard text.first == character.asciiValue else { return false }
        text = text.dropFirst()
        return true
    }

    private static func fraction(_ text: inout Substring.UTF8View) -> Double? {
        guard take(".", &text) else { return 0 }
        let digits = text.prefix { (0x30...0x39).contains($0) }
        text = text.dropFirst(digits.count)
        return digits.isEmpty ? nil : Double("0.\(String(Substring(digits)))")
    }

    /// The zone's distance from UTC in seconds.
    private static func offset(_ text: inout Substring.UTF8View) -> Int? {
        if take("Z", &text) || take("z", &text) { return 0 }
        if text.elementsEqual("UTC".utf8) {
            text = text.dropFirst(3)
            return 0
        }
        let isNegative = text.first == UInt8(ascii: "-")
        guard take("+", &text) || take("-", &text), let hours = number(&text, digits: 2) else { return nil }
        _ = take(":", &text)
        guard let minutes = number(&text, digits: 2), hours < 24, minutes < 60 else { return nil }
        return (hours * 3600 + minutes * 60) * (isNegative ? -1 : 1)
    }
}
