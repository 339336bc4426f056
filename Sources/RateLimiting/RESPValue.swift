package import NIOCore

/// A reply in RESP2, the protocol of Redis and Valkey.
///
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/.
package enum RESPValue: Sendable, Hashable {
    /// `+OK`.
    case simple(String)
    /// `-ERR …`: the store refused the command.
    case error(String)
    /// `:42`.
    case integer(Int64)
    /// `$5`, then that many bytes.
    case bulk([UInt8])
    /// `*2`, then that many replies.
    case array([RESPValue])
    /// `$-1` or `*-1`.
    case null
}

/// Why bytes are no reply.
package enum RESPError: Error, Sendable, Hashable {
    /// They do not follow the protocol.
    case malformed
    /// A reply is larger, or nested deeper, than any that is asked for.
    case tooLarge
}

/// A command, which RESP2 writes as an array of bulk strings.
package struct RESPCommand: Sendable, CustomStringConvertible {
    private let parts: [String]

    /// A command and its arguments.
    package init(_ parts: String...) {
        self.parts = parts
    }

    /// A command and its arguments.
    package init(_ parts: [String]) {
        self.parts = parts
    }

    /// The command's name alone: an argument may be a password.
    package var description: String { parts.first ?? "" }

    /// Writes the command at the end of a buffer.
    package func write(to buffer: inout ByteBuffer) {
        buffer.writeString("*\(parts.count)\r\n")
        for part in parts {
            buffer.writeString("$\(part.utf8.count)\r\n")
            buffer.writeString(part)
            buffer.writeString("\r\n")
        }
    }
}
