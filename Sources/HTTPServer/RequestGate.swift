import NIOCore

/// Lets the bytes of one request through to the decoder, and no byte of the next before it is asked for.
///
/// The decoder would turn everything it is given into requests at once; a client that sends many without waiting
/// could so fill the memory. The gate keeps what comes too early as bytes, cuts exactly at the end of a head and of
/// its content, and bounds both before they are parsed.
final class RequestGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// What the gate tells the connection, as user events.
    enum Event {
        /// The first bytes of a head are here, its end is not.
        case headBegan
        /// The client has ended its side; what it sent before may still be waited for.
        case clientEnded
        /// The client has ended its side, and nothing is left of what was waited for.
        case inputEnded
        /// More than the bound of a refused request's rest was read and thrown away.
        case discardedEnough
    }

    /// What the connection waits for.
    enum Expectation: Equatable {
        case head
        case content(length: Int)
        case chunks(read: Int)
        /// A request is being answered.
        case nothing
        /// The request was refused; its rest is read and thrown away.
        case rest(read: Int)
    }

    /// Bytes of a refused request that are read so that the client gets to see the answer.
    static let maxDiscardedBytes = 1 << 20
    /// Bytes kept while a request is answered.
    ///
    /// Reading stops long before, but when a client has ended its side everything it sent arrives at once.
    private static let maxHeldBytes = 1 << 18

    private let limits: ServerLimits
    private var context: ChannelHandlerContext?
    private var expectation = Expectation.head
    private var held = ByteBuffer()
    private var scanner: HeadScanner
    private var chunkEnd = ChunkedEnd()
    private var headAnnounced = false
    private var inputClosed = false
    private var isPumping = false

    /// A gate that waits for a connection's first head.
    init(limits: ServerLimits) {
        self.limits = limits
        scanner = HeadScanner(limits: limits)
    }

    /// Whether the socket should be read: not while one request is answered and bytes of the next are here already.
    var wantsBytes: Bool {
        expectation != .nothing || held.readableBytes == 0
    }

    /// Whether no further request can come.
    var isExhausted: Bool {
        inputClosed && held.readableBytes == 0
    }

    /// Whether bytes are here that the decoder has not seen.
    var holdsBytes: Bool {
        held.readableBytes > 0
    }

    /// Says what is waited for next, and lets through what is here of it.
    func expect(_ next: Expectation) {
        expectation = next
        if next == .head {
            scanner = HeadScanner(limits: limits)
            headAnnounced = false
        }
        if case .chunks = next {
            chunkEnd = ChunkedEnd()
        }
        pump()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        if held.readableBytes == 0 {
            held = bytes
        } else {
            held.writeBuffer(&bytes)
        }
        if expectation == .nothing, held.readableBytes > Self.maxHeldBytes {
            held = ByteBuffer()
            inputClosed = true
        }
        pump()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The decoder must not learn of the end: it would decode no further byte, and some may be held here.
        if case .inputClosed? = event as? ChannelEvent {
            inputClosed = true
            context.fireUserInboundEventTriggered(Event.clientEnded)
            pump()
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    private func pump() {
        guard !isPumping, let context else { return }
        isPumping = true
        defer { isPumping = false }
        do {
            while let slice = try nextSlice() {
                context.fireChannelRead(Self.wrapInboundOut(slice))
            }
        } catch {
            context.fireErrorCaught(error)
            if case .rest(let read) = expectation {
                discard(alreadyRead: read)
            }
        }
        if inputClosed, expectation != .nothing {
            context.fireUserInboundEventTriggered(Event.inputEnded)
        }
    }

    private func nextSlice() throws(Refusal) -> ByteBuffer? {
        switch expectation {
        case .nothing:
            return nil
        case .rest(let read):
            discard(alreadyRead: read)
            return nil
        case .head:
            return try nextHead()
        case .content(let length):
            guard let slice = take(min(length, held.readableBytes)) else { return nil }
            let left = length - slice.readableBytes
            expectation = left == 0 ? .nothing : .content(length: left)
            return slice
        case .chunks(let read):
            return try nextChunks(alreadyRead: read)
        }
    }

    private func nextHead() throws(Refusal) -> ByteBuffer? {
        guard headAnnounced || skipEmptyLines() else { return nil }
        let bytes = held
        guard let length = try scanner.scan(bytes.readableBytesUInt8Span) else {
            if !headAnnounced {
                headAnnounced = true
                context?.fireUserInboundEventTriggered(Event.headBegan)
            }
            return nil
        }
        expectation = .nothing
        return take(length)
    }

    /// Cuts off what is let through, and keeps no memory for what is not there.
    private func take(_ length: Int) -> ByteBuffer? {
        guard length > 0, let slice = held.readSlice(length: length) else { return nil }
        if held.readableBytes == 0 {
            held = ByteBuffer()
        }
        return slice
    }

    /// Empty lines before a request are no part of it (RFC 9112, section 2.2), nor do they begin one.
    ///
    /// - Returns: Whether something else is here.
    private func skipEmptyLines() -> Bool {
        while let pair = held.getInteger(at: held.readerIndex, as: UInt16.self), pair == 0x0D0A {
            held.moveReaderIndex(forwardBy: 2)
        }
        let first = held.getInteger(at: held.readerIndex, as: UInt8.self)
        return first != nil && (first != UInt8(ascii: "\r") || held.readableBytes > 1)
    }

    private func nextChunks(alreadyRead: Int) throws(Refusal) -> ByteBuffer? {
        guard held.readableBytes > 0 else { return nil }
        let bytes = held
        let length = chunkEnd.advance(over: bytes.readableBytesUInt8Span)
        let read = alreadyRead + length
        // Content that is mostly chunk sizes, extensions and trailer fields is bounded with the content.
        guard read <= 2 * limits.maxBodyBytes + limits.maxHeaderBytes else {
            throw .contentTooLarge(limit: limits.maxBodyBytes)
        }
        expectation = .chunks(read: read)
        return take(length)
    }

    private func discard(alreadyRead: Int) {
        let read = alreadyRead + held.readableBytes
        held = ByteBuffer()
        expectation = .rest(read: read)
        if read > Self.maxDiscardedBytes, alreadyRead <= Self.maxDiscardedBytes {
            context?.fireUserInboundEventTriggered(Event.discardedEnough)
        }
    }
}

/// Cuts chunked content behind every empty line: the last of its bytes is always the end of one.
private struct ChunkedEnd {
    private var matched = 0

    /// The number of bytes up to and with the next empty line, or all if there is none.
    mutating func advance(over bytes: Span<UInt8>) -> Int {
        for index in bytes.indices {
            switch (bytes[index], matched) {
            case (UInt8(ascii: "\r"), 2): matched = 3
            case (UInt8(ascii: "\r"), _): matched = 1
            case (UInt8(ascii: "\n"), 1): matched = 2
            case (UInt8(ascii: "\n"), 3):
                matched = 2
                return index + 1
            default: matched = 0
            }
        }
        return bytes.count
    }
}
