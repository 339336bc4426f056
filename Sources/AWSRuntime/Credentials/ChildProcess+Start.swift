import Foundation

#if canImport(Darwin)
private typealias SpawnActions = posix_spawn_file_actions_t?
private typealias SpawnAttributes = posix_spawnattr_t?
#else
private typealias SpawnActions = posix_spawn_file_actions_t
private typealias SpawnAttributes = posix_spawnattr_t
#endif

extension ChildProcess {
    /// Starts the program.
    ///
    /// - Returns: Its process id, and the end of the pipe that its output comes out of, which never blocks.
    /// - Throws: ``Failure/notStarted(_:)``.
    func start() throws(Failure) -> (child: pid_t, output: CInt) {
        let (output, input) = try Self.pipe()
        defer { close(input) }
        do throws(Failure) {
            return (try spawn(output: input), output)
        } catch {
            close(output)
            throw error
        }
    }

    /// A pipe whose ends no other child inherits, the one to read from without blocking.
    private static func pipe() throws(Failure) -> (output: CInt, input: CInt) {
        var ends: [CInt] = [-1, -1]
        guard unsafe Foundation.pipe(&ends) == 0 else { throw .notStarted(errno) }
        guard ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }), fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0
        else {
            let code = errno
            for end in ends { close(end) }
            throw .notStarted(code)
        }
        return (ends[0], ends[1])
    }

    private func spawn(output: CInt) throws(Failure) -> pid_t {
        #if canImport(Darwin)
        var actions: SpawnActions = nil
        var attributes: SpawnAttributes = nil
        #else
        var actions = unsafe SpawnActions()
        var attributes = SpawnAttributes()
        #endif
        try Self.check(unsafe posix_spawn_file_actions_init(&actions))
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        try Self.check(unsafe posix_spawnattr_init(&attributes))
        defer { _ = unsafe posix_spawnattr_destroy(&attributes) }
        try unsafe Self.direct(&actions, output: output)
        try Self.detach(&attributes)
        var child: pid_t = 0
        let code = unsafe Self.withCStrings([program] + arguments) { arguments in
            unsafe Self.withCStrings(environment.map { "\($0)=\($1)" }) { environment in
                unsafe posix_spawn(&child, program, &actions, &attributes, arguments, environment)
            }
        }
        try Self.check(code)
        return child
    }

    /// Standard input and error are `/dev/null`, standard output is the pipe, and there is nothing else.
    private static func direct(_ actions: inout SpawnActions, output: CInt) throws(Failure) {
        try check(unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0))
        try check(unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO))
        try check(unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0))
        #if !canImport(Darwin)
        // Not only those that are open now: another thread may open a file before the program begins, and one that it
        // writes could not be executed for as long as the program held it. To close what is not open is no error.
        // The bound is beyond what the default limits of connections come to.
        for descriptor in STDERR_FILENO + 1..<min(getdtablesize(), 8192) {
            try check(unsafe posix_spawn_file_actions_addclose(&actions, descriptor))
        }
        #endif
    }

    /// A process group of its own, no signal blocked, and none ignored of those that a server ignores.
    private static func detach(_ attributes: inout SpawnAttributes) throws(Failure) {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        try check(unsafe posix_spawnattr_setsigmask(&attributes, &signals))
        for signal in [SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD] {
            unsafe sigaddset(&signals, signal)
        }
        try check(unsafe posix_spawnattr_setsigdefault(&attributes, &signals))
        try check(unsafe posix_spawnattr_setpgroup(&attributes, 0))
        var flags = CInt(POSIX_SPAWN_SETPGROUP) | CInt(POSIX_SPAWN_SETSIGMASK) | CInt(POSIX_SPAWN_SETSIGDEF)
        #if canImport(Darwin)
        flags |= CInt(POSIX_SPAWN_CLOEXEC_DEFAULT)
        #endif
        try check(unsafe posix_spawnattr_setflags(&attributes, Int16(flags)))
    }

    private static func check(_ code: CInt) throws(Failure) {
        guard code == 0 else { throw .notStarted(code) }
    }

    /// Lends texts as C has them: pointers to each, the last one null.
    private static func withCStrings<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = unsafe texts.map { unsafe strdup($0) }
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe body(pointers + [nil])
    }
}
