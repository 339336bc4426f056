import Foundation

/// An error of the operating system, in its own words.
package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The number, `errno`.
    package let code: Int32

    /// An error of a number.
    package init(code: Int32) {
        self.code = code
    }

    /// The error of the call that has just failed.
    package static var last: SystemError { SystemError(code: errno) }

    /// The system's sentence.
    package var description: String { unsafe String(cString: strerror(code)) }
}
