import Foundation
import Jobs
import Testing

@Suite("Identifiers of jobs")
struct JobIdentifierTests {
    @Test(
        "a request identifier is 1 to 255 visible ASCII characters",
        arguments: [
            "r", "r-1", "R_1.2~x", "a:b@c!$&'()*+,;=", "%2F", "%00", "\"<>\\^`{|}", "...", "?x=1", "#a",
            String(repeating: "a", count: 255),
        ])
    func requests(text: String) throws {
        #expect(try ConversionIdentifier(project: "orders", request: text).request == text)
    }

    @Test(
        "anything else is no request identifier",
        arguments: [
            "", ".", "..", "/", "a/b", " ", "a b", "a\u{0}", "a\n", "\ta", "\u{7F}", "ü", "a\u{202E}", "a\u{2028}", "🚀",
            String(repeating: "a", count: 256),
        ])
    func badRequests(text: String) {
        #expect(throws: IdentifierError.self) { try ConversionIdentifier(project: "orders", request: text) }
    }

    @Test("a conversion of a bad project is no conversion")
    func badProject() {
        #expect(throws: IdentifierError.self) { try ConversionIdentifier(project: "a/b", request: "r-1") }
    }

    /// What Python's `re.fullmatch(r"[a-zA-Z_0-9][a-zA-Z_\-0-9]*[a-zA-Z0-9]+", text)` and the length 2 to 128 say.
    @Test(
        "a transfer job's identifier is what AWS's own pattern takes",
        arguments: [
            ("ab", true), ("a1", true), ("_a", true), ("0a", true), ("a-b", true), ("a_b1", true), ("a--b", true),
            ("a__b", true), ("_-a", true), ("00", true), ("AZaz09", true), (String(repeating: "A", count: 128), true),
            ("", false), ("a", false), ("_", false), ("-a", false), ("a-", false), ("a_", false), ("__", false),
            ("_-", false), ("1_", false), ("--", false), ("a.b", false), ("a b", false), (" ab", false), ("ab ", false),
            ("ab\n", false), ("a\u{0}b", false), ("ab\u{0}", false), ("..", false), ("a/b", false), ("a%2Fb", false),
            ("ä1", false), ("aä", false), ("a\u{661}", false), ("a\u{FF11}", false), ("a\u{301}b", false),
            ("a\u{202E}b", false), ("a\u{2028}b", false), ("a:b", false), ("a+b", false),
            (String(repeating: "A", count: 129), false),
        ])
    func transferJobs(text: String, isGood: Bool) {
        let identifier = try? TransferJobIdentifier(text)
        #expect(identifier?.text == (isGood ? text : nil))
    }

    @Test("AWS's pattern and ours agree on every identifier of two and three characters of its edges")
    func exhaustive() throws {
        let pattern = try Regex("[a-zA-Z_0-9][a-zA-Z_\\-0-9]*[a-zA-Z0-9]+")
        let alphabet = Array("a9_-.Z/ ")
        for first in alphabet {
            for second in alphabet {
                for third in [""] + alphabet.map(String.init) {
                    let text = String([first, second]) + third
                    let isGood = try pattern.wholeMatch(in: text) != nil
                    let isTaken = (try? TransferJobIdentifier(text)) != nil
                    #expect(isTaken == isGood, "\(text)")
                }
            }
        }
    }

    @Test(
        "a path keeps what a path segment may hold and percent-encodes the rest",
        arguments: [
            ("orders", "orders"), ("my project", "my%20project"), ("Aufträge", "Auftr%C3%A4ge"), ("a%2Fb", "a%252Fb"),
            ("a?b#c", "a%3Fb%23c"), ("a[b]\"<>\\^`{|}", "a%5Bb%5D%22%3C%3E%5C%5E%60%7B%7C%7D"),
            ("-._~!$&'()*+,;=:@", "-._~!$&'()*+,;=:@"), ("🚀", "%F0%9F%9A%80"),
            (
                "arn:aws:dms:eu-west-1:123456789012:migration-project:ABC",
                "arn:aws:dms:eu-west-1:123456789012:migration-project:ABC"
            ),
        ])
    func paths(project: String, encoded: String) throws {
        let identifier = JobIdentifier.conversion(try ConversionIdentifier(project: project, request: "r-1"))
        #expect(identifier.path == "/projects/\(encoded)/conversions/r-1")
    }

    @Test(
        "a path, split and decoded once, gives the identifier back",
        arguments: ["orders", "my project", "a%2Fb", "%25", "a?b#c", "注文:ü", "100%", "a+b"],
        ["r-1", "a%2Fb", "?x=1", "a+b&c", "%", "\"<>"])
    func roundTrip(project: String, request: String) throws {
        let identifier = try ConversionIdentifier(project: project, request: request)
        let segments = JobIdentifier.conversion(identifier).path.split(separator: "/").map(\.removingPercentEncoding)
        #expect(segments == ["projects", project, "conversions", request])
    }

    @Test("a transfer job's path is its identifier as it is")
    func transferPath() throws {
        #expect(try JobIdentifier.transferJob().path == "/transfer-jobs/ab-1")
    }
}
