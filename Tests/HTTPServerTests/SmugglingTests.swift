import HTTPServer
import Testing

/// Requests that two readers could understand differently.
///
/// Each has to be refused before any responder runs, and the connection closed: whatever follows it must never be
/// taken for a request.
@Suite("Ambiguous requests", .timeLimit(.minutes(1)))
struct SmugglingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: String

        init(_ description: String, _ bytes: String) {
            testDescription = description
            self.bytes = bytes
        }
    }

    private static func post(_ fields: String, body: String = "5\r\nhello\r\n0\r\n\r\n") -> String {
        "POST /outer HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)"
    }

    private static func get(_ lines: String, line: String = "GET /outer HTTP/1.1") -> String {
        "\(line)\r\n\(lines)\r\n\r\n"
    }

    static let contentLengths: [Case] = [
        Case("both framings, length first", post("Content-Length: 5\r\nTransfer-Encoding: chunked")),
        Case("both framings, coding first", post("Transfer-Encoding: chunked\r\nContent-Length: 5")),
        Case("both framings, length zero", post("Content-Length: 0\r\nTransfer-Encoding: chunked")),
        Case("length twice, equal", post("Content-Length: 5\r\nContent-Length: 5", body: "hello")),
        Case("length twice, different", post("Content-Length: 5\r\nContent-Length: 6", body: "hello!")),
        Case("length as a list", post("Content-Length: 5, 5", body: "hello")),
        Case("length with a plus", post("Content-Length: +5", body: "hello")),
        Case("length negative", post("Content-Length: -5", body: "hello")),
        Case("length hexadecimal", post("Content-Length: 0x5", body: "hello")),
        Case("length with a space inside", post("Content-Length: 5 0", body: "hello")),
        Case("length with a fraction", post("Content-Length: 5.0", body: "hello")),
        Case("length empty", post("Content-Length:", body: "hello")),
        Case("length no number", post("Content-Length: five", body: "hello")),
        Case("length beyond 64 bits", post("Content-Length: 18446744073709551621", body: "hello")),
        Case("length of 40 digits", post("Content-Length: 1" + String(repeating: "0", count: 40), body: "hello")),
        Case("length in other digits", post("Content-Length: ５", body: "hello")),
        Case("length and a name like it", post("Content-Length : 5", body: "hello")),
    ]

    static let transferCodings: [Case] = [
        Case("another coding", post("Transfer-Encoding: xchunked")),
        Case("chunked and identity", post("Transfer-Encoding: chunked, identity")),
        Case("identity and chunked", post("Transfer-Encoding: identity, chunked")),
        Case("gzip and chunked", post("Transfer-Encoding: gzip, chunked")),
        Case("chunked twice in a list", post("Transfer-Encoding: chunked, chunked")),
        Case("chunked twice in two fields", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")),
        Case("chunked, then identity in a field", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")),
        Case("identity in a field, then chunked", post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked")),
        Case("identity alone", post("Transfer-Encoding: identity")),
        Case("coding empty", post("Transfer-Encoding:")),
        Case("coding quoted", post("Transfer-Encoding: \"chunked\"")),
        Case("coding with a parameter", post("Transfer-Encoding: chunked;q=1")),
        Case("coding with a comma", post("Transfer-Encoding: ,chunked")),
        Case("coding behind a vertical tab", post("Transfer-Encoding: \u{0B}chunked")),
        Case("coding before a space and colon", post("Transfer-Encoding : chunked")),
        Case("coding before white space", post("Transfer-Encoding: chunked\t ")),
        Case("coding folded", post("Transfer-Encoding:\r\n chunked")),
        Case("coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ]

    static let chunks: [Case] = [
        ("size not hexadecimal", "g\r\nhello\r\n0\r\n\r\n"),
        ("size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
        ("size negative", "-5\r\nhello\r\n0\r\n\r\n"),
        ("size with a plus", "+5\r\nhello\r\n0\r\n\r\n"),
        ("size behind a space", " 5\r\nhello\r\n0\r\n\r\n"),
        ("size before a space", "5 \r\nhello\r\n0\r\n\r\n"),
        ("size empty", "\r\nhello\r\n0\r\n\r\n"),
        ("size beyond 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n"),
        ("no line break behind a chunk", "5\r\nhello0\r\n\r\n"),
        ("a chunk longer than its size", "4\r\nhello\r\n0\r\n\r\n"),
        ("size ended by a bare line feed", "5\nhello\r\n0\r\n\r\n"),
        ("size ended by a bare carriage return", "5\rhello\r\n0\r\n\r\n"),
        ("chunk ended by a bare line feed", "5\r\nhello\n0\r\n\r\n"),
        ("content ended by bare line feeds", "5\r\nhello\r\n0\n\n"),
        ("an extension without end", "5;" + String(repeating: "x", count: 200_000) + "\r\nhello\r\n0\r\n\r\n"),
        ("an extension with a bare line feed", "5;a\nGET / HTTP/1.1\r\nhello\r\n0\r\n\r\n"),
        ("a trailer without colon", "5\r\nhello\r\n0\r\nGET / HTTP/1.1\r\n\r\n"),
        ("a trailer folded", "5\r\nhello\r\n0\r\nA: b\r\n c\r\n\r\n"),
        ("trailers without end", "0\r\n" + String(repeating: "A: b\r\n", count: 40_000) + "\r\n"),
    ].map { Case("chunked: " + $0.0, post("Transfer-Encoding: chunked", body: $0.1)) }

    static let heads: [Case] = [
        Case("bare line feeds", "GET /outer HTTP/1.1\nHost: a\n\n"),
        Case("a bare line feed behind the request line", "GET /outer HTTP/1.1\nHost: a\r\n\r\n"),
        Case("a bare line feed behind a field", get("Host: a\nX: b")),
        Case("a bare line feed at the end", "GET /outer HTTP/1.1\r\nHost: a\r\n\n"),
        Case("a bare carriage return in a field", get("Host: a\r\nX: b\rY: c")),
        Case("a folded field", get("Host: a\r\nX: b\r\n c")),
        Case("a field folded with a tab", get("Host: a\r\nX: b\r\n\tc")),
        Case("white space before the first field", get(" Host: a")),
        Case("a space before the colon", get("Host : a")),
        Case("a tab before the colon", get("Host\t: a")),
        Case("a NUL in a value", get("Host: a\r\nX: b\u{0}c")),
        Case("a NUL in a name", get("Host: a\r\nX\u{0}: b")),
        Case("a DEL in a value", get("Host: a\r\nX: b\u{7F}")),
        Case("a field without colon", get("Host: a\r\nX")),
        Case("a field without name", get("Host: a\r\n: b")),
        Case("a name that is no token", get("Host: a\r\nX(Y): b")),
        Case("a name beyond ASCII", get("Host: a\r\nÉ: b")),
        Case("no Host", get("X: b")),
        Case("two Hosts, different", get("Host: a\r\nHost: b")),
        Case("two Hosts, equal", get("Host: a\r\nHost: a")),
        Case("Host empty", get("Host:")),
        Case("Host with a path", get("Host: a/b")),
        Case("Host with user information", get("Host: u@a")),
        Case("Host as a list", get("Host: a, b")),
        Case("Host with a space", get("Host: a b")),
        Case("Host with a port that is none", get("Host: a:b")),
        Case("Host with a port too large", get("Host: a:65536")),
        Case("Host with two ports", get("Host: a:1:2")),
        Case("Host with an open bracket", get("Host: [::1")),
        Case("Host with something behind the bracket", get("Host: [::1]x")),
        Case("two Hosts in HTTP/1.0", get("Host: a\r\nHost: b", line: "GET / HTTP/1.0")),
    ]

    static let requestLines: [Case] = [
        ("no version", "GET /"),
        ("no target", "GET HTTP/1.1"),
        ("two spaces before the target", "GET  / HTTP/1.1"),
        ("two spaces behind the target", "GET /  HTTP/1.1"),
        ("a space in the target", "GET /a b HTTP/1.1"),
        ("a space at the end", "GET / HTTP/1.1 "),
        ("a tab between", "GET\t/ HTTP/1.1"),
        ("a space at the beginning", " GET / HTTP/1.1"),
        ("a method that is no token", "GE(T / HTTP/1.1"),
        ("a method in lower case", "get / HTTP/1.1"),
        ("a method that is not known", "FROBNICATE / HTTP/1.1"),
        ("another protocol", "GET / ICAP/1.0"),
        ("a protocol in lower case", "GET / http/1.1"),
        ("HTTP/0.9", "GET / HTTP/0.9"),
        ("HTTP/1.2", "GET / HTTP/1.2"),
        ("HTTP/2.0", "GET / HTTP/2.0"),
        ("HTTP/11.1", "GET / HTTP/11.1"),
        ("HTTP/1.01", "GET / HTTP/1.01"),
        ("a version without minor", "GET / HTTP/1"),
        ("a target without slash", "GET x HTTP/1.1"),
        ("a star", "GET * HTTP/1.1"),
        ("a star and more", "OPTIONS *x HTTP/1.1"),
        ("CONNECT", "CONNECT a:443 HTTP/1.1"),
        ("CONNECT with a path", "CONNECT / HTTP/1.1"),
        ("a fragment", "GET /a#b HTTP/1.1"),
        ("an escape that is none", "GET /a%zz HTTP/1.1"),
        ("an escape at the end", "GET /a% HTTP/1.1"),
        ("half an escape at the end", "GET /a%4 HTTP/1.1"),
        ("an escape that is none in the query", "GET /a?b=%zz HTTP/1.1"),
        ("an encoded NUL", "GET /a%00 HTTP/1.1"),
        ("an encoded NUL in the query", "GET /a?b=%00 HTTP/1.1"),
        ("a NUL", "GET /a\u{0} HTTP/1.1"),
        ("a control character", "GET /a\u{1} HTTP/1.1"),
        ("a character beyond ASCII", "GET /é HTTP/1.1"),
        ("another host", "GET http://b/x HTTP/1.1"),
        ("another port", "GET http://a:81/x HTTP/1.1"),
        ("user information", "GET http://u@a/x HTTP/1.1"),
        ("another scheme", "GET ftp://a/x HTTP/1.1"),
        ("no authority", "GET http:///x HTTP/1.1"),
    ].map { Case("request line: " + $0.0, get("Host: a", line: $0.1)) }

    @Test(
        "an ambiguous request reaches no responder and ends its connection",
        arguments: contentLengths + transferCodings + chunks + heads + requestLines)
    func refused(case: Case) async throws {
        try await withServer { test in
            let client = try test.client()
            await client.sendAsMuchAsIsTaken(Array((`case`.bytes + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n").utf8))
            let (text, ending) = try await client.rest()
            #expect(text.hasPrefix("HTTP/1.1 4") || text.hasPrefix("HTTP/1.1 5"), "\(text)")
            #expect(text.contains("Connection: close\r\n"))
            #expect(text.contains("X-Refused: yes\r\n"))
            #expect(text.ranges(of: "HTTP/1.1 ").count == 1, "more than one answer: \(text)")
            #expect(ending == .closed)
            #expect(test.seen.all.isEmpty)
        }
    }

    @Test(
        "a refusal says with its status what was wrong",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: b\n\r\n", 400),
            (post("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400),
            (post("Transfer-Encoding: chunked", body: "x\r\n"), 400),
            ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}", 400),
            (post("Transfer-Encoding: xchunked"), 501),
            (post("Transfer-Encoding: gzip, chunked"), 501),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
            ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
            ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
        ])
    func status(bytes: String, status: Int) async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send(bytes)
            #expect(try await client.response().status == status)
            #expect(try await client.rest() == ("", .closed))
        }
    }

    @Test(
        "a request that is only unusual is answered",
        arguments: [
            ("GET /x HTTP/1.1\r\nHost: a:80\r\n\r\n", "/x"),
            ("GET /x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "/x"),
            ("GET /x HTTP/1.1\r\nhOsT:\t a_b.c-d~e \t\r\n\r\n", "/x"),
            ("\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", "/x"),
            ("GET http://A:80/x?y HTTP/1.1\r\nHost: a:80\r\n\r\n", "/x"),
            ("GET HTTPS://a HTTP/1.1\r\nHost: a\r\n\r\n", "/"),
            ("GET http://a?y HTTP/1.1\r\nHost: a\r\n\r\n", "/"),
            ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "*"),
            ("GET //a/../b HTTP/1.1\r\nHost: a\r\n\r\n", "//a/../b"),
            ("GET /a%20b%2F HTTP/1.1\r\nHost: a\r\n\r\n", "/a%20b%2F"),
            ("GET /|{}\"<>^`\\ HTTP/1.1\r\nHost: a\r\n\r\n", "/|{}\"<>^`\\"),
            ("GET /x HTTP/1.0\r\n\r\n", "/x"),
            ("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "/x"),
            ("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0003\r\n\r\nabc", "/x"),
            ("GET /x HTTP/1.1\r\nHost: a\r\nX-Text: caf\u{E9}\r\nEmpty:\r\n\r\n", "/x"),
            ("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0000\r\n\r\n", "/x"),
            ("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n", "/x"),
        ])
    func unusual(bytes: String, path: String) async throws {
        try await withServer { test in
            let client = try test.client()
            try await client.send(bytes)
            #expect(try await client.response().status == 200)
            #expect(test.seen.all.map(\.path) == [path])
        }
    }
}
