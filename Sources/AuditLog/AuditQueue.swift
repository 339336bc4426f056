import Dispatch
import Synchronization

/// Writes rows in the order in which they come, on a thread of its own; those that wait together share one sync.
///
/// A disk may not answer for any length of time, so no caller waits for it longer than its patience.
package final class AuditQueue: Sendable {
    /// What came of a row.
    package typealias Written = Result<AuditRecord, AuditError>

    private struct Row {
        let number: UInt64
        let event: AuditEvent
        let intent: AuditIntent?
        let late: @Sendable (Written) -> Void

        /// The event as it is to be written now: an intent that came late has its outcome none the less.
        var final: AuditEvent {
            guard event.entry != .intent, event.intent == nil, let seq = intent?.number else { return event }
            var event = event
            event.entry = .outcome
            event.intent = seq
            return event
        }
    }

    private struct State {
        var waiting: [Row] = []
        var callers: [UInt64: CheckedContinuation<Written, Never>] = [:]
        var last: UInt64 = 0
        var isScheduled = false
        var isClosed = false
    }

    /// The most rows of one transaction.
    private static let batch = 256

    private let capacity: Int
    private let patience: @Sendable () async throws -> Void
    private let write: @Sendable ([AuditEvent]) throws(AuditError) -> [AuditRecord]
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "jobgate.audit")

    /// Creates a queue.
    ///
    /// - Parameters:
    ///   - capacity: How many rows wait at most.
    ///   - patience: Returns when a caller has waited long enough; throws when it is cancelled.
    ///   - write: Writes rows in one transaction; may wait for the disk.
    package init(
        capacity: Int, patience: @escaping @Sendable () async throws -> Void,
        write: @escaping @Sendable ([AuditEvent]) throws(AuditError) -> [AuditRecord]
    ) {
        self.capacity = capacity
        self.patience = patience
        self.write = write
    }

    /// Adds a row and waits until it is durable; the row is written also when the task is cancelled meanwhile.
    ///
    /// - Parameters:
    ///   - event: The row; it stays in the queue when the caller's patience ends, unless it is an intent that nobody
    ///     has begun to write.
    ///   - intent: The intent that the row is, or that it may be the outcome of.
    ///   - late: Takes what came of the row when that is known only after the caller was told ``AuditError/slow``.
    /// - Returns: The row, or why it is not there; ``AuditError/slow`` when that was not known in time.
    package func append(
        _ event: AuditEvent, of intent: AuditIntent? = nil, late: @escaping @Sendable (Written) -> Void = { _ in }
    ) async -> Written {
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        return await withCheckedContinuation { continuation in
            let (number, refusal, mustSchedule) = state.withLock { state -> (UInt64, AuditError?, Bool) in
                guard !state.isClosed else { return (0, .closed, false) }
                guard state.waiting.count < capacity else { return (0, .overloaded, false) }
                state.last += 1
                state.waiting.append(Row(number: state.last, event: event, intent: intent, late: late))
                state.callers[state.last] = continuation
                defer { state.isScheduled = true }
                return (state.last, nil, !state.isScheduled)
            }
            if let refusal { return continuation.resume(returning: .failure(refusal)) }
            if mustSchedule { queue.async { self.drain() } }
            timer = Task { [patience] in
                do { try await patience() } catch { return }
                giveUp(number)
            }
        }
    }

    /// Takes no more rows, and returns when those that waited are written and `finish` has run, or after `limit`.
    package func close(within limit: Duration, finish: @escaping @Sendable () -> Void) async {
        state.withLock { $0.isClosed = true }
        let ended = AsyncStream<Void>.makeStream()
        queue.async {
            self.drain()
            finish()
            ended.continuation.finish()
        }
        let timer = Task {
            do { try await Task.sleep(for: limit) } catch { return }
            ended.continuation.finish()
        }
        for await _ in ended.stream {}
        timer.cancel()
    }

    /// Lets a caller go that has waited long enough.
    private func giveUp(_ number: UInt64) {
        let caller = state.withLock { state in
            let caller = state.callers.removeValue(forKey: number)
            if caller != nil { state.waiting.removeAll { $0.number == number && $0.event.entry == .intent } }
            return caller
        }
        caller?.resume(returning: .failure(.slow))
    }

    /// Writes until nothing waits; runs on the queue alone.
    private func drain() {
        while true {
            let batch = state.withLock { state in
                let batch = Array(state.waiting.prefix(Self.batch))
                state.waiting.removeFirst(batch.count)
                state.isScheduled = !batch.isEmpty
                return batch
            }
            guard !batch.isEmpty else { return }
            do {
                let records = try write(batch.map(\.final))
                for (row, record) in zip(batch, records) { tell(row, .success(record)) }
            } catch {
                for row in batch { tell(row, .failure(error)) }
            }
        }
    }

    private func tell(_ row: Row, _ written: Written) {
        if row.event.entry == .intent, case .success(let record) = written { row.intent?.number = record.seq }
        let caller = state.withLock { $0.callers.removeValue(forKey: row.number) }
        if let caller { caller.resume(returning: written) } else { row.late(written) }
    }
}
