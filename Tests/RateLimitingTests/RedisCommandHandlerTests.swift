import NIOCore
import NIOEmbedded
import RateLimiting
import Testing

@Suite("Redis connection")
struct RedisCommandHandlerTests {
    /// A connection in memory, by a clock that stands still, and what became of its commands.
    private final class Connection {
        let channel = EmbeddedChannel()
        let handler = RedisCommandHandler(patience: .milliseconds(500))
        private(set) var results: [Int: Result<RESPValue, RedisError>] = [:]

        init() throws {
            try channel.pipeline.syncOperations.addHandlers([ByteToMessageHandler(RESPDecoder()), handler])
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/store")).wait()
        }

        /// Sends a command that has 50 ms, and sees to it that its bytes leave.
        func send(_ number: Int) {
            handler.send(RESPCommand("ECHO", "\(number)"), by: channel.eventLoop.now + .milliseconds(50)) {
                self.results[number] = $0
            }
            channel.embeddedEventLoop.run()
        }

        func receive(_ text: String) {
            // A decoder's fault reaches the handler, which is where it is looked for.
            _ = try? channel.writeInbound(ByteBuffer(string: text))
        }

        func advance(_ milliseconds: Int64) {
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(milliseconds))
        }

        func written() throws -> String {
            var text = ""
            while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
            return text
        }
    }

    private let connection: Connection

    init() throws {
        connection = try Connection()
    }

    @Test("commands leave in their order, and each is given its answer")
    func pipelined() throws {
        for number in 1...3 { connection.send(number) }
        #expect(
            try connection.written() == (1...3).map { "*2\r\n$4\r\nECHO\r\n$1\r\n\($0)\r\n" }.joined())
        connection.receive("+one\r\n+t")
        #expect(connection.results == [1: .success(.simple("one"))])
        connection.receive("wo\r\n-ERR three\r\n")
        #expect(
            connection.results == [
                1: .success(.simple("one")), 2: .success(.simple("two")), 3: .success(.error("ERR three")),
            ])
    }

    @Test("commands of one turn of the event loop leave in one flush")
    func flushed() throws {
        for number in 1...2 {
            connection.handler.send(RESPCommand("PING"), by: connection.channel.eventLoop.now + .seconds(1)) { _ in }
            #expect(try connection.written() == "", "the \(number). command waits for the turn's end")
        }
        connection.channel.embeddedEventLoop.run()
        #expect(try connection.written() == "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n")
    }

    @Test("a command that has no answer at its deadline has timed out, and its late answer is dropped")
    func late() {
        connection.send(1)
        connection.advance(30)
        connection.send(2)
        connection.advance(19)
        #expect(connection.results.isEmpty)
        connection.advance(1)
        #expect(connection.results == [1: .failure(.timedOut)])
        connection.receive("+one\r\n+two\r\n")
        #expect(connection.results == [1: .failure(.timedOut), 2: .success(.simple("two"))])
        #expect(connection.handler.endReason == nil)
    }

    @Test("a deadline that has passed is not waited for, and nothing is sent")
    func passed() throws {
        connection.handler.send(RESPCommand("PING"), by: connection.channel.eventLoop.now) { result in
            #expect(result == .failure(.timedOut))
        }
        connection.channel.embeddedEventLoop.run()
        #expect(try connection.written() == "")
    }

    @Test("a store that leaves a command without an answer is known to, until it answers")
    func signal() {
        connection.send(1)
        connection.advance(49)
        #expect(!connection.handler.signal.isStalled)
        connection.advance(1)
        #expect(connection.handler.signal.isStalled)
        connection.receive("+one\r\n")
        #expect(!connection.handler.signal.isStalled)
    }

    @Test("a store that answers one command and not the next in time goes on to be asked")
    func partlyLate() {
        connection.send(1)
        connection.advance(30)
        connection.send(2)
        connection.receive("+one\r\n")
        connection.send(3)
        connection.advance(49)
        connection.receive("+two\r\n")
        connection.advance(10)
        #expect(connection.results[3] == .failure(.timedOut))
        #expect(!connection.handler.signal.isStalled)
    }

    @Test("a store that is silent for too long loses the connection")
    func silent() {
        connection.send(1)
        connection.advance(499)
        #expect(connection.channel.isActive)
        connection.advance(1)
        #expect(!connection.channel.isActive)
        #expect(connection.handler.endReason == .timedOut)
    }

    @Test("a store that answers late but answers keeps the connection")
    func slow() {
        connection.send(1)
        connection.advance(400)
        connection.receive("+one\r\n")
        connection.send(2)
        connection.advance(400)
        connection.receive("+two\r\n")
        connection.advance(60_000)
        #expect(connection.channel.isActive)
        #expect(connection.results == [1: .failure(.timedOut), 2: .failure(.timedOut)])
    }

    @Test(
        "what is no answer, or one that nobody asked for, ends the connection",
        arguments: ["HTTP/1.1 400 Bad Request\r\n", "+one\r\n+two\r\n+three\r\n", "$99999999\r\n"])
    func broken(text: String) {
        connection.send(1)
        connection.send(2)
        connection.receive(text)
        #expect(!connection.channel.isActive)
        #expect(connection.handler.endReason == .malformedAnswer)
        #expect(connection.results.count == 2)
    }

    @Test("a connection that the store closes fails what waits, and what comes after")
    func closed() {
        connection.send(1)
        connection.channel.pipeline.fireChannelInactive()
        #expect(connection.results == [1: .failure(.connectionLost("it closed the connection"))])
        connection.send(2)
        #expect(connection.results[2] == .failure(.notConnected))
    }

    @Test("one that is given up has its reason from whoever gave it up")
    func givenUp() {
        connection.send(1)
        connection.handler.close(.refused(code: "READONLY"))
        connection.channel.embeddedEventLoop.run()
        #expect(connection.results == [1: .failure(.refused(code: "READONLY"))])
        #expect(!connection.channel.isActive)
        #expect(connection.handler.endReason == .refused(code: "READONLY"))
    }

    @Test("no more commands wait than a connection takes")
    func full() {
        for number in 0...RedisCommandHandler.maxInFlight { connection.send(number) }
        #expect(connection.results == [RedisCommandHandler.maxInFlight: .failure(.tooManyInFlight)])
    }
}
