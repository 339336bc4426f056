import Observability
import Testing

/// The cases follow W3C Trace Context, section 3.2, and the W3C's own validation suite.
@Suite("Trace context")
struct TraceContextTests {
    private static let traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let parentID = "00f067aa0ba902b7"

    @Test(
        "a valid traceparent tells its trace",
        arguments: [
            "00-\(traceID)-\(parentID)-01", "00-\(traceID)-\(parentID)-00", "00-\(traceID)-\(parentID)-ff",
            "01-\(traceID)-\(parentID)-01", "cc-\(traceID)-\(parentID)-01", "fe-\(traceID)-\(parentID)-01",
            "cc-\(traceID)-\(parentID)-01-what-the-future-will-be-like", "cc-\(traceID)-\(parentID)-01-",
        ])
    func valid(value: String) {
        #expect(TraceContext(traceparent: value)?.traceID == Self.traceID)
    }

    @Test(
        "a trace or a parent needs one digit that is not zero",
        arguments: [
            "00-00000000000000000000000000000001-0000000000000001-00",
            "00-10000000000000000000000000000000-1000000000000000-00",
        ])
    func oneDigit(value: String) {
        #expect(TraceContext(traceparent: value) != nil)
    }

    @Test(
        "a traceparent that is not valid counts as not sent",
        arguments: [
            // Empty, cut short, too long.
            "", "00", "00-", "00-\(traceID)", "00-\(traceID)-\(parentID)", "00-\(traceID)-\(parentID)-",
            "00-\(traceID)-\(parentID)-1", "00-\(traceID)-\(parentID)-011",
            // The version.
            "ff-\(traceID)-\(parentID)-01", "FF-\(traceID)-\(parentID)-01", "0-\(traceID)-\(parentID)-01",
            "000-\(traceID)-\(parentID)-01", "0x-\(traceID)-\(parentID)-01", ".0-\(traceID)-\(parentID)-01",
            "0A-\(traceID)-\(parentID)-01", "-\(traceID)-\(parentID)-01",
            // Version 00 has four fields.
            "00-\(traceID)-\(parentID)-01-", "00-\(traceID)-\(parentID)-01-what-the-future-will-be-like",
            "cc-\(traceID)-\(parentID)-01.what-the-future-will-not-be-like",
            // The trace.
            "00-00000000000000000000000000000000-\(parentID)-01", "00-\(traceID)1-\(parentID)-01",
            "00-\(traceID.dropLast())-\(parentID)-01", "00-\(traceID.uppercased())-\(parentID)-01",
            "00-\(traceID.dropLast())g-\(parentID)-01", "00-.\(traceID.dropLast())-\(parentID)-01",
            "00--\(parentID)-01", "00-\(traceID.dropLast())é-\(parentID)-01",
            // The parent.
            "00-\(traceID)-0000000000000000-01", "00-\(traceID)-\(parentID)1-01",
            "00-\(traceID)-\(parentID.dropLast())-01",
            "00-\(traceID)-\(parentID.uppercased())-01", "00-\(traceID)-\(parentID.dropLast()).-01",
            "00-\(traceID)--01",
            // The flags.
            "00-\(traceID)-\(parentID)-0x", "00-\(traceID)-\(parentID)-.0", "00-\(traceID)-\(parentID)-0A",
            // Other separators, spaces, lists.
            "00_\(traceID)_\(parentID)_01", "00 \(traceID) \(parentID) 01", "00-\(traceID)-\(parentID)-01,",
            "00-\(traceID)-\(parentID)-01, 00-\(traceID)-\(parentID)-01", "00-\(traceID)-\(parentID)-01\n",
        ])
    func invalid(value: String) {
        #expect(TraceContext(traceparent: value) == nil)
    }
}
