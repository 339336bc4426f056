import Foundation
import Observability
import Testing

@Suite("Log value")
struct LogValueTests {
    @Test(
        "milliseconds are written with three decimals, rounded",
        arguments: [
            (0, "0.000"), (12.345, "12.345"), (12.3454, "12.345"), (12.3456, "12.346"), (0.0004, "0.000"),
            (0.001, "0.001"), (0.05, "0.050"), (59_999.9999, "60000.000"), (-1.5, "-1.500"), (-0.25, "-0.250"),
            (86_400_000, "86400000.000"),
        ])
    func milliseconds(value: Double, text: String) {
        #expect(LogValue.milliseconds(value).description == text)
    }

    @Test(
        "a number that JSON cannot write is null, and stops nothing",
        arguments: [Double.nan, .infinity, -.infinity, .greatestFiniteMagnitude])
    func notANumber(value: Double) {
        #expect(LogValue.milliseconds(value).description == "null")
    }

    @Test("a whole number is written as it is", arguments: [(0, "0"), (-7, "-7"), (Int.max, "9223372036854775807")])
    func integer(value: Int, text: String) {
        #expect(LogValue.integer(value).description == text)
    }

    @Test("a string is written with its quotes")
    func string() {
        #expect(LogValue.string("a\"b\n").description == #""a\"b\n""#)
    }

    @Test("a string that looks like null is no null")
    func stringNull() {
        #expect(LogValue.string("null").description == #""null""#)
        #expect(LogValue.string(nil).description == "null")
    }
}
