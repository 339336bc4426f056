package import Foundation

/// How a ``CredentialsCache`` stands, for a look from outside.
package struct CredentialsStatus: Sendable, Hashable {
    /// Whether there is something to sign with.
    package enum State: String, Sendable, Hashable {
        /// There are credentials whose time is not over.
        case ok
        /// There are credentials whose time is over, and that are used because no others can be had.
        case expired
        /// There were some, whose time is over; nobody has asked since, and the next who does has others fetched.
        case idle
        /// There are none.
        case none
    }

    /// Whether there is something to sign with.
    package let state: State
    /// Where the credentials come from; `nil` where there are none.
    package let source: String?
    /// When their time is over; `nil` for never, and where there are none.
    package let expiration: Date?
    /// Why the last fetch failed; `nil` where it did not.
    package let failure: CredentialsError?
}
