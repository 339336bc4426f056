import Dispatch
import Foundation
import Synchronization

/// Writes whole lines to a file descriptor, in the order in which they come, without making anyone wait for its reader.
///
/// Lines are kept in a bounded buffer that one thread empties: whoever reads a pipe may stall, and the program must
/// go on serving. When the buffer is full, lines are dropped, and a line that says how many follows. A line that
/// cannot be written (a closed pipe, a full disk) is dropped: a log must not stop the program. Lines of the audit trail
/// have a reserve of their own beyond the buffer, and whoever gives one is told when that is full, too.
package final class LineWriter: Sendable {
    /// The writer of standard output.
    package static let standardOutput = LineWriter(descriptor: STDOUT_FILENO)
    /// The writer of standard error.
    package static let standardError = LineWriter(descriptor: STDERR_FILENO)

    private struct Pending {
        var bytes: [UInt8] = []
        var dropped = 0
        var droppedAudit = 0
        var isScheduled = false
    }

    private let descriptor: Int32
    private let capacity: Int
    private let reserve: Int
    private let pending = Mutex(Pending())
    private let queue = DispatchQueue(label: "jobgate.log")

    /// Creates a writer to an open descriptor, which it does not close.
    ///
    /// - Parameters:
    ///   - descriptor: Where the lines go.
    ///   - capacity: How many bytes wait at most; a line longer than that is dropped.
    ///   - reserve: How many bytes more may wait for lines of the audit trail.
    package init(descriptor: Int32, capacity: Int = 1 << 20, reserve: Int = 8 << 20) {
        self.descriptor = descriptor
        self.capacity = capacity
        self.reserve = reserve
    }

    /// Takes one line to be written and returns at once; its line feed is the caller's.
    package func write(_ line: [UInt8]) {
        _ = take(line, isAudit: false)
    }

    /// Takes one line of the audit trail and returns at once; its line feed is the caller's.
    ///
    /// - Returns: Whether it was taken.
    package func writeAudit(_ line: [UInt8]) -> Bool {
        take(line, isAudit: true)
    }

    private func take(_ line: [UInt8], isAudit: Bool) -> Bool {
        let (isTaken, mustSchedule) = pending.withLock { pending in
            guard pending.bytes.count + line.count <= capacity + (isAudit ? reserve : 0) else {
                if isAudit { pending.droppedAudit += 1 } else { pending.dropped += 1 }
                return (false, false)
            }
            pending.bytes.append(contentsOf: line)
            defer { pending.isScheduled = true }
            return (true, !pending.isScheduled)
        }
        if mustSchedule { queue.async { self.drain() } }
        return isTaken
    }

    /// Waits until what was taken before is written.
    ///
    /// - Parameter duration: The longest wait: a reader that has stalled must not keep a program from ending.
    /// - Returns: Whether everything was written.
    @discardableResult
    package func flush(within duration: Duration = .seconds(1)) -> Bool {
        let written = DispatchSemaphore(value: 0)
        queue.async { written.signal() }
        let (seconds, attoseconds) = duration.components
        let wait = DispatchTime.now() + .seconds(Int(seconds)) + .nanoseconds(Int(attoseconds / 1_000_000_000))
        return written.wait(timeout: wait) == .success
    }

    /// Writes until nothing waits; runs on the queue alone.
    private func drain() {
        while true {
            let (bytes, dropped, droppedAudit) = pending.withLock { pending in
                defer {
                    pending.isScheduled = !pending.bytes.isEmpty
                    pending.bytes = []
                    pending.dropped = 0
                    pending.droppedAudit = 0
                }
                return (pending.bytes, pending.dropped, pending.droppedAudit)
            }
            guard !bytes.isEmpty else { return }
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = Self.wholeLines(of: rest)
                writeAll(piece)
                rest = rest[piece.endIndex...]
            }
            if dropped > 0 { note("log lines dropped", level: "warning", count: dropped) }
            if droppedAudit > 0 { note("audit lines dropped", level: "error", count: droppedAudit) }
        }
    }

    private func note(_ message: String, level: String, count: Int) {
        let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        let line = "{\"time\":\"\(time)\",\"level\":\"\(level)\",\"message\":\"\(message)\",\"count\":\(count)}\n"
        writeAll(Array(line.utf8)[...])
    }

    /// As many whole lines as a pipe takes at once or not at all (POSIX's `PIPE_BUF`), at least one: a program that
    /// ends while its reader stalls then leaves no half line.
    private static func wholeLines(of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let lineFeed = UInt8(ascii: "\n")
        if let end = bytes.prefix(4_096).lastIndex(of: lineFeed) { return bytes[...end] }
        return bytes.firstIndex(of: lineFeed).map { bytes[...$0] } ?? bytes
    }

    private func writeAll(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes {
                unsafe Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                // Whoever shares the descriptor may have made it non-blocking: half a line would spoil the next.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&waiting, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }
}
