import Dispatch
import Foundation
import Observability
import Synchronization
import Testing

@Suite("Line writer")
struct LineWriterTests {
    @Test("a line comes out of a pipe as it was written")
    func oneLine() throws {
        #expect(try read { $0.write(Array("{\"a\":1}\n".utf8)) } == "{\"a\":1}\n")
    }

    @Test("an empty line writes nothing")
    func empty() throws {
        #expect(try read { $0.write([]) } == "")
    }

    @Test("lines of many threads come out whole, longer than the pipe is deep too")
    func threads() throws {
        // A pipe holds 64 KiB: a line of 100,000 bytes is never written at once.
        let lengths = [10, 5_000, 100_000]
        let text = try read { writer in
            DispatchQueue.concurrentPerform(iterations: 24) { index in
                let line = [UInt8](repeating: UInt8(ascii: "a") + UInt8(index), count: lengths[index % 3]) + [0x0A]
                for _ in 0..<5 { writer.write(line) }
            }
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 24 * 5 + 1)
        #expect(lines.last == "")
        for line in lines.dropLast() {
            let letter = try #require(line.utf8.first)
            let length = lengths[Int(letter - UInt8(ascii: "a")) % 3]
            #expect(line == String(repeating: String(UnicodeScalar(letter)), count: length))
        }
    }

    @Test("a long line comes out whole of a pipe that does not block")
    func nonBlocking() throws {
        let line = String(repeating: "a", count: 300_000) + "\n"
        let text = try read { writer in
            #expect(fcntl(writer.descriptor, F_SETFL, O_NONBLOCK) == 0)
            for _ in 0..<5 { writer.write(Array(line.utf8)) }
        }
        #expect(text == String(repeating: line, count: 5))
    }

    @Test("a line for a descriptor that is closed is dropped")
    func closedDescriptor() {
        let writer = LineWriter(descriptor: -1)
        writer.write(Array("lost\n".utf8))
        #expect(writer.flush(within: .seconds(60)))
    }

    @Test("a line for a pipe that nobody reads is dropped")
    func closedPipe() throws {
        // The server's sockets ignore the signal in the program; here nothing else does.
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        try pipe.fileHandleForReading.close()
        let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        writer.write(Array("lost\n".utf8))
        #expect(writer.flush(within: .seconds(60)))
    }

    @Test("a reader that stalls holds up nobody, and what was dropped meanwhile is counted")
    func stalledReader() throws {
        let pipe = Pipe()
        let writer = LineWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor, capacity: 100_000)
        let line = Array((String(repeating: "a", count: 99) + "\n").utf8)
        // Far more than the pipe and the buffer hold: each call returns although nobody reads.
        for _ in 0..<10_000 { writer.write(line) }
        #expect(!writer.flush(within: .milliseconds(1)))

        let received = Received()
        let group = DispatchGroup()
        let reading = pipe.fileHandleForReading
        DispatchQueue.global().async(group: group) {
            received.value.withLock { $0 = Result { try reading.readToEnd() ?? Data() } }
        }
        #expect(writer.flush(within: .seconds(60)))
        try pipe.fileHandleForWriting.close()
        group.wait()
        let text = String(decoding: try #require(received.value.withLock { $0 }).get(), as: UTF8.self)
        let lines = text.split(separator: "\n")
        let notes = lines.filter { $0.contains("log lines dropped") }
        let dropped = notes.compactMap { note in
            note.range(of: "\"count\":").flatMap { Int(note[$0.upperBound...].dropLast()) }
        }.reduce(0, +)
        #expect(dropped > 0)
        #expect(lines.count - notes.count + dropped == 10_000)
    }

    @Test("lines of the audit trail have room where others are dropped, and whoever gives one too many is told")
    func audit() throws {
        let pipe = Pipe()
        let writer = LineWriter(
            descriptor: pipe.fileHandleForWriting.fileDescriptor, capacity: 100_000, reserve: 50_000)
        let line = Array((String(repeating: "a", count: 99) + "\n").utf8)
        let audit = Array((String(repeating: "b", count: 99) + "\n").utf8)
        for _ in 0..<10_000 { writer.write(line) }
        let taken = (0..<10_000).count { _ in writer.writeAudit(audit) }
        // The buffer and its reserve, twice where the thread takes it up meanwhile, and what the pipe holds.
        #expect((500...4_000).contains(taken))

        let received = Received()
        let group = DispatchGroup()
        let reading = pipe.fileHandleForReading
        DispatchQueue.global().async(group: group) {
            received.value.withLock { $0 = Result { try reading.readToEnd() ?? Data() } }
        }
        #expect(writer.flush(within: .seconds(60)))
        try pipe.fileHandleForWriting.close()
        group.wait()
        let text = String(decoding: try #require(received.value.withLock { $0 }).get(), as: UTF8.self)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("b") } == taken)
        let note = "\"level\":\"error\",\"message\":\"audit lines dropped\",\"count\":\(10_000 - taken)}"
        #expect(text.contains(note))
    }

    @Test("the descriptor stays open when its writer is gone")
    func descriptorStays() throws {
        let text = try read { writer in
            for line in ["a\n", "b\n"] {
                let short = LineWriter(descriptor: writer.descriptor)
                short.write(Array(line.utf8))
                #expect(short.flush(within: .seconds(60)))
            }
        }
        #expect(text == "a\nb\n")
    }

    /// A writer and the pipe's end that it writes to.
    private struct Writer: Sendable {
        let descriptor: Int32
        private let writer: LineWriter

        init(descriptor: Int32) {
            self.descriptor = descriptor
            writer = LineWriter(descriptor: descriptor, capacity: 1 << 26)
        }

        func write(_ line: [UInt8]) {
            writer.write(line)
        }

        func flush() -> Bool {
            writer.flush(within: .seconds(60))
        }
    }

    /// What comes out of a pipe that `body` writes to, read on a thread of its own meanwhile.
    private func read(_ body: (Writer) -> Void) throws -> String {
        let pipe = Pipe()
        let reading = pipe.fileHandleForReading
        let received = Received()
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            received.value.withLock { $0 = Result { try reading.readToEnd() ?? Data() } }
        }
        let writer = Writer(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        body(writer)
        #expect(writer.flush())
        try pipe.fileHandleForWriting.close()
        group.wait()
        let data = try #require(received.value.withLock { $0 }).get()
        return String(decoding: data, as: UTF8.self)
    }

    private final class Received: Sendable {
        let value = Mutex<Result<Data, any Error>?>(nil)
    }
}
