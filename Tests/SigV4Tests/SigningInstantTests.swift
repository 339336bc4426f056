import Foundation
import SigV4
import Testing

@Suite("A signing instant")
struct SigningInstantTests {
    @Test(
        "a signing instant is the UTC second of a date",
        arguments: [
            (-62_135_596_800, "00010101T000000Z"),
            (-11_670_998_400, "16000229T000000Z"),
            (-2_203_891_201, "19000228T235959Z"),
            (-2_203_891_200, "19000301T000000Z"),
            (-1, "19691231T235959Z"),
            (0, "19700101T000000Z"),
            (951_825_600, "20000229T120000Z"),
            (1_440_938_160, "20150830T123600Z"),
            (1_709_251_199, "20240229T235959Z"),
            (1_709_251_200, "20240301T000000Z"),
            (1_795_252_087, "20261121T090807Z"),
            (2_147_483_648, "20380119T031408Z"),
            (4_107_542_399, "21000228T235959Z"),
            (4_107_542_400, "21000301T000000Z"),
            (13_574_563_200, "24000229T000000Z"),
            (253_402_300_799, "99991231T235959Z"),
        ])
    func secondOfADate(seconds: Int, timestamp: String) throws {
        let instant = SigningInstant(Date(timeIntervalSince1970: Double(seconds)))
        #expect(instant.timestamp == timestamp)
        #expect(instant.day == timestamp.prefix(8))
        #expect(instant.date == Date(timeIntervalSince1970: Double(seconds)))
        #expect(SigningInstant(timestamp: timestamp) == instant)
    }

    @Test(
        "a signing instant cuts fractions off towards the past",
        arguments: [
            (0.999_999, "19700101T000000Z"),
            (-0.000_001, "19691231T235959Z"),
            (-1.5, "19691231T235958Z"),
            (1_440_938_160.75, "20150830T123600Z"),
        ])
    func fractions(seconds: Double, timestamp: String) {
        #expect(SigningInstant(Date(timeIntervalSince1970: seconds)).timestamp == timestamp)
    }

    @Test(
        "a signing instant is the nearest that four digits of a year can say",
        arguments: [
            (-62_135_596_801, "00010101T000000Z"),
            (253_402_300_800, "99991231T235959Z"),
            (1e30, "99991231T235959Z"),
            (-1e30, "00010101T000000Z"),
            (.infinity, "99991231T235959Z"),
            (-.infinity, "00010101T000000Z"),
            (.nan, "00010101T000000Z"),
        ])
    func nearest(seconds: Double, timestamp: String) {
        #expect(SigningInstant(Date(timeIntervalSince1970: seconds)).timestamp == timestamp)
    }

    @Test("a signing instant agrees with Foundation from 1600 to 9999")
    func foundation() {
        let style = Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
        // A prime number of seconds, about 155 days, so that every time of day and of year comes by.
        for seconds in stride(from: -11_676_096_000.0, to: 253_402_300_799, by: 13_370_011) {
            let date = Date(timeIntervalSince1970: seconds)
            #expect(SigningInstant(date).timestamp == date.formatted(style))
        }
    }

    @Test("a signing instant of each day of 400 years is read back, and is the day after the last")
    func everyDay() throws {
        var last = ""
        for day in -10_000..<(146_097 - 10_000) {
            let instant = SigningInstant(Date(timeIntervalSince1970: Double(day) * 86_400))
            try #require(SigningInstant(timestamp: instant.timestamp) == instant)
            try #require(instant.day > last)
            last = instant.day
        }
    }

    @Test(
        "a signing instant is not read from what is not exactly the format or not a time",
        arguments: [
            "", "20150830", "20150830T123600", "20150830T123600z", "20150830t123600Z", "2015-08-30T12:36:00Z",
            "20150830 123600Z", " 20150830T123600Z", "20150830T123600Z ", "20150830T123600.5Z", "+0150830T123600Z",
            "2015083aT123600Z", "２０１５0830T123600Z", "00000830T123600Z", "20150030T123600Z", "20151330T123600Z",
            "20150800T123600Z", "20150832T123600Z", "20150431T123600Z", "20230229T123600Z", "21000229T123600Z",
            "19000229T000000Z", "20150830T240000Z", "20150830T126000Z", "20161231T235960Z",
        ])
    func unreadable(timestamp: String) {
        #expect(SigningInstant(timestamp: timestamp) == nil)
    }
}
