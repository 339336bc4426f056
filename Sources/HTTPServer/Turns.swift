import NIOCore
import Synchronization

/// Spreads over time what clients have sent ahead, so that it does not keep others waiting.
///
/// An event loop looks at its sockets only when no task is due. Connections with hundreds of requests in memory already
/// could keep it from all others until the last is answered; so each gets a turn of a few requests, and the turns of
/// all connections follow one another at a distance that leaves the loop time to look.
final class Turns: Sendable {
    /// Requests that one connection has answered in a turn.
    static let length = 8
    /// The distance of turns is twice what the last one took, within these bounds: so half of the time is left.
    private static let distances = TimeAmount.milliseconds(4)...TimeAmount.milliseconds(50)

    private let last = Atomic<UInt64>(0)

    /// When the next turn of a connection begins whose last one took `duration`; every call is given another time.
    func next(after duration: TimeAmount, at now: NIODeadline) -> NIODeadline {
        let wanted = min(max(duration * 2, Self.distances.lowerBound), Self.distances.upperBound)
        let distance = UInt64(wanted.nanoseconds)
        var known = last.load(ordering: .relaxed)
        while true {
            let turn = max(known, now.uptimeNanoseconds) + distance
            let (exchanged, original) = last.compareExchange(expected: known, desired: turn, ordering: .relaxed)
            if exchanged { return .uptimeNanoseconds(turn) }
            known = original
        }
    }
}
