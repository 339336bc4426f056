import AuditLog
import Foundation
import GRDB
import GatewayTestSupport
import Testing

@Suite("Verification of a trail")
struct AuditVerificationTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    /// The columns, and the hashes of two rows, worked out with Python's hashlib from the description of the chain.
    private static let columns = [
        "seq", "time", "instance", "entry", "intent", "request_id", "trace_id", "caller_id", "caller_name", "auth",
        "remote", "reason", "method", "route", "target", "kind", "project", "job", "state_before", "state_after",
        "upstream_request_id", "status", "outcome",
    ]
    private static let hashes = [
        "ab6b338333e8334e845d96166c6baa677c1a65d65db5e21eb9729cad154513d4",
        "ea0caa08cd6537ea86a43c9e1f6b46dd4651cab8e07a0b80ed4b027a2d38af58",
    ]

    @Test("a chain that others made by the description is whole")
    func vector() async throws {
        await (try scene.open()).close()
        let shared = """
            77, '%', %, 'r-1', NULL, 'k3f9a2bd', 'dashboard', 'api-key:k3f9a2bd', '192.0.2.7', 'Füllstand prüfen ✓',
            'DELETE', '/transfer-jobs/{id}', 'default', 'transfer', NULL, 'transfer-1', 'running'
            """
        func values(_ entry: String, _ intent: String) -> String {
            shared.replacing("'%'", with: "'\(entry)'").replacing("%", with: intent)
        }
        try scene.tamper(
            "INSERT INTO entries VALUES (1, '2026-11-21T09:00:00.250Z', \(values("intent", "NULL")), NULL, NULL, NULL, "
                + "NULL, x'\(Self.hashes[0])')",
            "INSERT INTO entries VALUES (2, '2026-11-21T09:00:01.000Z', \(values("outcome", "1")), 'cancelling', "
                + "'aws-1', 202, 'cancelling', x'\(Self.hashes[1])')",
            "UPDATE head SET count = 2, hash = x'\(Self.hashes[1])'")
        let found = scene.verification()
        #expect(found.fault == nil)
        #expect(found.rows == 2)
        #expect(found.hash == Self.hashes[1])
        #expect(found.open == 0)
    }

    @Test("an empty trail is whole")
    func empty() async throws {
        await (try scene.open()).close()
        let found = scene.verification()
        #expect(found.fault == nil)
        #expect(found.rows == 0)
        #expect(found.hash == nil)
    }

    @Test("a trail can be verified while it is written")
    func living() async throws {
        let log = try scene.open()
        for number in 1...10 {
            _ = try await log.append(.intent("r-\(number)")).get()
            let found = scene.verification()
            #expect(found.fault == nil)
            #expect(found.rows == Int64(number))
        }
        await log.close()
    }

    @Test("a change of any column is found at its row", arguments: columns.dropFirst())
    func changed(column: String) async throws {
        try await scene.write(cancels: 3)
        let isNumber = ["instance", "intent", "status"].contains(column)
        try scene.tamper("UPDATE entries SET \(column) = \(isNumber ? "4712" : "'x'") WHERE seq = 4")
        let found = scene.verification()
        #expect(found.fault?.kind == .changed)
        #expect(found.fault?.seq == 4)
        #expect(found.rows == 3)
    }

    @Test(
        "a value that is moved to another column, emptied or taken out is a change",
        arguments: [
            "reason = NULL", "reason = ''", "trace_id = NULL, project = trace_id",
            "caller_id = substr(caller_id, 1, 7), caller_name = 'd' || caller_name", "target = 'Default'",
            "hash = zeroblob(32)", "hash = x''",
        ])
    func moved(change: String) async throws {
        try await scene.write(cancels: 3)
        try scene.tamper("UPDATE entries SET \(change) WHERE seq = 2")
        #expect(scene.verification().fault?.kind == .changed)
        #expect(scene.verification().fault?.seq == 2)
    }

    @Test("a row that is taken out is found, be it the first or one amid others", arguments: [1, 3, 5])
    func missing(seq: Int64) async throws {
        try await scene.write(cancels: 3)
        try scene.tamper("DELETE FROM entries WHERE seq = \(seq)")
        #expect(scene.verification().fault?.kind == .missing)
        #expect(scene.verification().fault?.seq == seq)
    }

    @Test("a row that is taken out with the later ones moved up is found")
    func closedRanks() async throws {
        try await scene.write(cancels: 3)
        try scene.tamper(
            "DELETE FROM entries WHERE seq = 3", "UPDATE entries SET seq = 3 WHERE seq = 4",
            "UPDATE entries SET seq = 4 WHERE seq = 5", "UPDATE entries SET seq = 5 WHERE seq = 6",
            "UPDATE head SET count = 5")
        #expect(scene.verification().fault?.kind == .changed)
        #expect(scene.verification().fault?.seq == 3)
    }

    @Test("two rows that change places are found")
    func swapped() async throws {
        try await scene.write(cancels: 3)
        try scene.tamper(
            "UPDATE entries SET seq = 99 WHERE seq = 2", "UPDATE entries SET seq = 2 WHERE seq = 4",
            "UPDATE entries SET seq = 4 WHERE seq = 99")
        #expect(scene.verification().fault?.kind == .changed)
        #expect(scene.verification().fault?.seq == 2)
    }

    @Test("rows that are taken off the end are found", arguments: [1, 2, 6])
    func tail(count: Int64) async throws {
        try await scene.write(cancels: 3)
        try scene.tamper("DELETE FROM entries WHERE seq > \(6 - count)")
        #expect(scene.verification().fault?.kind == .tail)
        #expect(scene.verification().fault?.seq == 7 - count)
    }

    @Test(
        "a head that does not belong to the last row is found",
        arguments: [
            "UPDATE head SET count = 5", "UPDATE head SET hash = zeroblob(32)", "DELETE FROM head",
            "UPDATE head SET count = 0, hash = zeroblob(32)",
        ])
    func head(sql: String) async throws {
        try await scene.write(cancels: 3)
        try scene.tamper(sql)
        #expect(scene.verification().fault?.kind == .head)
    }

    @Test("an end that was taken off with its head set right is found by what was noted outside")
    func anchoredTail() async throws {
        try await scene.write(cancels: 3)
        let noted = try #require(scene.verification().hash)
        let anchor = try #require(AuditAnchor("6:\(noted)"))
        #expect(scene.verification(anchors: [anchor]).fault == nil)
        try scene.tamper(
            "DELETE FROM entries WHERE seq > 4",
            "UPDATE head SET count = 4, hash = (SELECT hash FROM entries WHERE seq = 4)")
        #expect(scene.verification().fault == nil, "from the file alone this cannot be told")
        #expect(scene.verification(anchors: [anchor]).fault?.kind == .tail)
    }

    @Test("a trail that was written anew is found by what was noted outside")
    func anchored() async throws {
        try await scene.write(cancels: 3)
        let other = try Scene()
        try await other.write(cancels: 3)
        let noted = try #require(other.rows("SELECT lower(hex(hash)) FROM entries WHERE seq = 2").first?[0] as String?)
        let found = scene.verification(anchors: [try #require(AuditAnchor("2:\(noted)"))])
        #expect(found.fault?.kind == .anchor)
        #expect(found.fault?.seq == 2)
    }

    @Test(
        "an anchor is a number, a colon and 64 hexadecimal digits",
        arguments: [
            "", "1", "1:", ":ab", "0:\(hashes[0])", "-1:\(hashes[0])", "1:\(hashes[0])0", "1:x\(hashes[0].dropFirst())",
        ])
    func anchorText(text: String) {
        #expect(AuditAnchor(text) == nil)
        #expect(AuditAnchor("12:\(Self.hashes[0].uppercased())")?.hash == Self.hashes[0])
    }

    @Test("a guard that was taken out is found")
    func guards() async throws {
        try await scene.write(cancels: 1)
        let database = try scene.connection()
        try await database.write { try $0.execute(sql: "DROP TRIGGER entries_delete") }
        try database.close()
        #expect(scene.verification().fault?.kind == .damaged)
    }

    @Test("a file that is not there, or is another thing, is found so")
    func notThere() throws {
        #expect(scene.verification().fault?.kind == .damaged)
        try Data("text".utf8).write(to: URL(fileURLWithPath: scene.path))
        #expect(scene.verification().fault?.kind == .damaged)
    }

    @Test("a flipped byte anywhere in the file is found, or has changed no row")
    func flippedBytes() async throws {
        try await scene.write(cancels: 12)
        let whole = try Data(contentsOf: URL(fileURLWithPath: scene.path))
        let rows = try scene.rows("SELECT * FROM entries ORDER BY seq").map(\.description)
        var generator = SplitMix64(seed: 2_611)
        var found = 0
        for _ in 0..<120 {
            var damaged = whole
            let offset = Int.random(in: 0..<damaged.count, using: &generator)
            damaged[offset] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
            try damaged.write(to: URL(fileURLWithPath: scene.path))
            guard scene.verification().fault == nil else {
                found += 1
                continue
            }
            #expect(try scene.rows("SELECT * FROM entries ORDER BY seq").map(\.description) == rows, "offset \(offset)")
        }
        #expect(found > 40)
    }

    @Test("what a transaction that never was left in the write-ahead log is no damage")
    func abandonedFrames() async throws {
        let log = try scene.open()
        _ = try await log.append(.intent("r-1")).get()
        let other = try scene.connection()
        try await other.writeWithoutTransaction { database in
            // So small a cache that pages go to the log before the end, as those of a disk that is full then do.
            try database.execute(sql: "PRAGMA cache_size = 1; BEGIN IMMEDIATE")
            for number in 1_000..<20_000 {
                try database.execute(sql: "INSERT INTO open_intents (seq, instance) VALUES (?, 1)", arguments: [number])
            }
            try database.execute(sql: "ROLLBACK")
        }
        let size = try Data(contentsOf: URL(fileURLWithPath: scene.path + "-wal")).count
        _ = try await log.append(.intent("r-2")).get()
        #expect(try Data(contentsOf: URL(fileURLWithPath: scene.path + "-wal")).count == size, "frames are behind it")
        #expect(scene.verification().fault == nil)
        #expect(scene.verification().rows == 2)
        try other.close()
        await log.close()
    }

    @Test("a trail at rest is read where nothing can be written beside it")
    func readOnlyPlace() async throws {
        try await scene.write(cancels: 3)
        // SQLite follows no link: as on a read-only disk it cannot make its log, not even for an administrator.
        try FileManager.default.createSymbolicLink(atPath: scene.path + "-wal", withDestinationPath: "/nowhere/log")
        #expect(scene.verification().fault == nil)
        #expect(scene.verification().rows == 6)
        try FileManager.default.removeItem(atPath: scene.path + "-wal")
        try FileManager.default.createSymbolicLink(atPath: scene.path + "-wal", withDestinationPath: scene.path)
        #expect(scene.verification().fault?.kind == .damaged, "a log that cannot be read may hold rows")
    }

    @Test("a flipped byte of the write-ahead log is found, though SQLite takes it for the log's end")
    func flippedLog() async throws {
        let log = try scene.open()
        for number in 1...6 { _ = try await log.append(.intent("r-\(number)")).get() }
        // As a process that is killed leaves them.
        let copy = try Scene()
        let bytes = try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: scene.path + $0)) }
        await log.close()
        var generator = SplitMix64(seed: 4_711)
        for flip in 0..<30 {
            var damaged = bytes[1]
            if flip > 0 {
                let offset = Int.random(in: 32..<damaged.count, using: &generator)
                damaged[offset] ^= UInt8(1 << Int.random(in: 0..<8, using: &generator))
            }
            for suffix in ["", "-wal", "-shm", "-lock"] where FileManager.default.fileExists(atPath: copy.path + suffix)
            {
                try FileManager.default.removeItem(atPath: copy.path + suffix)
            }
            try bytes[0].write(to: URL(fileURLWithPath: copy.path))
            try damaged.write(to: URL(fileURLWithPath: copy.path + "-wal"))
            let found = copy.verification()
            #expect((found.fault == nil) == (flip == 0))
            if flip == 0 { #expect(found.rows == 6) }
        }
    }
}
