import Foundation
import Logging
import Observability
import Synchronization
import Testing

@Suite("JSON log handler")
struct JSONLogHandlerTests {
    /// Keeps the lines that a logger writes.
    private final class Lines: Sendable {
        private let lines = Mutex<[[UInt8]]>([])

        var all: [[UInt8]] { lines.withLock { $0 } }

        var text: String { String(decoding: all.joined(), as: UTF8.self) }

        func logger(level: Logger.Level = .trace) -> Logger {
            Logger(label: "test") { _ in
                JSONLogHandler(level: level) { line in self.lines.withLock { $0.append(line) } }
            }
        }

        /// The only record, read strictly: a member of another JSON type is an error.
        func record<Record: Decodable>(_ type: Record.Type) throws -> Record {
            try #require(all.count == 1)
            return try JSONDecoder().decode(type, from: Data(try #require(all.first)))
        }
    }

    private struct Message: Decodable {
        let time: String
        let level: String
        let message: String
    }

    private let lines = Lines()

    @Test("a record has its time, level and message, in this order")
    func members() throws {
        lines.logger().info("listening")
        #expect(lines.text.contains(/^{"time":"[^"]+","level":"info","message":"listening"}\n$/))
    }

    @Test("the time is now, in UTC, with milliseconds")
    func time() throws {
        let before = Date.now
        lines.logger().info("listening")
        let time = try lines.record(Message.self).time
        #expect(time.contains(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/))
        let date = try Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        #expect(date >= before - 0.001 && date <= Date.now)
    }

    @Test(
        "the level is written as swift-log names it",
        arguments: [
            (Logger.Level.trace, "trace"), (.debug, "debug"), (.info, "info"), (.notice, "notice"),
            (.warning, "warning"), (.error, "error"), (.critical, "critical"),
        ])
    func level(level: Logger.Level, name: String) throws {
        lines.logger().log(level: level, "x")
        #expect(try lines.record(Message.self).level == name)
    }

    @Test("a record below the logger's level is not written")
    func threshold() {
        let logger = lines.logger(level: .warning)
        logger.info("no")
        logger.warning("yes")
        #expect(lines.all.count == 1)
        #expect(lines.text.contains("yes"))
    }

    @Test(
        "a message of any characters is one line and read back as it was",
        arguments: [
            "a\nb", "a\r\nb", "\n{\"level\":\"error\",\"message\":\"forged\"}\n", "\",\"level\":\"error", "\\", "\\\"",
            "\u{0}\u{1B}[31m", "é€😀", "", "\u{2028}",
        ])
    func oneLine(message: String) throws {
        lines.logger().info("\(message)")
        #expect(try lines.record(Message.self).message == message)
        #expect(try #require(lines.all.first).filter { $0 == 0x0A }.count == 1)
        #expect(lines.all.first?.last == 0x0A)
    }

    @Test(
        "metadata of any characters cannot add a line or a member", arguments: ["a\nb", "\",\"level\":\"error", "\\"])
    func metadataIsOneLine(text: String) throws {
        lines.logger().info("x", metadata: ["path": "\(text)", "k\(text)": "v"])
        let record = try lines.record([String: String].self)
        #expect(record["path"] == text)
        #expect(record["k\(text)"] == "v")
        #expect(record.count == 5)
        #expect(try #require(lines.all.first).filter { $0 == 0x0A }.count == 1)
    }

    @Test("metadata keeps its JSON types")
    func types() throws {
        struct Record: Decodable {
            let status: Int
            let duration: Double
            let caller: String
            let nested: [String: [String]]
            let text: String
        }
        lines.logger().info(
            "request",
            metadata: [
                "status": .json(.integer(202)), "duration": .json(.milliseconds(12.345)),
                "caller": .json(.string("k3f9a2bd")), "nested": ["list": ["a", "b"]], "text": "202",
            ])
        let record = try lines.record(Record.self)
        #expect(record.status == 202)
        #expect(record.duration == 12.345)
        #expect(record.caller == "k3f9a2bd")
        #expect(record.nested == ["list": ["a", "b"]])
        #expect(record.text == "202")
    }

    @Test("a value that is not there is null")
    func null() throws {
        lines.logger().info("request", metadata: ["caller": .json(.string(nil))])
        #expect(lines.text.contains(#""caller":null"#))
        #expect(try lines.record([String: String?].self)["caller"] == .some(nil))
    }

    @Test("metadata stands in the order of its names")
    func order() {
        lines.logger().info("x", metadata: ["b": "2", "a": "1", "c": ["z": "4", "y": "3"]])
        #expect(lines.text.hasSuffix(#","a":"1","b":"2","c":{"y":"3","z":"4"}}"# + "\n"))
    }

    @Test("any value that describes itself is a string")
    func describedValue() throws {
        lines.logger().info("x", metadata: ["count": .stringConvertible(3)])
        #expect(try lines.record([String: String].self)["count"] == "3")
    }

    @Test("a logger's own metadata is in every record, and the record's own goes before it")
    func merged() throws {
        var logger = lines.logger()
        logger[metadataKey: "request_id"] = "1"
        logger[metadataKey: "route"] = "/a"
        logger.info("x", metadata: ["route": "/b"])
        let record = try lines.record([String: String].self)
        #expect(record["request_id"] == "1")
        #expect(record["route"] == "/b")
    }

    @Test("a copy of a logger has its own metadata")
    func valueSemantics() throws {
        let logger = lines.logger()
        var copy = logger
        copy[metadataKey: "request_id"] = "1"
        logger.info("x")
        #expect(try lines.record([String: String].self)["request_id"] == nil)
        #expect(copy[metadataKey: "request_id"] == "1")
    }
}
