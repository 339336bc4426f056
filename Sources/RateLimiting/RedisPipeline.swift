package import NIOCore

/// The commands of one connection that wait for their answers, as a value: time is an argument.
///
/// Answers come in the order of the commands. A command whose time is over keeps its place, so that its answer, if it
/// still comes, is not taken for the next one's.
package struct RedisPipeline<Ticket> {
    /// What an answer is to.
    package enum Answer {
        /// A command that waits.
        case expected(Ticket)
        /// A command whose time is over.
        case late
        /// No command.
        case unexpected
    }

    private struct Slot {
        /// Whose answer it is; `nil` once its time is over.
        var ticket: Ticket?
        let sent: NIODeadline
        let deadline: NIODeadline
    }

    private let capacity: Int
    private let patience: TimeAmount
    private var slots = CircularBuffer<Slot>()
    private var lastAnswer = NIODeadline.uptimeNanoseconds(0)

    /// An empty pipeline.
    ///
    /// - Parameters:
    ///   - capacity: How many commands may wait, those whose time is over included.
    ///   - patience: How long the other side may be silent while commands wait.
    package init(capacity: Int, patience: TimeAmount) {
        self.capacity = capacity
        self.patience = patience
    }

    /// Whether another command may be sent.
    package var hasRoom: Bool { slots.count < capacity }

    /// When to look again: at the end of a command's time or of the patience; `nil` while nothing waits.
    package var nextLook: NIODeadline? {
        guard let silence = silenceEnd else { return nil }
        return slots.lazy.compactMap { $0.ticket == nil ? nil : $0.deadline }.min().map { min($0, silence) } ?? silence
    }

    /// Until when the other side may be silent; `nil` while nothing waits.
    package var silenceEnd: NIODeadline? {
        slots.first.map { max($0.sent, lastAnswer) + patience }
    }

    /// A command is sent.
    package mutating func send(_ ticket: Ticket, at now: NIODeadline, deadline: NIODeadline) {
        slots.append(Slot(ticket: ticket, sent: now, deadline: deadline))
    }

    /// An answer has come.
    package mutating func answer(at now: NIODeadline) -> Answer {
        lastAnswer = now
        guard let slot = slots.popFirst() else { return .unexpected }
        return slot.ticket.map(Answer.expected) ?? .late
    }

    /// Takes out whose time is over.
    package mutating func expire(at now: NIODeadline) -> [Ticket] {
        var expired: [Ticket] = []
        for index in slots.indices where slots[index].deadline <= now {
            guard let ticket = slots[index].ticket else { continue }
            expired.append(ticket)
            slots[index].ticket = nil
        }
        return expired
    }

    /// Whether a command's time is over and nothing was heard since it was sent.
    package var isStalled: Bool {
        slots.first.map { $0.ticket == nil && lastAnswer <= $0.sent } ?? false
    }

    /// Whether the other side has been silent for too long.
    package func isSilent(at now: NIODeadline) -> Bool {
        silenceEnd.map { $0 <= now } ?? false
    }

    /// Takes out all that wait: no answer will come.
    package mutating func close() -> [Ticket] {
        defer { slots.removeAll() }
        return slots.compactMap(\.ticket)
    }
}
