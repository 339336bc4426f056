package import Foundation
import Synchronization

/// The current time as the `Date` field wants it, formatted once a second.
///
/// The format is the IMF-fixdate of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`. It is written by hand
/// because a formatter costs a hundred times as much.
package final class HTTPDate: Sendable {
    private struct Cached {
        var second: Int
        var text: String
    }

    private let cached = Mutex(Cached(second: 0, text: HTTPDate.text(second: 0)))

    /// A cache that knows no time yet.
    package init() {}

    /// The text for `now`, from the cache if the second is the one asked for last.
    package func text(now: Date) -> String {
        let second = Int(now.timeIntervalSince1970.rounded(.down))
        return cached.withLock { cached in
            if cached.second != second {
                cached = Cached(second: second, text: Self.text(second: second))
            }
            return cached.text
        }
    }

    /// The text for a number of seconds since 1970-01-01T00:00:00Z.
    package static func text(second: Int) -> String {
        let days = Int((Double(second) / 86400).rounded(.down))
        let time = second - days * 86400
        let (year, month, day) = civilDate(daysSince1970: days)
        // 1970-01-01 was a Thursday, the fourth of these names.
        let weekday = weekdays[((days + 4) % 7 + 7) % 7]
        return "\(weekday), \(two(day)) \(months[month - 1]) \(year / 1000)\(year / 100 % 10)\(two(year % 100)) "
            + "\(two(time / 3600)):\(two(time / 60 % 60)):\(two(time % 60)) GMT"
    }

    /// Year, month and day of the Gregorian calendar.
    ///
    /// Counts in eras of 400 years that begin on a first of March, so that a leap day is always the last of a year.
    private static func civilDate(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = daysSince1970 + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func two(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
