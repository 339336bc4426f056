import NIOCore
import Synchronization

/// The connections of one server: how many there are, whether one more is taken, and when the last is gone.
final class ConnectionRegistry: Sendable {
    /// What becomes of an accepted connection.
    enum Admission: Equatable {
        case served
        /// One more than is served: it is told so.
        case surplus
        /// Too many even to be told, or the server takes none any more.
        case turnedAway
    }

    private struct Entry {
        let channel: any Channel
        let admission: Admission
        var abandon: (@Sendable () -> Void)?
    }

    private struct State {
        var channels: [ObjectIdentifier: Entry] = [:]
        var served = 0
        var surplus = 0
        var drainBegan: NIODeadline?
        var accepting: (any Channel)?
        var waiter: CheckedContinuation<Void, Never>?
    }

    /// Connections that may be told at once that they are too many.
    private static let maxSurplus = 64

    private let maxServed: Int
    private let state = Mutex(State())

    /// An empty registry.
    init(maxConnections: Int) {
        maxServed = maxConnections
    }

    /// Connections served now.
    var served: Int {
        state.withLock { $0.served }
    }

    /// When draining began, if it has.
    var drainBegan: NIODeadline? {
        state.withLock { $0.drainBegan }
    }

    /// Takes a connection in, or says why not.
    func admit(_ channel: any Channel) -> Admission {
        state.withLock { state in
            let admission: Admission
            if state.drainBegan != nil {
                admission = .turnedAway
            } else if state.served < maxServed {
                admission = .served
                state.served += 1
            } else if state.surplus < Self.maxSurplus {
                admission = .surplus
                state.surplus += 1
            } else {
                admission = .turnedAway
            }
            if admission != .turnedAway {
                state.channels[ObjectIdentifier(channel)] = Entry(channel: channel, admission: admission)
            }
            return admission
        }
    }

    /// Notes how a connection admitted before is ended, its responder included, when the time for draining is over.
    func note(_ id: ObjectIdentifier, abandon: @escaping @Sendable () -> Void) {
        state.withLock { $0.channels[id]?.abandon = abandon }
    }

    /// A connection admitted before is closed, and nothing works for it any more.
    func ended(_ id: ObjectIdentifier) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            switch state.channels.removeValue(forKey: id)?.admission {
            case .served: state.served -= 1
            case .surplus: state.surplus -= 1
            case .turnedAway, nil: break
            }
            guard state.channels.isEmpty else { return nil }
            return state.waiter.take()
        }
        waiter?.resume()
    }

    /// Notes the channel that accepts connections.
    ///
    /// - Returns: Whether it may go on; not if draining has begun.
    func accepts(on channel: any Channel) -> Bool {
        state.withLock { state in
            guard state.drainBegan == nil else { return false }
            state.accepting = channel
            return true
        }
    }

    /// Begins draining: closes the accepting channel and tells every connection to end when it can.
    func drain(at now: NIODeadline) {
        let (accepting, channels) = state.withLock { state -> ((any Channel)?, [any Channel]) in
            guard state.drainBegan == nil else { return (nil, []) }
            state.drainBegan = now
            return (state.accepting.take(), state.channels.values.map(\.channel))
        }
        accepting?.close(promise: nil)
        for channel in channels {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// Closes what is still open, and cancels what still works, also for clients that are gone.
    func abandonAll() {
        for entry in state.withLock({ Array($0.channels.values) }) {
            entry.abandon?()
            entry.channel.close(promise: nil)
        }
    }

    /// Returns when no connection is left; to be called once, when draining has begun.
    func waitUntilEmpty() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                guard !state.channels.isEmpty else { return true }
                state.waiter = continuation
                return false
            }
            if isEmpty { continuation.resume() }
        }
    }
}
