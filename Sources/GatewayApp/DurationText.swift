/// Durations as people write them: a whole number and a unit, `250ms`, `10s`, `5m`, `2h`, `90d`.
package enum DurationText {
    /// Reads a duration; `nil` when the text is none, or is longer than a century.
    package static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits), let unit = milliseconds[String(text.dropFirst(digits.count))] else {
            return nil
        }
        let (duration, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow || duration > century ? nil : .milliseconds(duration)
    }

    private static let milliseconds: [String: Int64] = [
        "ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]
    private static let century: Int64 = 36_525 * 86_400_000
}
