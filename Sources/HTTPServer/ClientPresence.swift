import Synchronization

/// Whether the client of a connection is still there, for responders that may stop when nobody waits any more.
package final class ClientPresence: Sendable {
    private let gone = Atomic(false)

    /// A client that is there.
    package init() {}

    /// Whether the connection is known to be lost, or the client has ended its side of it.
    ///
    /// Who hangs up and who only says that nothing more is to come look alike; a client that leaves without a word is
    /// noticed late.
    package var isGone: Bool { gone.load(ordering: .relaxed) }

    /// Notes that the connection is lost.
    func leave() {
        gone.store(true, ordering: .relaxed)
    }
}
