package import NIOCore

/// Reads RESP2 replies from a stream, strictly and within bounds.
///
/// The bounds are far above the replies to this program's own commands: whoever sends more is no store, or not a sound
/// one, and the connection is of no more use.
package struct RESPDecoder: NIOSingleStepByteToMessageDecoder {
    /// A reply.
    package typealias InboundOut = RESPValue

    /// How many bytes one reply may have.
    package static let maxReplyBytes = 65_536
    /// How many elements the arrays of one reply may have together.
    ///
    /// What is not all there is read again with each packet, on the thread that requests wait for.
    package static let maxElements = 64
    /// How deep arrays may be nested.
    package static let maxDepth = 4

    /// A decoder at the beginning of a stream.
    package init() {}

    /// Reads the next reply; `nil` while it is not all there.
    package mutating func decode(buffer: inout ByteBuffer) throws -> RESPValue? {
        // On a copy: it shares the bytes, and what is read of a reply that is not all there is read again.
        var reader = Reader(rest: buffer)
        guard let value = try reader.value(depth: 0) else {
            guard buffer.readableBytes <= Self.maxReplyBytes else { throw RESPError.tooLarge }
            return nil
        }
        buffer = reader.rest
        return value
    }

    /// Reads what is left when the connection ends; a reply that was cut is none.
    package mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> RESPValue? {
        try decode(buffer: &buffer)
    }

    private struct Reader {
        var rest: ByteBuffer
        private var elementsLeft = RESPDecoder.maxElements

        init(rest: ByteBuffer) {
            self.rest = rest
        }

        mutating func value(depth: Int) throws(RESPError) -> RESPValue? {
            guard let line = try line(), let kind = line.first else { return nil }
            let text = line.dropFirst()
            switch kind {
            case UInt8(ascii: "+"): return .simple(String(decoding: text, as: UTF8.self))
            case UInt8(ascii: "-"): return .error(String(decoding: text, as: UTF8.self))
            case UInt8(ascii: ":"): return .integer(try Self.integer(text))
            case UInt8(ascii: "$"): return try bulk(text)
            case UInt8(ascii: "*"): return try array(text, depth: depth)
            default: throw .malformed
            }
        }

        /// The bytes up to the next CRLF, which is read too; `nil` while there is none.
        private mutating func line() throws(RESPError) -> [UInt8]? {
            let bytes = rest.readableBytesView
            guard let end = bytes.firstIndex(where: { $0 == 13 || $0 == 10 }) else {
                // What can be no reply is known by its first byte, before its line has ended.
                if let first = bytes.first, !Self.kinds.contains(first) { throw .malformed }
                return nil
            }
            guard bytes[end] == 13, end > bytes.startIndex else { throw .malformed }
            let next = bytes.index(after: end)
            guard next < bytes.endIndex else { return nil }
            guard bytes[next] == 10 else { throw .malformed }
            let line = Array(bytes[..<end])
            rest.moveReaderIndex(forwardBy: line.count + 2)
            return line
        }

        private mutating func bulk(_ text: ArraySlice<UInt8>) throws(RESPError) -> RESPValue? {
            guard let length = try Self.length(text) else { return .null }
            guard length <= RESPDecoder.maxReplyBytes else { throw .tooLarge }
            guard rest.readableBytes >= length + 2 else { return nil }
            let bytes = rest.readBytes(length: length) ?? []
            guard rest.readBytes(length: 2) == [13, 10] else { throw .malformed }
            return .bulk(bytes)
        }

        private mutating func array(_ text: ArraySlice<UInt8>, depth: Int) throws(RESPError) -> RESPValue? {
            guard let count = try Self.length(text) else { return .null }
            guard count <= elementsLeft, depth < RESPDecoder.maxDepth else { throw .tooLarge }
            elementsLeft -= count
            var values: [RESPValue] = []
            for _ in 0..<count {
                guard let value = try value(depth: depth + 1) else { return nil }
                values.append(value)
            }
            return .array(values)
        }

        /// A length; `nil` for -1, which means that there is no value.
        private static func length(_ text: ArraySlice<UInt8>) throws(RESPError) -> Int? {
            if text.elementsEqual("-1".utf8) { return nil }
            guard let first = text.first, (0x30...0x39).contains(first) else { throw .malformed }
            return Int(try integer(text))
        }

        /// A number of 64 bits, with or without a sign.
        private static func integer(_ text: ArraySlice<UInt8>) throws(RESPError) -> Int64 {
            guard let value = Int64(String(decoding: text, as: UTF8.self)) else { throw .malformed }
            return value
        }

        private static let kinds = Set("+-:$*".utf8)
    }
}
