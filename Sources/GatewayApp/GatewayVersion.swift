import Foundation
package import Logging
import Observability

/// The program's version.
package enum GatewayVersion {
    /// As `jobgate --version` prints it; CHANGELOG.md says what is in it.
    package static let current = "0.1.0"
}

/// The program's dealings with signals that are not its lifecycle.
package enum ProcessSignals {
    /// Makes a write to a closed pipe an error of that write alone.
    package static func ignoreBrokenPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
    }
}

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
        let descriptor = output == .standardOutput ? STDOUT_FILENO : STDERR_FILENO
        let writer = LineWriter(descriptor: descriptor)
        return Logger(label: "jobgate") { _ in JSONLogHandler(level: level, write: writer.write) }
    }
}
