import Foundation
import Synchronization

/// A program that is run for what it writes to its standard output.
///
/// It reads from `/dev/null`, and what it writes to its standard error goes there too. It has a process group of its
/// own, which is killed with it. Foundation's `Process` is no choice here: it takes a child for alive as long as any
/// descendant holds a socket that it hands down.
struct ChildProcess: Sendable {
    /// The program's file.
    let program: String
    /// Its arguments, the program's name not among them.
    let arguments: [String]
    /// Its whole environment.
    let environment: [String: String]
    /// How much it may write.
    let maxOutputBytes: Int

    /// Why there is no output, as the end of a sentence whose subject is the program.
    enum Failure: Error, Hashable, CustomStringConvertible {
        case notStarted(CInt)
        case outlasted
        case cancelled
        case tooMuchOutput(limit: Int)
        case exited(CInt)
        case signalled(CInt)
        case unreadable(CInt)
        case lost

        var description: String {
            switch self {
            case .notStarted(ENOENT): "does not exist"
            case .notStarted(EACCES): "may not be executed"
            case .notStarted(ETXTBSY): "is being written by somebody"
            case .notStarted(ENOEXEC): "is not a program that this system can execute"
            case .notStarted(let code): "could not be started (errno \(code))"
            case .outlasted: "did not end in time and was killed"
            case .cancelled: "was killed because nobody waits for it any more"
            case .tooMuchOutput(let limit): "wrote more than \(limit) bytes and was killed"
            case .exited(let code): "ended with exit code \(code)"
            case .signalled(let signal): "was ended by signal \(signal)"
            case .unreadable(let code): "wrote what could not be read (errno \(code))"
            case .lost: "ended, but somebody else was told how"
            }
        }
    }

    /// How often a program that neither writes nor closes its output is looked after.
    private static let interval: CInt = 10

    /// Runs the program on a thread of its own and gives what it wrote, once it has ended with exit code 0.
    ///
    /// - Parameter patience: How long it may run; then it is killed. Cancelling the task kills it too.
    /// - Returns: The bytes of its standard output.
    /// - Throws: ``Failure``; the program has ended by then, its exit is collected and its pipe closed.
    func output(within patience: Duration) async throws(Failure) -> [UInt8] {
        let end = ContinuousClock.now + patience
        let stop = StopSign()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<[UInt8], Failure>, Never>) in
                Thread.detachNewThread {
                    do throws(Failure) {
                        continuation.resume(returning: .success(try waitForOutput(until: end, or: stop)))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            }
        } onCancel: {
            stop.isSet.store(true, ordering: .relaxed)
        }
        return try result.get()
    }

    private final class StopSign: Sendable {
        let isSet = Atomic(false)
    }

    private func waitForOutput(until end: ContinuousClock.Instant, or stop: StopSign) throws(Failure) -> [UInt8] {
        guard ContinuousClock.now < end else { throw .outlasted }
        let (child, pipe) = try start(until: end, or: stop)
        defer { close(pipe) }
        var output = PipeOutput(descriptor: pipe, limit: maxOutputBytes)
        var status: CInt?
        do throws(Failure) {
            while true {
                // In this order: what was written before the end is in the pipe by now. Who else holds the pipe
                // open, such as a daemon that the program has left behind, is not waited for.
                status = try Self.collect(child, options: WNOHANG)
                try output.read()
                if status != nil { break }
                guard ContinuousClock.now < end else { throw .outlasted }
                guard !stop.isSet.load(ordering: .relaxed) else { throw .cancelled }
                output.wait(milliseconds: Self.interval)
            }
        } catch {
            if status == nil, error != .lost { Self.end(child) }
            throw error
        }
        try Self.check(status ?? 0)
        return output.bytes
    }

    /// Starts the program; one that somebody is just writing is waited for.
    private func start(
        until end: ContinuousClock.Instant, or stop: StopSign
    ) throws(Failure) -> (child: pid_t, output: CInt) {
        while true {
            do {
                return try start()
            } catch {
                guard error == .notStarted(ETXTBSY), ContinuousClock.now < end else { throw error }
                guard !stop.isSet.load(ordering: .relaxed) else { throw .cancelled }
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
    }

    /// Kills the program and what it has started, and collects its exit.
    private static func end(_ child: pid_t) {
        kill(-child, SIGKILL)
        // That it has been collected elsewhere changes nothing: it is gone.
        _ = try? collect(child, options: 0)
    }

    /// The exit status; `nil` while the program runs.
    private static func collect(_ child: pid_t, options: CInt) throws(Failure) -> CInt? {
        var status: CInt = 0
        var result: pid_t
        repeat { result = unsafe waitpid(child, &status, options) } while result == -1 && errno == EINTR
        guard result != -1 else { throw .lost }
        return result == child ? status : nil
    }

    /// What the C library's `WIFEXITED`, `WEXITSTATUS` and `WTERMSIG` tell, which Swift cannot call.
    private static func check(_ status: CInt) throws(Failure) {
        let signal = status & 0x7F
        guard signal == 0 else { throw .signalled(signal) }
        let code = (status >> 8) & 0xFF
        guard code == 0 else { throw .exited(code) }
    }
}

/// The end of a pipe that is read without waiting, and what came out of it.
private struct PipeOutput {
    let descriptor: CInt
    let limit: Int
    private(set) var bytes: [UInt8] = []
    private var isOpen = true

    init(descriptor: CInt, limit: Int) {
        self.descriptor = descriptor
        self.limit = limit
    }

    /// Reads what there is.
    mutating func read() throws(ChildProcess.Failure) {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while isOpen {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Foundation.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                guard errno == EAGAIN else { throw .unreadable(errno) }
                return
            }
            isOpen = count > 0
            bytes += buffer.prefix(count)
            guard bytes.count <= limit else { throw .tooMuchOutput(limit: limit) }
        }
    }

    /// Waits until there is more or the time is over; a pipe that has been closed has no more.
    func wait(milliseconds: CInt) {
        var entry = pollfd(fd: isOpen ? descriptor : -1, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&entry, 1, milliseconds)
    }
}
