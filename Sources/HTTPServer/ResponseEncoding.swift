import NIOCore

/// A response in the form it has on the wire (RFC 9112, section 4).
///
/// Written in one piece here rather than by a codec in three: the framing is always a `Content-Length`, and what a
/// responder puts into a field can never end that field.
struct ResponseEncoding {
    /// What the connection decides about a response.
    struct Exchange {
        /// The content is left out, its length is told.
        var isHeadRequest: Bool
        /// The connection is closed behind this response.
        var closes: Bool
        /// The client has to be told that the connection stays open.
        var announcesKeepAlive: Bool
        /// The value of `Date`.
        var date: String
    }

    /// What the server writes when a client waits for leave to send its content.
    static let continueLine: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

    /// Writes all of `response` to `buffer`.
    static func write(_ response: Response, for exchange: Exchange, to buffer: inout ByteBuffer) {
        let status = (200...599).contains(response.status.code) ? response.status : .internalServerError
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status.code))
        buffer.writeStaticString(" ")
        buffer.writeString(status.reasonPhrase)
        buffer.writeStaticString("\r\n")

        var hasDate = false
        for (name, value) in response.headers where !isFraming(name) && isToken(name) {
            hasDate = hasDate || equal(name, "date")
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            writeValue(value, to: &buffer)
            buffer.writeStaticString("\r\n")
        }
        if !hasDate {
            buffer.writeStaticString("Date: ")
            buffer.writeString(exchange.date)
            buffer.writeStaticString("\r\n")
        }
        if exchange.closes {
            buffer.writeStaticString("Connection: close\r\n")
        } else if exchange.announcesKeepAlive {
            buffer.writeStaticString("Connection: keep-alive\r\n")
        }
        if !status.forbidsContent {
            buffer.writeStaticString("Content-Length: ")
            buffer.writeString(String(response.body.count))
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("\r\n")
        if !status.forbidsContent, !exchange.isHeadRequest {
            buffer.writeBytes(response.body)
        }
    }

    /// A control character in a value would end the field or the head: it becomes a space (RFC 9110, section 5.5).
    private static func writeValue(_ value: String, to buffer: inout ByteBuffer) {
        if value.utf8.contains(where: isControl) {
            buffer.writeBytes(value.utf8.map { isControl($0) ? UInt8(ascii: " ") : $0 })
        } else {
            buffer.writeString(value)
        }
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy(HeadScanner.isTokenByte)
    }

    /// Whether a field is the server's own to write.
    private static func isFraming(_ name: String) -> Bool {
        switch name.utf8.count {
        case 10: equal(name, "connection") || equal(name, "keep-alive")
        case 14: equal(name, "content-length")
        case 17: equal(name, "transfer-encoding")
        default: false
        }
    }

    private static func equal(_ name: String, _ lowercase: String) -> Bool {
        name.utf8.count == lowercase.utf8.count && name.lowercased() == lowercase
    }
}
