/// Durations as people write them: a whole number and a unit, `250ms`, `10s`, `5m`, `2h`, `90d`.
package enum DurationText {
    /// Reads a duration; `nil` when the text is none, or is longer than a century.
    package static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let count = Int64(digits), count <= 3_155_760_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": return .milliseconds(count)
        case "s": return .seconds(count)
        case "m": return bounded(count, 60)
        case "h": return bounded(count, 3_600)
        case "d": return bounded(count, 86_400)
        default: return nil
        }
    }

    private static func bounded(_ count: Int64, _ unit: Int64) -> Duration? {
        let seconds = count.multipliedReportingOverflow(by: unit)
        return seconds.overflow || seconds.partialValue > 3_155_760_000 ? nil : .seconds(seconds.partialValue)
    }
}
