import AWSRuntime
import Foundation
import Testing

@Suite("Timestamps of answers and files")
struct InternetTimestampTests {
    @Test(
        "a time of RFC 3339 is read in every zone, with or without a fraction",
        arguments: [
            ("1970-01-01T00:00:00Z", 0.0), ("2026-11-21T09:00:00Z", 1_795_251_600),
            ("2026-11-21t09:00:00z", 1_795_251_600),
            ("2026-11-21T09:00:00.25Z", 1_795_251_600.25), ("2026-11-21T09:00:00.000000Z", 1_795_251_600),
            ("2026-11-21T09:00:00+00:00", 1_795_251_600), ("2026-11-21T10:30:00+01:30", 1_795_251_600),
            ("2026-11-21T01:00:00-08:00", 1_795_251_600), ("2026-11-21T01:00:00-0800", 1_795_251_600),
            ("2026-11-21T09:00:00UTC", 1_795_251_600), ("2024-02-29T00:00:00Z", 1_709_164_800),
            ("1969-12-31T23:59:59Z", -1),
        ])
    func read(text: String, seconds: TimeInterval) {
        #expect(InternetTimestamp.date(text)?.timeIntervalSince1970 == seconds)
    }

    @Test(
        "anything else is no time",
        arguments: [
            "", "now", "1795251600", "2026-11-21", "2026-11-21T09:00:00", "2026-11-21 09:00:00Z",
            "2026-13-21T09:00:00Z",
            "2026-02-30T09:00:00Z", "2025-02-29T09:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T09:60:00Z",
            "2026-11-21T09:00:61Z", "2026-11-21T09:00:00.Z", "2026-11-21T09:00:00Zx", " 2026-11-21T09:00:00Z",
            "2026-11-21T09:00:00+24:00", "2026-11-21T09:00:00+1", "2026-1-21T09:00:00Z", "٢٠٢٦-11-21T09:00:00Z",
            "2026-11-21T09:00:00CET",
        ])
    func refuse(text: String) {
        #expect(InternetTimestamp.date(text) == nil)
    }

    @Test("a time is written in whole seconds of UTC")
    func write() {
        #expect(InternetTimestamp.text(Date(timeIntervalSince1970: 1_795_251_600)) == "2026-11-21T09:00:00Z")
    }
}
