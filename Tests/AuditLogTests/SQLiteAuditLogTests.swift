import AuditLog
import Foundation
import GRDB
import Testing

@Suite("The SQLite audit log")
struct SQLiteAuditLogTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    @Test("rows are numbered from 1 and come back as they were given")
    func roundTrip() async throws {
        let log = try scene.open()
        let intent = try await log.append(.intent("r-1")).get()
        let outcome = try await log.append(.outcome(of: intent)).get()
        #expect([intent.seq, outcome.seq] == [1, 2])
        let page = try await log.page(AuditQuery())
        #expect(page.records == [outcome, intent])
        #expect(page.next == nil)
        #expect(page.records[1].event == .intent("r-1"))
        await log.close()
    }

    @Test("a row is in the file before its writer hears of it")
    func durable() async throws {
        let log = try scene.open()
        for number in 1...3 {
            let record = try await log.append(.intent("r-\(number)")).get()
            let last = try #require(try scene.rows("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").first)
            #expect(last["seq"] == record.seq)
            #expect(last["hash"] == Data(record.hash))
            let head = try #require(try scene.rows("SELECT count, hash FROM head").first)
            #expect(head["count"] == record.seq)
            #expect(head["hash"] == Data(record.hash))
        }
        await log.close()
    }

    @Test("the file is a WAL database that is its owner's alone")
    func mode() async throws {
        let log = try scene.open()
        _ = await log.append(.intent("r-1"))
        for suffix in ["", "-wal", "-lock"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: scene.path + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
        }
        #expect(try scene.rows("PRAGMA journal_mode").first?[0] == "wal")
        await log.close()
        #expect(!FileManager.default.fileExists(atPath: scene.path + "-wal"), "closing moves the log into the file")
    }

    @Test(
        "rows can be added at the end alone",
        arguments: [
            "UPDATE entries SET reason = 'x' WHERE seq = 1", "DELETE FROM entries WHERE seq = 2", "DELETE FROM head",
            "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE seq = 1",
            "UPDATE entries SET seq = 9 WHERE seq = 2", "UPDATE head SET count = 1",
        ])
    func appendOnly(sql: String) async throws {
        try await scene.write(cancels: 1)
        let database = try scene.connection()
        let error = try await #require(throws: DatabaseError.self) {
            try await database.write { try $0.execute(sql: sql) }
        }
        #expect(error.message == "the audit trail is append-only")
        try database.close()
        #expect(scene.verification().fault == nil)
    }

    @Test("callers that wait together share the sync of the disk")
    func groupCommit() async throws {
        let log = try scene.open()
        let blocker = try scene.connection()
        try await blocker.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let before = try commits()
        let records = try await withThrowingTaskGroup(of: AuditRecord.self) { group in
            for number in 0..<100 {
                group.addTask { try await log.append(.intent("r-\(number)")).get() }
            }
            try await Task.sleep(for: .milliseconds(200))
            try await blocker.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(records.map(\.seq)) == Set(1...100))
        #expect(try commits() - before <= 20, "100 rows, but the first to come has a transaction of its own")
        try blocker.close()
        await log.close()
        #expect(scene.verification().rows == 100)
    }

    /// How many transactions stand in the write-ahead log: its frames that carry the size of the database.
    private func commits() throws -> Int {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: scene.path + "-wal")))
        return stride(from: 32, to: bytes.count, by: 24 + 4_096).count {
            bytes[($0 + 4)..<($0 + 8)].contains { $0 > 0 }
        }
    }

    @Test("more rows than are kept waiting are refused, and those that wait are written")
    func bounded() async throws {
        let log = try scene.open(capacity: 2)
        let blocker = try scene.connection()
        try await blocker.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let results = await withTaskGroup(of: Result<AuditRecord, AuditError>.self) { group in
            for number in 0..<10 { group.addTask { await log.append(.intent("r-\(number)")) } }
            var results: [Result<AuditRecord, AuditError>] = []
            for await result in group {
                results.append(result)
                // Two at most are with the writer, and two wait.
                guard results.count == 6 else { continue }
                #expect(results.allSatisfy { $0 == .failure(.overloaded) })
                try? await blocker.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
            }
            return results
        }
        let written = results.count { if case .success = $0 { true } else { false } }
        #expect((2...4).contains(written))
        #expect(results.count { $0 == .failure(.overloaded) } == 10 - written)
        try blocker.close()
        await log.close()
        #expect(scene.verification().rows == Int64(written))
    }

    @Test("two processes' logs can share a file, and their rows are one chain")
    func shared() async throws {
        let logs = [try scene.open(), try scene.open()]
        await withTaskGroup(of: Void.self) { group in
            for (index, log) in logs.enumerated() {
                group.addTask {
                    for number in 0..<50 {
                        let result = await log.append(.intent("r-\(index)-\(number)"))
                        #expect(throws: Never.self) { try result.get() }
                    }
                }
            }
        }
        for log in logs { await log.close() }
        let found = scene.verification()
        #expect(found.fault == nil)
        #expect(found.rows == 100)
        let writers = try scene.rows("SELECT instance, count(*) AS rows FROM entries GROUP BY instance")
        #expect(writers.map { $0["rows"] as Int } == [50, 50])
    }

    @Test("a full disk is an error of the row, and rows go on when there is room")
    func full() async throws {
        let log = try scene.open(pageLimit: 24)
        var good = 0
        var failure: AuditError?
        while failure == nil, good < 1_000 {
            switch await log.append(.intent("r-\(good)")) {
            case .success: good += 1
            case .failure(let error): failure = error
            }
        }
        #expect(good > 10)
        #expect(failure == .unwritable("SQLite error 13: database or disk is full"))
        await log.close()
        #expect(scene.verification().rows == Int64(good))
        #expect(scene.verification().fault == nil)

        let larger = try scene.open()
        let next = try await larger.append(.refusal("r-next")).get()
        #expect(next.seq == Int64(good) + Int64(larger.interrupted.count) + 1)
        await larger.close()
        #expect(scene.verification().fault == nil)
    }

    @Test("a log or an index that was taken away while it is written is an error", arguments: ["-wal", "-shm"])
    func beside(suffix: String) async throws {
        let log = try scene.open()
        _ = try await log.append(.intent("r-1")).get()
        try FileManager.default.removeItem(atPath: scene.path + suffix)
        guard case .failure(.unwritable) = await log.append(.intent("r-2")) else {
            Issue.record("a row was written that no other process finds")
            return
        }
        await log.close()
        #expect(scene.verification().rows == 1)
    }

    @Test("a new trail is not begun where the log of another lies, whose rows would be lost")
    func strangeLog() async throws {
        let log = try scene.open()
        _ = try await log.append(.intent("r-1")).get()
        // As a process that is killed leaves them.
        let bytes = try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: scene.path + $0)) }
        await log.close()
        try FileManager.default.removeItem(atPath: scene.path)
        try bytes[1].write(to: URL(fileURLWithPath: scene.path + "-wal"))
        #expect(throws: AuditError.self) { try scene.open() }
        #expect(try Data(contentsOf: URL(fileURLWithPath: scene.path + "-wal")) == bytes[1])
        try bytes[0].write(to: URL(fileURLWithPath: scene.path))
        #expect(scene.verification().rows == 1)
    }

    @Test("a file that was moved away while it is written is an error, not a trail that nobody finds")
    func moved() async throws {
        let log = try scene.open()
        _ = try await log.append(.intent("r-1")).get()
        try FileManager.default.moveItem(atPath: scene.path, toPath: scene.path + ".old")
        #expect(
            await log.append(.intent("r-2")) == .failure(.unwritable("the file is no longer there")))
        try FileManager.default.copyItem(atPath: scene.path + ".old", toPath: scene.path)
        #expect(
            await log.append(.intent("r-3"))
                == .failure(.unwritable("the file, or one beside it, was moved or replaced while the gateway ran")))
        await log.close()
    }

    @Test(
        "a file of something else is left as it is",
        arguments: ["CREATE TABLE jobs (id TEXT)", "PRAGMA user_version = 7"])
    func foreign(sql: String) throws {
        let database = try scene.connection()
        try database.write { try $0.execute(sql: "CREATE TABLE a (b TEXT); \(sql)") }
        try database.close()
        let error = try #require(throws: AuditError.self) { try scene.open() }
        #expect(error == .unusable("\(scene.path): the file is no audit trail"))
        #expect(try scene.rows("SELECT count(*) FROM sqlite_schema WHERE name = 'entries'").first?[0] == 0)
    }

    @Test("a text file is no trail")
    func text() throws {
        try Data(String(repeating: "not a database ", count: 100).utf8).write(to: URL(fileURLWithPath: scene.path))
        #expect(throws: AuditError.unusable("\(scene.path): SQLite error 26: file is not a database")) {
            try scene.open()
        }
    }

    @Test("a chain with a broken end is not gone on with")
    func brokenEnd() async throws {
        try await scene.write(cancels: 2)
        try scene.tamper("DELETE FROM entries WHERE seq = 4")
        let error = try #require(throws: AuditError.self) { try scene.open() }
        #expect("\(error)".contains("does not end where its head says"))
    }

    @Test("a row is written though the task that asked for it is cancelled")
    func cancelled() async throws {
        let log = try scene.open()
        let task = Task { await log.append(.intent("r-1")) }
        task.cancel()
        _ = try await task.value.get()
        #expect(try await log.page(AuditQuery()).records.count == 1)
        await log.close()
    }

    @Test("a closed log takes nothing and has written what waited")
    func closed() async throws {
        let log = try scene.open()
        async let waiting = log.append(.intent("r-1"))
        let isWritten = if case .success = await waiting { true } else { false }
        await log.close()
        #expect(await log.append(.intent("r-2")) == .failure(.closed))
        #expect(scene.verification().rows == (isWritten ? 1 : 0))
    }

    @Test("control characters and endless texts of a caller are kept from the rows")
    func cleaned() async throws {
        let log = try scene.open()
        var event = AuditEvent.intent("r-1")
        event.callerName = "a\u{0}b\nc"
        event.project = String(repeating: "é", count: 5_000)
        _ = try await log.append(event).get()
        let kept = try #require(try await log.page(AuditQuery()).records.first).event
        #expect(kept.callerName == "a\u{FFFD}b\u{FFFD}c")
        #expect(kept.project == String(repeating: "é", count: 1_024))
        await log.close()
        #expect(scene.verification().fault == nil)
    }
}
