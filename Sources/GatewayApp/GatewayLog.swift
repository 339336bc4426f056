package import Logging
import Observability

/// The program's log.
package enum GatewayLog {
    /// Where its lines go.
    package enum Output: Sendable {
        /// Standard output, as a container's log wants it.
        case standardOutput
        /// Standard error, where standard output is for people.
        case standardError
    }

    /// A logger of JSON lines.
    package static func logger(level: Logger.Level, to output: Output) -> Logger {
        let writer = writer(of: output)
        return Logger(label: "jobgate") { _ in JSONLogHandler(level: level, write: writer.write) }
    }

    /// What takes the lines of the audit trail, whatever the log's level; false when a line could not be kept.
    static func auditLine(to output: Output) -> @Sendable ([UInt8]) -> Bool {
        writer(of: output).writeAudit
    }

    /// Waits, for a second at most, until what was logged is written; for the end of the program.
    package static func flush(_ output: Output) {
        writer(of: output).flush()
    }

    private static func writer(of output: Output) -> LineWriter {
        switch output {
        case .standardOutput: .standardOutput
        case .standardError: .standardError
        }
    }
}
