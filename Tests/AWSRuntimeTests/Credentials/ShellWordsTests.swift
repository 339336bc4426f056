import AWSRuntime
import Testing

/// What Python's `shlex.split` makes of each.
@Suite("Shell words")
struct ShellWordsTests {
    @Test(
        "a command falls apart as Python's shlex has it",
        arguments: [
            ("", []), ("  \t\r\n ", []), ("a b", ["a", "b"]), ("  a   b\tc\n", ["a", "b", "c"]),
            ("a\r\nb", ["a", "b"]),
            ("'a b' c", ["a b", "c"]), (#""a b"c"#, ["a bc"]), ("a''b", ["ab"]), ("''", [""]), (#"'' """#, ["", ""]),
            (#"a\ b"#, ["a b"]), (#""a\"b""#, [#"a"b"#]), (#""a\\b""#, [#"a\b"#]), (#""a\nb""#, [#"a\nb"#]),
            (#""a\$b""#, [#"a\$b"#]), (#"'a\b'"#, [#"a\b"#]), (#"'a\'"#, [#"a\"#]), (#""it's""#, ["it's"]),
            ("a#b # c", ["a#b", "#", "c"]), ("a;b|c>d&e", ["a;b|c>d&e"]), ("$HOME ~ *", ["$HOME", "~", "*"]),
            ("a\\\nb", ["a\nb"]), ("\"a\\\nb\"", ["a\\\nb"]), ("é ü", ["é", "ü"]), ("a\u{a0}b", ["a\u{a0}b"]),
            (#"a 'b"c"d' e"#, ["a", #"b"c"d"#, "e"]), (#"\'a"#, ["'a"]), (#"""a"""#, ["a"]), (#"'a'"b"c\d"#, ["abcd"]),
        ])
    func split(command: String, words: [String]) throws {
        #expect(try ShellWords.split(command) == words)
    }

    @Test(
        "a command that ends too early is refused",
        arguments: [
            ("'a", ShellWords.Problem.openQuote), (#""a"#, .openQuote), ("a\\", .openEscape), ("\"a\\", .openEscape),
        ])
    func unfinished(command: String, problem: ShellWords.Problem) {
        #expect(throws: problem) { try ShellWords.split(command) }
    }
}
