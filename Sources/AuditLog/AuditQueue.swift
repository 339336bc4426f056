import Dispatch
import Synchronization

/// Writes rows in the order in which they come, on a thread of its own; those that wait together share one sync.
final class AuditQueue: Sendable {
    private struct Waiting {
        let event: AuditEvent
        let done: CheckedContinuation<Result<AuditRecord, AuditError>, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        var isScheduled = false
        var isClosed = false
    }

    /// The most rows of one transaction.
    private static let batch = 256

    private let capacity: Int
    private let write: @Sendable ([AuditEvent]) throws(AuditError) -> [AuditRecord]
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "jobgate.audit")

    /// Creates a queue.
    ///
    /// - Parameters:
    ///   - capacity: How many rows wait at most.
    ///   - write: Writes rows in one transaction; may wait for the disk.
    init(capacity: Int, write: @escaping @Sendable ([AuditEvent]) throws(AuditError) -> [AuditRecord]) {
        self.capacity = capacity
        self.write = write
    }

    /// Adds a row and waits until it is durable; the row is written also when the task is cancelled meanwhile.
    func append(_ event: AuditEvent) async -> Result<AuditRecord, AuditError> {
        await withCheckedContinuation { continuation in
            let (refusal, mustSchedule) = state.withLock { state -> (AuditError?, Bool) in
                guard !state.isClosed else { return (.closed, false) }
                guard state.waiting.count < capacity else { return (.overloaded, false) }
                state.waiting.append(Waiting(event: event, done: continuation))
                defer { state.isScheduled = true }
                return (nil, !state.isScheduled)
            }
            if let refusal { continuation.resume(returning: .failure(refusal)) }
            if mustSchedule { queue.async { self.drain() } }
        }
    }

    /// Takes no more rows, and returns when those that waited are written.
    func close() async {
        state.withLock { $0.isClosed = true }
        await withCheckedContinuation { continuation in
            queue.async {
                self.drain()
                continuation.resume()
            }
        }
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
                let records = try write(batch.map(\.event))
                for (waiting, record) in zip(batch, records) { waiting.done.resume(returning: .success(record)) }
            } catch {
                for waiting in batch { waiting.done.resume(returning: .failure(error)) }
            }
        }
    }
}
