import Foundation
package import Logging
import Observability

/// The program's version.
package enum GatewayVersion {
    /// As `jobgate --version` prints it; CHANGELOG.md says what is in it.
    package static let current = "0.1.0"
}

/// What is seen to before the program does anything else.
package enum ProcessSetup {
    /// Opens `/dev/null` in the place of a standard descriptor that is closed: a socket that got its number would
    /// otherwise be taken for the log.
    package static func openStandardDescriptors() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) == -1 {
            // The lowest number that is free is this one.
            _ = unsafe open("/dev/null", O_RDWR)
        }
    }

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
        let writer = writer(of: output)
        return Logger(label: "jobgate") { _ in JSONLogHandler(level: level, write: writer.write) }
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
