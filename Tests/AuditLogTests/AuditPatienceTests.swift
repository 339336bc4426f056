import AuditLog
import Dispatch
import Synchronization
import Testing

@Suite("A file that does not answer")
struct AuditPatienceTests {
    /// A file that begins to write and does not come to an end before it is let go.
    private final class HeldFile: Sendable {
        let written = Recorder<AuditEvent>()
        private let hasBegun = Atomic(false)
        private let isFree = DispatchSemaphore(value: 0)

        func write(_ events: [AuditEvent]) -> [AuditRecord] {
            hasBegun.store(true, ordering: .releasing)
            isFree.wait()
            isFree.signal()
            return events.map { event in
                written.take(event)
                return AuditRecord(seq: Int64(written.all.count), instance: 1, event: event, hash: [])
            }
        }

        func letGo() {
            isFree.signal()
        }

        /// Returns once a write has begun.
        func begun() async throws {
            while !hasBegun.load(ordering: .acquiring) { try await Task.sleep(for: .milliseconds(1)) }
        }
    }

    private let file = HeldFile()
    private let late = Recorder<AuditQueue.Written>()
    private let queue: AuditQueue

    /// A queue whose callers have waited long enough as soon as a write has begun.
    init() {
        let file = file
        queue = AuditQueue(capacity: 8, patience: { try await file.begun() }, write: { file.write($0) })
    }

    private func append(_ event: AuditEvent, of intent: AuditIntent? = nil) async -> AuditQueue.Written {
        await queue.append(event, of: intent) { [late] in late.take($0) }
    }

    private func end() async {
        file.letGo()
        await queue.close(within: .seconds(600)) {}
    }

    @Test("a cancel does not wait for it, and an intent that comes to stand there late has its outcome")
    func lateIntent() async {
        let intent = AuditIntent()
        #expect(await append(.intent("r-1"), of: intent) == .failure(.slow))
        #expect(await append(.refusal("r-1", outcome: "audit-unavailable"), of: intent) == .failure(.slow))
        #expect(intent.number == nil)
        await end()
        #expect(intent.number == 1)
        #expect(file.written.all.map(\.entry) == [.intent, .outcome])
        #expect(file.written.all.map(\.intent) == [nil, 1])
        #expect(file.written.all.map(\.outcome) == [nil, "audit-unavailable"])
        #expect(late.all.map { try? $0.get().seq } == [1, 2], "what came of them is told in the end")
    }

    @Test("an intent that nobody had begun to write when its cancel was given up is never written")
    func withdrawn() async {
        #expect(await append(.refusal("r-1")) == .failure(.slow))
        #expect(await append(.intent("r-2")) == .failure(.slow))
        await end()
        #expect(file.written.all.map(\.requestID) == ["r-1"])
        #expect(late.all.map { try? $0.get().seq } == [1])
    }

    @Test("the end of the program does not wait for it")
    func close() async {
        #expect(await append(.refusal("r-1")) == .failure(.slow))
        await queue.close(within: .milliseconds(1)) {}
        #expect(file.written.all.isEmpty, "it is held all the while")
        #expect(await append(.refusal("r-2")) == .failure(.closed))
        file.letGo()
    }
}
