#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// The second in UTC at which a request is signed, as SigV4 writes it.
///
/// The format is ISO 8601's basic one, `20150830T123600Z`. Its year has four digits: an instant before year 1 or
/// after year 9999 becomes the nearest that the format can say.
package struct SigningInstant: Sendable, Hashable {
    private static let secondsPerDay: Int64 = 86_400
    /// 0001-01-01T00:00:00Z, in seconds since 1970.
    private static let earliest: Int64 = -62_135_596_800
    /// 9999-12-31T23:59:59Z, in seconds since 1970.
    private static let latest: Int64 = 253_402_300_799

    private let secondsSince1970: Int64

    /// Creates the instant of the second that `date` lies in: fractions are cut off towards the past.
    ///
    /// A date that is not a number becomes the earliest instant, which every verifier refuses as too old.
    package init(_ date: Date) {
        let seconds = date.timeIntervalSince1970.rounded(.down)
        // Written so that a NaN, which compares false with everything, ends at the lower bound.
        if seconds > Double(Self.earliest) {
            secondsSince1970 = seconds < Double(Self.latest) ? Int64(seconds) : Self.latest
        } else {
            secondsSince1970 = Self.earliest
        }
    }

    /// Reads the form `20150830T123600Z`, exactly: nil when it is another, or no day of the calendar, or a leap second.
    package init?(timestamp: String) {
        let bytes = Array(timestamp.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z"),
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[4..<6]),
            let day = Self.number(bytes[6..<8]), let hour = Self.number(bytes[9..<11]),
            let minute = Self.number(bytes[11..<13]), let second = Self.number(bytes[13..<15]),
            year >= 1, (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        // A day past its month's end would be counted on into the next month.
        guard CivilDate(daysSince1970: date.daysSince1970) == date else { return nil }
        secondsSince1970 = date.daysSince1970 * Self.secondsPerDay + hour * 3600 + minute * 60 + second
    }

    /// The instant as `X-Amz-Date` has it, `20150830T123600Z`.
    package var timestamp: String {
        let days = Self.floorDivide(secondsSince1970, Self.secondsPerDay)
        let second = secondsSince1970 - days * Self.secondsPerDay
        var text: [UInt8] = []
        text.reserveCapacity(16)
        CivilDate(daysSince1970: days).append(to: &text)
        text.append(UInt8(ascii: "T"))
        text.appendTwoDigits(second / 3600)
        text.appendTwoDigits(second / 60 % 60)
        text.appendTwoDigits(second % 60)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// The day alone, `20150830`, as the credential scope has it.
    package var day: String {
        var text: [UInt8] = []
        text.reserveCapacity(8)
        CivilDate(daysSince1970: Self.floorDivide(secondsSince1970, Self.secondsPerDay)).append(to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The start of the second.
    package var date: Date { Date(timeIntervalSince1970: Double(secondsSince1970)) }

    /// The quotient rounded towards the past, where `/` rounds towards 1970.
    private static func floorDivide(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        let quotient = dividend / divisor
        return dividend % divisor < 0 ? quotient - 1 : quotient
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
