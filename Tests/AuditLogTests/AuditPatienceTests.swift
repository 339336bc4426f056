import AuditLog
import Foundation
import GRDB
import Testing

@Suite("A file that does not answer")
struct AuditPatienceTests {
    private let scene: Scene
    private let lines = Recorder<String>()
    private let notices = Recorder<AuditTrail.Notice>()

    init() throws {
        scene = try Scene()
    }

    private func trail(_ file: SQLiteAuditLog) -> AuditTrail {
        AuditTrail(
            file: file,
            write: { [lines] line in
                lines.take(String(decoding: line, as: UTF8.self))
                return true
            }, notify: { [notices] in notices.take($0) })
    }

    /// Holds the file as a process does that was stopped amid a transaction.
    private func blocker() async throws -> DatabaseQueue {
        let blocker = try scene.connection()
        try await blocker.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        return blocker
    }

    private func release(_ blocker: DatabaseQueue) async throws {
        try await blocker.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        try blocker.close()
    }

    private func untilNewest(_ seq: Int64, of trail: AuditTrail) async throws {
        for _ in 0..<3_000 where trail.status.newest != seq { try await Task.sleep(for: .milliseconds(10)) }
        #expect(trail.status.newest == seq)
    }

    @Test("a cancel does not wait for it, and an intent that comes to stand there late has its outcome")
    func lateIntent() async throws {
        let trail = trail(try scene.open(patience: .milliseconds(300)))
        let blocker = try await blocker()
        let intent = AuditIntent()
        await #expect(throws: AuditError.slow) { try await trail.begin(.intent("r-1"), intent) }
        await trail.settle(.refusal("r-1", outcome: "audit-unavailable"), of: intent)
        #expect(notices.all == [.failing(AuditError.slow.description)])
        #expect(lines.all.count == 1, "what cannot be written is in the log at once")
        try await release(blocker)
        try await untilNewest(2, of: trail)
        await trail.close()
        let rows = try scene.rows("SELECT entry, intent, outcome FROM entries ORDER BY seq")
        #expect(rows.map { $0["entry"] as String } == ["intent", "outcome"])
        #expect(rows.map { $0["intent"] as Int64? } == [nil, 1])
        #expect(rows.map { $0["outcome"] as String? } == [nil, "audit-unavailable"])
        #expect(scene.verification().fault == nil)
        #expect(scene.verification().open == 0)
        #expect(lines.all.count == 3, "and with its number once it has one")
        #expect(notices.all.last == .recovered)
    }

    @Test("an intent that nobody had begun to write when its cancel was given up is never written")
    func withdrawn() async throws {
        let log = try scene.open(capacity: 1, patience: .milliseconds(1))
        let blocker = try await blocker()
        let late = Recorder<Int64?>()
        let first = await log.append(.refusal("r-1")) { late.take(try? $0.get().seq) }
        #expect(first == .failure(.slow))
        var second = await log.append(.intent("r-2"))
        // There is room for the second once the writer has begun with the first.
        while second == .failure(.overloaded) { second = await log.append(.intent("r-2")) }
        #expect(second == .failure(.slow))
        try await release(blocker)
        while late.all.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        await log.close()
        #expect(late.all == [1])
        #expect(try scene.rows("SELECT request_id FROM entries").map { $0[0] as String } == ["r-1"])
    }

    @Test("the end of the program does not wait for it")
    func close() async throws {
        let log = try scene.open(patience: .milliseconds(1))
        let blocker = try await blocker()
        #expect(await log.append(.refusal("r-1")) == .failure(.slow))
        let clock = ContinuousClock()
        let began = clock.now
        await log.close()
        #expect(clock.now - began < .seconds(4), "the file is held for as long as SQLite waits, five seconds")
        try await release(blocker)
    }
}
