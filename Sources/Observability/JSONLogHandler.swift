import Foundation
import GatewayCore
package import Logging

/// Writes each log record as one line of JSON on a file descriptor, standard output by default.
///
/// The members come in a fixed order: `time` (RFC 3339, UTC, milliseconds), `level`, `message`, then the metadata
/// by name. Metadata values are strings unless they were given as ``LogValue``, which keeps numbers and null.
package struct JSONLogHandler: LogHandler {
    /// The metadata of every record of this logger.
    package var metadata: Logger.Metadata = [:]
    /// The least level that is written.
    package var logLevel: Logger.Level
    /// What adds metadata from the task's context; unused here.
    package var metadataProvider: Logger.MetadataProvider?
    private let write: @Sendable ([UInt8]) -> Void

    /// Creates a handler.
    ///
    /// - Parameters:
    ///   - level: The least level that is written.
    ///   - write: Takes one whole line, its line feed included.
    package init(level: Logger.Level, write: @escaping @Sendable ([UInt8]) -> Void = LineWriter.standardOutput.write) {
        self.logLevel = level
        self.write = write
    }

    /// One metadata value of the logger.
    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one record.
    package func log(event: LogEvent) {
        var line: [UInt8] = []
        line.reserveCapacity(256)
        line.append(contentsOf: "{\"time\":\"".utf8)
        line.append(contentsOf: Date().formatted(Self.timeStyle).utf8)
        line.append(contentsOf: "\",\"level\":\"\(event.level)\",\"message\":".utf8)
        JSONText.append(event.message.description, to: &line)
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (name, value) in all.sorted(by: { $0.key < $1.key }) {
            line.append(UInt8(ascii: ","))
            JSONText.append(name, to: &line)
            line.append(UInt8(ascii: ":"))
            JSONText.append(value, to: &line)
        }
        line.append(contentsOf: "}\n".utf8)
        write(line)
    }

    private static let timeStyle = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}

/// A log metadata value that keeps its JSON type.
package enum LogValue: Sendable, CustomStringConvertible {
    /// A whole number.
    case integer(Int)
    /// A number, written with three decimals; null when it is none that JSON can write.
    case milliseconds(Double)
    /// A string, or null.
    case string(String?)

    /// The value as JSON.
    package var description: String {
        switch self {
        case .integer(let value): return "\(value)"
        case .milliseconds(let value):
            guard let thousandths = Int64(exactly: (value * 1_000).rounded()) else { return "null" }
            let fraction = String(thousandths.magnitude % 1_000)
            let padding = String(repeating: "0", count: 3 - fraction.count)
            return "\(thousandths < 0 ? "-" : "")\(thousandths.magnitude / 1_000).\(padding)\(fraction)"
        case .string(.none): return "null"
        case .string(.some(let value)):
            var text: [UInt8] = []
            JSONText.append(value, to: &text)
            return String(decoding: text, as: UTF8.self)
        }
    }
}

extension Logger.MetadataValue {
    /// A metadata value that keeps its JSON type when written by ``JSONLogHandler``.
    package static func json(_ value: LogValue) -> Logger.MetadataValue {
        .stringConvertible(value)
    }
}
