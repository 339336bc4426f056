import AuditLog
import Foundation
import GRDB
import Testing

@Suite("The audit trail")
struct AuditTrailTests {
    private let scene: Scene
    private let lines = Recorder<String>()
    private let notices = Recorder<AuditTrail.Notice>()

    init() throws {
        scene = try Scene()
    }

    private func trail(
        _ file: SQLiteAuditLog?, refuses: Bool = true, takesLines: Bool = true
    ) -> AuditTrail {
        AuditTrail(
            file: file, settings: .init(refusesUnwritten: refuses),
            write: { [lines] line in
                if takesLines { lines.take(String(decoding: line, as: UTF8.self)) }
                return takesLines
            }, notify: { [notices] in notices.take($0) })
    }

    private func members(_ line: String?) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(try #require(line).utf8))
        return try #require(object as? [String: Any])
    }

    @Test("a line has every column, with the row's number and hash")
    func line() async throws {
        let file = try scene.open()
        let trail = trail(file)
        let seq = try await trail.begin(.intent("r-1"))
        #expect(seq == 1)
        #expect(lines.all.first?.hasSuffix("}\n") == true)
        let members = try members(lines.all.first)
        #expect(members["log"] as? String == "audit")
        #expect(members["level"] as? String == "notice")
        #expect(members["time"] as? String == "2026-11-21T09:00:00.250Z")
        #expect(members["seq"] as? Int == 1)
        #expect(members["request_id"] as? String == "r-1")
        #expect(members["reason"] as? String == "Füllstand prüfen ✓")
        #expect(members["status"] is NSNull)
        let columns = try scene.rows("SELECT * FROM entries").first.map { Set($0.columnNames) } ?? []
        #expect(Set(members.keys) == columns.union(["level", "message", "log"]))
        let hash = try scene.rows("SELECT lower(hex(hash)) FROM entries").first?[0] as String?
        #expect(members["hash"] as? String == hash)
        await trail.close()
    }

    @Test("without a file there are lines alone, and nothing to be read")
    func linesAlone() async throws {
        let trail = trail(nil)
        #expect(try await trail.begin(.intent("r-1")) == nil)
        await trail.settle(.refusal("r-2"))
        #expect(lines.all.count == 2)
        let members = try members(lines.all.first)
        #expect(members["seq"] is NSNull)
        #expect(members["hash"] is NSNull)
        #expect(try await trail.page(AuditQuery()) { _ in true } == nil)
        #expect(trail.status == .init(newest: nil, unwritten: 0, failure: nil))
        await trail.close()
    }

    @Test("without a file, a line that the log does not take stops the cancel, unless it is to proceed")
    func lineNotTaken() async throws {
        await #expect(throws: AuditError.unwritable("the reader of the log has stalled")) {
            try await trail(nil, takesLines: false).begin(.intent("r-1"))
        }
        #expect(try await trail(nil, refuses: false, takesLines: false).begin(.intent("r-1")) == nil)
    }

    @Test("an intent that cannot be written stops the cancel; operators are told once, and when it is over")
    func refused() async throws {
        let trail = trail(try scene.open())
        let away = scene.path + ".away"
        try FileManager.default.moveItem(atPath: scene.path, toPath: away)
        for number in 1...2 {
            await #expect(throws: AuditError.unwritable("the file is no longer there")) {
                try await trail.begin(.intent("r-\(number)"))
            }
        }
        #expect(lines.all.isEmpty)
        #expect(notices.all == [.failing("the file is no longer there")])
        #expect(trail.status.failure == "the file is no longer there")
        try FileManager.default.moveItem(atPath: away, toPath: scene.path)
        #expect(try await trail.begin(.intent("r-3")) == 1)
        #expect(notices.all.last == .recovered)
        #expect(trail.status == .init(newest: 1, unwritten: 0, failure: nil))
        await trail.close()
    }

    @Test("where a cancel is to proceed, its line is written without a number, and operators are told each time")
    func proceeds() async throws {
        let trail = trail(try scene.open(), refuses: false)
        try FileManager.default.moveItem(atPath: scene.path, toPath: scene.path + ".away")
        #expect(try await trail.begin(.intent("r-1")) == nil)
        #expect(try members(lines.all.first)["seq"] is NSNull)
        #expect(notices.all.last == .proceeded("the file is no longer there", requestID: "r-1"))
        await trail.close()
    }

    @Test("an outcome that cannot be written is in the log at once, and in the file as soon as it can be")
    func outcomeLater() async throws {
        let trail = trail(try scene.open())
        let intent = try await trail.begin(.intent("r-1"))
        let away = scene.path + ".away"
        try FileManager.default.moveItem(atPath: scene.path, toPath: away)
        var outcome = AuditEvent.refusal("r-1", outcome: "cancelled")
        outcome.entry = .outcome
        outcome.intent = intent
        await trail.settle(outcome)
        #expect(trail.status.unwritten == 1)
        #expect(try members(lines.all.last)["seq"] is NSNull)
        await trail.retry()
        #expect(trail.status.unwritten == 1)
        try FileManager.default.moveItem(atPath: away, toPath: scene.path)
        await trail.retry()
        #expect(trail.status == .init(newest: 2, unwritten: 0, failure: nil))
        #expect(try members(lines.all.last)["seq"] as? Int == 2)
        #expect(notices.all == [.failing("the file is no longer there"), .recovered])
        await trail.close()
        #expect(scene.verification().open == 0)
    }

    @Test("what could not be written is tried a last time when the trail is closed")
    func lastTry() async throws {
        let trail = trail(try scene.open())
        let away = scene.path + ".away"
        try FileManager.default.moveItem(atPath: scene.path, toPath: away)
        await trail.settle(.refusal("r-1"))
        try FileManager.default.moveItem(atPath: away, toPath: scene.path)
        await trail.close()
        #expect(scene.verification().rows == 1)
    }

    @Test("what was found interrupted is told in the log")
    func interrupted() async throws {
        let first = try scene.open()
        _ = try await first.append(.intent("r-1")).get()
        await first.close()
        let trail = trail(try scene.open())
        let members = try members(lines.all.first)
        #expect(members["outcome"] as? String == "interrupted")
        #expect(members["seq"] as? Int == 2)
        #expect(trail.status.newest == 2)
        await trail.close()
    }
}
