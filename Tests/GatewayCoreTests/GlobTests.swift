import GatewayCore
import GatewayTestSupport
import Testing

@Suite("Globs")
struct GlobTests {
    @Test(
        "a pattern fits the whole of a text or not at all",
        arguments: [
            ("crm", "crm", true), ("crm", "crm2", false), ("crm", "acrm", false), ("crm", "CRM", false),
            ("crm", "", false), ("*", "", true), ("*", "anything at all", true), ("**", "", true), ("**", "a", true),
            ("?", "", false), ("?", "a", true), ("?", "ab", false), ("??", "ab", true), ("*?", "", false),
            ("*?", "a", true), ("?*", "abc", true), ("a*", "a", true), ("a*", "abc", true), ("a*", "ba", false),
            ("*a", "a", true), ("*a", "ba", true), ("*a", "ab", false), ("a*b", "ab", true), ("a*b", "axxb", true),
            ("a*b", "axxbx", false), ("a*b*c", "abbc", true), ("a*b*c", "acb", false), ("*ab*", "aab", true),
            ("*aab", "aaab", true), ("a*a", "a", false), ("a?c", "abc", true), ("a?c", "ac", false),
            ("sales-*", "sales-", true), ("[ab]", "a", false), ("[ab]", "[ab]", true), ("a.c", "abc", false),
            ("\\*", "*", false), ("\\*", "\\anything", true),
        ])
    func table(pattern: String, text: String, fits: Bool) throws {
        #expect(try glob(pattern).matches(text) == fits)
    }

    @Test(
        "a question mark stands for one scalar, however many bytes it has",
        arguments: [
            ("?", "é", true), ("?", "e\u{301}", false), ("??", "e\u{301}", true), ("?", "日", true),
            ("?", "😀", true), ("??", "😀", false), ("a?c", "a😀c", true), ("*?", "é", true), ("*??", "é", false),
            ("*é", "éé", true), ("*?é", "aé", true), ("é", "e\u{301}", false), ("*\u{301}", "e\u{301}", true),
        ])
    func scalars(pattern: String, text: String, fits: Bool) throws {
        #expect(try glob(pattern).matches(text) == fits)
    }

    @Test(
        "where case is ignored a letter fits in every case and encoding",
        arguments: [
            ("crm", "CRM"), ("CRM", "crm"), ("CrM-*", "cRm-1"), ("arn:*:SECRET", "ARN:aws:secret"), ("é", "É"),
            ("É", "é"), ("é", "e\u{301}"), ("É", "e\u{301}"), ("e\u{301}", "é"), ("?", "e\u{301}"), ("σ", "ς"),
            ("k", "\u{212A}"), ("s", "\u{17F}"), ("STRASSE", "straße"), ("stra?e", "STRAßE"), ("a[", "A["),
        ])
    func ignoringCase(pattern: String, text: String) throws {
        #expect(try glob(pattern).matches(text, ignoringCase: true))
    }

    @Test(
        "what differs by more than case differs also where case is ignored",
        arguments: [("crm", "crn"), ("@", "`"), ("[", "{"), ("a-z", "a_z"), ("é", "e"), ("crm", "crm ")])
    func stillDifferent(pattern: String, text: String) throws {
        #expect(try !glob(pattern).matches(text, ignoringCase: true))
    }

    @Test(
        "a pattern that could fit no name is none",
        arguments: [
            "", " ", " a", "a ", "a\u{A0}", "a/b", "/", "a\n", "a\u{0}b", "\u{7F}", "\u{85}", "a\u{200B}", "\u{202E}a",
            "a\u{2028}b", "a\u{FEFF}", "\u{E000}", String(repeating: "a", count: 256),
            String(repeating: "é", count: 256),
        ])
    func notAPattern(text: String) {
        #expect(Glob(text) == nil)
    }

    @Test("255 characters are a pattern", arguments: ["a", "é", "*", "?", "😀"])
    func longest(character: String) {
        #expect(Glob(String(repeating: character, count: 255)) != nil)
    }

    @Test("two patterns are the same when their characters are, not when they only look so")
    func equality() {
        #expect(Glob("crm*") == Glob("crm*"))
        #expect(Glob("crm*") != Glob("CRM*"))
        #expect(Glob("é") != Glob("e\u{301}"))
    }

    @Test("a pattern fits what a plain recursive reading of it fits", arguments: UInt64(1)...64)
    func model(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let pattern = random(from: ["a", "b", "A", "é", "*", "?"], 1...8, &generator)
            let text = random(from: ["a", "b", "A", "é", "É"], 0...10, &generator)
            let glob = try glob(pattern)
            let (steps, scalars) = (Array(pattern.unicodeScalars)[...], Array(text.unicodeScalars)[...])
            #expect(glob.matches(text) == Self.fits(scalars, steps), "\(pattern) and \(text)")
            let (lowerSteps, lowerScalars) = (lowered(pattern), lowered(text))
            #expect(
                glob.matches(text, ignoringCase: true) == Self.fits(lowerScalars, lowerSteps), "\(pattern) and \(text)")
        }
    }

    @Test("what is made of a text by putting stars and question marks in still fits it", arguments: UInt64(1)...32)
    func widened(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let text = random(from: ["a", "b", "-", "é", "😀"], 1...40, &generator)
            var pattern = ""
            for character in text {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: pattern += "?"
                case 1: pattern += "*"
                case 2: pattern += "*\(character)"
                default: pattern.append(character)
                }
            }
            #expect(try glob(pattern).matches(text), "\(pattern) and \(text)")
        }
    }

    @Test("no pattern takes long, however many stars it has", .timeLimit(.minutes(1)), arguments: [false, true])
    func noCatastrophe(ignoringCase: Bool) throws {
        let text = String(repeating: "a", count: 255)
        for unit in ["*a", "a*", "*?", "**a", "*aa"] {
            let pattern = try glob(String(String(repeating: unit, count: 127).prefix(253)) + "b")
            for _ in 0..<20 { #expect(!pattern.matches(text, ignoringCase: ignoringCase)) }
        }
    }

    /// The naive reading, exponential and plain.
    private static func fits(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>) -> Bool {
        switch pattern.first {
        case nil: text.isEmpty
        case "*": fits(text, pattern.dropFirst()) || (!text.isEmpty && fits(text.dropFirst(), pattern))
        case "?": !text.isEmpty && fits(text.dropFirst(), pattern.dropFirst())
        case let scalar?: text.first == scalar && fits(text.dropFirst(), pattern.dropFirst())
        }
    }

    private func glob(_ pattern: String) throws -> Glob { try #require(Glob(pattern)) }

    private func lowered(_ text: String) -> ArraySlice<Unicode.Scalar> { Array(text.lowercased().unicodeScalars)[...] }

    private func random(
        from characters: [String], _ count: ClosedRange<Int>, _ generator: inout SplitMix64
    ) -> String {
        (0..<Int.random(in: count, using: &generator)).map { _ in
            characters[Int.random(in: 0..<characters.count, using: &generator)]
        }.joined()
    }
}
