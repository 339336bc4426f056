import Authentication
import Foundation
import Testing

@Suite("Dates of a key file")
struct APIKeyDateTests {
    /// Seconds worked out with `date -u -d … +%s`.
    @Test(
        "an RFC 3339 time is read, and a day as its midnight",
        arguments: [
            ("2027-01-31T00:00:00Z", 1_801_353_600), ("2027-01-31", 1_801_353_600),
            ("2027-01-31T23:59:59Z", 1_801_439_999), ("2027-01-31T23:00:00+02:00", 1_801_429_200),
            ("2027-01-31T23:00:00-03:30", 1_801_449_000), ("2027-01-31T23:00:00.5Z", 1_801_436_400.5),
            ("2028-02-29", 1_835_395_200), ("1970-01-01T00:00:00Z", 0),
        ])
    func dates(text: String, seconds: Double) {
        #expect(APIKeyFile.date(from: text) == Date(timeIntervalSince1970: seconds))
    }

    @Test(
        "a text that says more, less or something else is refused, not read in part",
        arguments: [
            "", "tomorrow", "2027", "2027-01", "20270131", "2027-1-3", "27-01-31", " 2027-01-31", "2027-01-31 ",
            "2027-01-31foo", "2027-01-31T00:00:00Zfoo", "2027-01-31T", "2027-01-31T23:00Z", "2027-01-31T23:00:00",
            "2027-01-31 23:00:00Z", "2027-01-31T23:00:00.Z", "12027-01-31", "2027-01-31T23:00:00+0200",
            "２027-01-31", "2027-01-31\n",
        ])
    func otherTexts(text: String) {
        #expect(APIKeyFile.date(from: text) == nil)
    }

    @Test(
        "a day or a time that there is not is refused, not moved to one that there is",
        arguments: [
            "2027-02-29", "2027-02-30", "2027-04-31", "2027-00-10", "2027-13-01", "2027-01-00", "2027-01-32",
            "2027-01-31T24:00:00Z", "2027-01-31T25:00:00Z", "2027-01-31T12:60:00Z", "2027-01-31T12:00:61Z",
            "2027-02-30T12:00:00Z", "2027-01-31T12:00:00+24:00",
        ])
    func impossible(text: String) {
        #expect(APIKeyFile.date(from: text) == nil)
    }
}
