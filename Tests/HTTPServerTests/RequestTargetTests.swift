import HTTPServer
import Testing

@Suite("Request targets")
struct RequestTargetTests {
    @Test(
        "a path is split at its raw slashes, then each segment is decoded once",
        arguments: [
            ("/", []),
            ("/a", ["a"]),
            ("/a/b", ["a", "b"]),
            ("/a/", ["a", ""]),
            ("//a", ["", "a"]),
            ("/a%20b", ["a b"]),
            ("/a+b", ["a+b"]),
            ("/arn%3Aaws%3adms", ["arn:aws:dms"]),
            ("/%2541", ["%41"]),
            ("/%C3%A9", ["é"]),
            ("/%E2%82%AC/x", ["€", "x"]),
            ("/...", ["..."]),
            ("/a..b", ["a..b"]),
            ("/a%5Cb", ["a\\b"]),
            ("/a?/b", ["a"]),
        ] as [(String, [String])])
    func pathSegments(target: String, segments: [String]) throws {
        #expect(try Request(method: "GET", target: target).pathSegments() == segments)
    }

    @Test(
        "a path segment that another reader could take for something else is refused",
        arguments: [
            ("/%", .invalidEscape),
            ("/%4", .invalidEscape),
            ("/%zz", .invalidEscape),
            ("/%+1", .invalidEscape),
            ("/%FF", .invalidUTF8),
            ("/%C3", .invalidUTF8),
            ("/%C0%AF", .invalidUTF8),
            ("/%ED%A0%80", .invalidUTF8),
            ("/%00", .controlCharacter),
            ("/a%0Ab", .controlCharacter),
            ("/%1f", .controlCharacter),
            ("/%7F", .controlCharacter),
            ("/a%2Fb", .encodedSlash),
            ("/a%2fb", .encodedSlash),
            ("/.", .dotSegment),
            ("/a/../b", .dotSegment),
            ("/%2e%2E/b", .dotSegment),
            ("/a/%2E", .dotSegment),
        ] as [(String, RequestTargetError)])
    func refusedSegments(target: String, error: RequestTargetError) {
        #expect(throws: error) { try Request(method: "GET", target: target).pathSegments() }
    }

    @Test(
        "query items are decoded as a form",
        arguments: [
            ("/", []),
            ("/?", []),
            ("/?a=1", ["a=1"]),
            ("/?a=1&b=2&a=3", ["a=1", "b=2", "a=3"]),
            ("/?a", ["a="]),
            ("/?a=", ["a="]),
            ("/?=x", ["=x"]),
            ("/?&a=1&&", ["a=1"]),
            ("/?a=b=c", ["a=b=c"]),
            ("/?a+b=c+d", ["a b=c d"]),
            ("/?a%2Bb=%26", ["a+b=&"]),
            ("/?a=%2e%2e%2F", ["a=../"]),
            ("/?a=?", ["a=?"]),
            ("/?n%61me=%C3%A9", ["name=é"]),
        ] as [(String, [String])])
    func queryItems(target: String, items: [String]) throws {
        let request = Request(method: "GET", target: target)
        #expect(try request.queryItems().map { "\($0.name)=\($0.value)" } == items)
    }

    @Test(
        "a query that does not decode is refused",
        arguments: [
            ("/?a=%", .invalidEscape), ("/?%zz=1", .invalidEscape), ("/?a=%FF", .invalidUTF8),
        ] as [(String, RequestTargetError)])
    func refusedQueries(target: String, error: RequestTargetError) {
        #expect(throws: error) { try Request(method: "GET", target: target).queryItems() }
    }

    @Test("path and query are kept as they were sent")
    func rawParts() {
        let request = Request(method: "GET", target: "/a%20b/../c?x=%20&y?z")
        #expect(request.target == "/a%20b/../c?x=%20&y?z")
        #expect(request.path == "/a%20b/../c")
        #expect(request.query == "x=%20&y?z")
        #expect(Request(method: "GET", target: "/a").query == nil)
        #expect(Request(method: "GET", target: "/a?").query?.isEmpty == true)
    }
}
