import AWSServices
import Testing

/// The seconds are Python's: `datetime(2026, 11, 21, 9, tzinfo=timezone.utc).timestamp()` is 1795251600.
@Suite("Timestamps of AWS's JSON")
struct EpochSecondsTests {
    private func seconds(_ json: String) throws -> Double {
        try decode([EpochSeconds].self, "[\(json)]")[0].seconds
    }

    @Test(
        "an integer, a fraction and an exponent are seconds",
        arguments: [
            ("1795251600", 1_795_251_600), ("1795251600.0", 1_795_251_600), ("1795251600.125", 1_795_251_600.125),
            ("1.7952516E9", 1_795_251_600), ("1.7952516e+09", 1_795_251_600), ("17952516e2", 1_795_251_600),
            ("0", 0), ("-1", -1), ("-0.5", -0.5),
        ])
    func numbers(json: String, expected: Double) throws {
        #expect(try seconds(json) == expected)
    }

    @Test(
        "a number in a string is seconds, too",
        arguments: [
            ("\"1795251600\"", 1_795_251_600), ("\"1795251600.5\"", 1_795_251_600.5),
            ("\"1.7952516E9\"", 1_795_251_600),
        ])
    func numbersInStrings(json: String, expected: Double) throws {
        #expect(try seconds(json) == expected)
    }

    @Test(
        "an RFC 3339 time is its seconds",
        arguments: [
            ("\"2026-11-21T09:00:00Z\"", 1_795_251_600), ("\"2026-11-21T09:00:00.250Z\"", 1_795_251_600.25),
            ("\"2026-11-21T10:00:00+01:00\"", 1_795_251_600), ("\"1970-01-01T00:00:00Z\"", 0),
        ])
    func texts(json: String, expected: Double) throws {
        #expect(abs(try seconds(json) - expected) < 0.001)
    }

    @Test(
        "the calendar's first and last second are times",
        arguments: [("-62135596800", -62_135_596_800), ("253402300799", 253_402_300_799)])
    func edges(json: String, expected: Double) throws {
        #expect(try seconds(json) == expected)
    }

    @Test(
        "what is no time of the calendar is refused",
        arguments: [
            "253402300800", "-62135596801", "1e20", "1e308", "1e999", "-1e20", "\"1e20\"", "\"nan\"", "\"inf\"",
            "\"-infinity\"", "\"\"", "\"yesterday\"", "\"2026-13-45T09:00:00Z\"", "\"2026-11-21\"", "true", "{}", "[]",
            "null", "1795251600000",
        ])
    func refused(json: String) {
        #expect(throws: DecodingError.self) { try seconds(json) }
    }
}
