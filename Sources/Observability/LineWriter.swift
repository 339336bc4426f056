import Foundation
import Synchronization

/// Writes whole lines to a file descriptor, one at a time, so that lines of several threads never mix.
///
/// A line that cannot be written (a closed pipe, a full disk) is dropped: a log must not stop the program.
package final class LineWriter: Sendable {
    /// The writer of standard output.
    package static let standardOutput = LineWriter(descriptor: STDOUT_FILENO)

    private let descriptor: Mutex<Int32>

    /// Creates a writer to an open descriptor, which it does not close.
    package init(descriptor: Int32) {
        self.descriptor = Mutex(descriptor)
    }

    /// Writes one line; its line feed is the caller's.
    package func write(_ line: [UInt8]) {
        descriptor.withLock { descriptor in
            var rest = line[...]
            while !rest.isEmpty {
                let written = unsafe rest.withUnsafeBytes {
                    unsafe Foundation.write(descriptor, $0.baseAddress, $0.count)
                }
                if written > 0 {
                    rest = rest.dropFirst(written)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
