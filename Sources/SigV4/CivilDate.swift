/// A day of the Gregorian calendar, reckoned backwards too, and its distance from 1970-01-01.
///
/// Years are counted from March, so that a leap day is the last of its year, and in eras of 400 years, which are
/// all of the same 146,097 days: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"
/// (https://howardhinnant.github.io/date_algorithms.html).
struct CivilDate: Equatable {
    private static let daysPerEra: Int64 = 146_097
    /// From 0000-03-01, where the first era begins, to 1970-01-01.
    private static let daysBefore1970: Int64 = 719_468

    let year: Int64
    let month: Int64
    let day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date that many days after 1970-01-01; not before 0000-03-01.
    init(daysSince1970: Int64) {
        let days = daysSince1970 + Self.daysBefore1970
        let era = days / Self.daysPerEra
        let dayOfEra = days % Self.daysPerEra
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The days from 1970-01-01 to this date; negative before it.
    var daysSince1970: Int64 {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let era = yearFromMarch / 400
        let yearOfEra = yearFromMarch % 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * Self.daysPerEra + dayOfEra - Self.daysBefore1970
    }

    /// Appends `20150830`.
    func append(to text: inout [UInt8]) {
        text.appendTwoDigits(year / 100)
        text.appendTwoDigits(year % 100)
        text.appendTwoDigits(month)
        text.appendTwoDigits(day)
    }
}

extension [UInt8] {
    /// Appends a number from 0 to 99 in two decimal digits.
    mutating func appendTwoDigits(_ number: Int64) {
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10))
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}
