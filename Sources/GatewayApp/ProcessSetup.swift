import Foundation

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
