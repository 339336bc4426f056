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

    /// Lets SIGHUP end nothing from here on; what is started from here has it as ever.
    ///
    /// Who serves reads its configuration anew then, and one that is asked to while it starts is reading it already.
    package static func outliveHangups() {
        // A handler, and no SIG_IGN: that would be handed on to other programs.
        _ = signal(SIGHUP) { _ in }
    }

    /// Makes a write to a closed pipe an error of that write alone.
    package static func ignoreBrokenPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
    }
}
