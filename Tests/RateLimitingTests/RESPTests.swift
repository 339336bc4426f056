import NIOCore
import RateLimiting
import Testing

/// The examples are those of the protocol's own description,
/// https://redis.io/docs/latest/develop/reference/protocol-spec/.
@Suite("RESP2")
struct RESPTests {
    private static let replies: [(text: String, value: RESPValue)] = [
        ("+OK\r\n", .simple("OK")),
        ("+\r\n", .simple("")),
        ("-ERR unknown command 'asdf'\r\n", .error("ERR unknown command 'asdf'")),
        (":0\r\n", .integer(0)),
        (":1000\r\n", .integer(1_000)),
        (":-42\r\n", .integer(-42)),
        (":+5\r\n", .integer(5)),
        (":9223372036854775807\r\n", .integer(.max)),
        ("$5\r\nhello\r\n", .bulk(Array("hello".utf8))),
        ("$0\r\n\r\n", .bulk([])),
        ("$4\r\na\r\nb\r\n", .bulk([97, 13, 10, 98])),
        ("$-1\r\n", .null),
        ("*-1\r\n", .null),
        ("*0\r\n", .array([])),
        ("*2\r\n$5\r\nhello\r\n$5\r\nworld\r\n", .array([.bulk(Array("hello".utf8)), .bulk(Array("world".utf8))])),
        (
            "*2\r\n*3\r\n:1\r\n:2\r\n:3\r\n*2\r\n+Hello\r\n-World\r\n",
            .array([.array([.integer(1), .integer(2), .integer(3)]), .array([.simple("Hello"), .error("World")])])
        ),
        (
            "*3\r\n$5\r\nhello\r\n$-1\r\n$5\r\nworld\r\n",
            .array([.bulk(Array("hello".utf8)), .null, .bulk(Array("world".utf8))])
        ),
    ]

    @Test("a reply is read as the protocol's description says", arguments: replies)
    func reply(text: String, value: RESPValue) throws {
        var buffer = ByteBuffer(string: text)
        var decoder = RESPDecoder()
        #expect(try decoder.decode(buffer: &buffer) == value)
        #expect(buffer.readableBytes == 0)
    }

    @Test("a reply that comes in two pieces is the same, wherever it is cut", arguments: replies)
    func split(text: String, value: RESPValue) throws {
        let bytes = Array(text.utf8)
        for cut in 0..<bytes.count {
            var buffer = ByteBuffer(bytes: bytes[..<cut])
            var decoder = RESPDecoder()
            #expect(try decoder.decode(buffer: &buffer) == nil)
            #expect(buffer.readableBytes == cut)
            buffer.writeBytes(bytes[cut...])
            #expect(try decoder.decode(buffer: &buffer) == value)
        }
    }

    @Test("replies that come together are read one by one")
    func several() throws {
        var buffer = ByteBuffer(string: Self.replies.map(\.text).joined() + "+O")
        var decoder = RESPDecoder()
        for (_, value) in Self.replies { #expect(try decoder.decode(buffer: &buffer) == value) }
        #expect(try decoder.decode(buffer: &buffer) == nil)
    }

    @Test(
        "what is no reply is refused",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n", "x", "\r\n", "\n", "+OK\n", "+a\rb\r\n", "+a\nb\r\n", ":\r\n", ":1.5\r\n",
            ": 1\r\n", ":9223372036854775808\r\n", ":0x10\r\n", "$\r\n", "$-2\r\n", "$+1\r\na\r\n", "$1 \r\na\r\n",
            "$1\r\nab\r\n", "$1\r\na\n\n", "*-2\r\n", "*x\r\n", "*1\r\n!\r\n", "*1\r\n\r\n",
        ])
    func malformed(text: String) {
        var buffer = ByteBuffer(string: text)
        var decoder = RESPDecoder()
        #expect(throws: RESPError.malformed) { try decoder.decode(buffer: &buffer) }
    }

    @Test(
        "a reply that is too large is refused before it is all there",
        arguments: [
            "$65537\r\n", "$9223372036854775807\r\n", "*21846\r\n", "*1000000000\r\n",
            "+" + String(repeating: "a", count: 65_536),
            "*2\r\n$65530\r\n" + String(repeating: "a", count: 65_530) + "\r\n$1",
            String(repeating: "*1\r\n", count: 5), "*65\r\n", "*32\r\n*33\r\n",
        ])
    func tooLarge(text: String) {
        var buffer = ByteBuffer(string: text)
        var decoder = RESPDecoder()
        #expect(throws: RESPError.tooLarge) { try decoder.decode(buffer: &buffer) }
    }

    @Test("a reply of the largest size and of the deepest nesting is read")
    func largest() throws {
        let text = String(repeating: "a", count: 65_536)
        var buffer = ByteBuffer(string: "$65536\r\n\(text)\r\n" + String(repeating: "*1\r\n", count: 4) + ":7\r\n")
        var decoder = RESPDecoder()
        #expect(try decoder.decode(buffer: &buffer) == .bulk(Array(text.utf8)))
        #expect(try decoder.decode(buffer: &buffer) == .array([.array([.array([.array([.integer(7)])])])]))
    }

    @Test("as many elements as a reply may have are read, those of inner arrays counted with them")
    func elements() throws {
        let inner = "*60\r\n" + String(repeating: ":1\r\n", count: 60)
        var buffer = ByteBuffer(string: "*4\r\n:1\r\n:1\r\n:1\r\n" + inner)
        var decoder = RESPDecoder()
        let inside = RESPValue.array(Array(repeating: .integer(1), count: 60))
        #expect(try decoder.decode(buffer: &buffer) == .array([.integer(1), .integer(1), .integer(1), inside]))
    }

    @Test("a command is an array of bulk strings, counted in bytes")
    func command() {
        var buffer = ByteBuffer()
        RESPCommand("LLEN", "mylist").write(to: &buffer)
        RESPCommand(["SET", "é", ""]).write(to: &buffer)
        #expect(
            String(buffer: buffer)
                == "*2\r\n$4\r\nLLEN\r\n$6\r\nmylist\r\n*3\r\n$3\r\nSET\r\n$2\r\né\r\n$0\r\n\r\n")
    }

    @Test("the arguments of a command are not in its description")
    func description() {
        #expect("\(RESPCommand("AUTH", "user", "hunter2"))" == "AUTH")
    }
}
