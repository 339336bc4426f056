import AuditLog
import Foundation
import GRDB
import Synchronization

/// A trail in a folder of a test's own, and what a stranger with the file could do to it.
final class Scene: Sendable {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "jobgate-audit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        // A folder that is left behind in the temporary one harms nobody.
        try? FileManager.default.removeItem(at: folder)
    }

    var path: String { folder.appending(path: "audit.db").path }

    func open(
        capacity: Int = 4_096, patience: Duration = .seconds(5), pageLimit: Int? = nil
    ) throws -> SQLiteAuditLog {
        try SQLiteAuditLog(path: path, at: .later, capacity: capacity, patience: patience, pageLimit: pageLimit)
    }

    /// A closed trail of so many cancels, two rows each.
    func write(cancels: Int) async throws {
        let log = try open()
        for number in 0..<cancels {
            let intent = try await log.append(.intent("r-\(number)", job: "transfer-\(number)")).get()
            _ = try await log.append(.outcome(of: intent)).get()
        }
        await log.close()
    }

    /// A connection past all guards; transactions may be left open on it.
    func connection() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(20)
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Changes the file as one would who knows the tables: the triggers are taken out and put back.
    func tamper(_ sql: String...) throws {
        let database = try connection()
        try database.write { database in
            let triggers = try Row.fetchAll(
                database, sql: "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid")
            for trigger in triggers { try database.execute(sql: "DROP TRIGGER \(trigger["name"] as String)") }
            for statement in sql { try database.execute(sql: statement) }
            for trigger in triggers { try database.execute(sql: trigger["sql"]) }
        }
        try database.close()
    }

    func rows(_ sql: String) throws -> [Row] {
        let database = try connection()
        let rows = try database.read { try Row.fetchAll($0, sql: sql) }
        try database.close()
        return rows
    }

    func verification(anchors: [AuditAnchor] = []) -> AuditVerification {
        AuditVerification(path: path, anchors: anchors)
    }
}

extension Date {
    /// 2026-11-21T09:00:00.250Z.
    static let start = Date(timeIntervalSince1970: 1_795_251_600.25)
    /// A minute later.
    static let later = start.addingTimeInterval(60)
}

extension AuditEvent {
    /// An event with a value in every column that it may have.
    static func intent(_ requestID: String, job: String = "transfer-1", at time: Date = .start) -> AuditEvent {
        var event = AuditEvent(time: time, entry: .intent, requestID: requestID)
        event.traceID = "0af7651916cd43dd8448eb211c80319c"
        event.callerID = "k3f9a2bd"
        event.callerName = "dashboard"
        event.proof = "api-key:k3f9a2bd"
        event.remoteAddress = "192.0.2.7"
        event.reason = "Füllstand prüfen ✓"
        event.method = "DELETE"
        event.route = "/transfer-jobs/{id}"
        event.target = "default"
        event.jobKind = "transfer"
        event.project = nil
        event.job = job
        event.stateBefore = "running"
        return event
    }

    /// What came of an intent.
    static func outcome(of intent: AuditRecord) -> AuditEvent {
        var event = intent.event
        event.entry = .outcome
        event.intent = intent.seq
        event.project = "orders"
        event.stateAfter = "cancelling"
        event.upstreamRequestID = "aws-1"
        event.status = 202
        event.outcome = "cancelling"
        return event
    }

    static func refusal(_ requestID: String, outcome: String = "insufficient-scope") -> AuditEvent {
        var event = intent(requestID)
        event.entry = .refusal
        event.status = 403
        event.outcome = outcome
        return event
    }
}

/// Keeps what it is given, in order.
final class Recorder<Value: Sendable>: Sendable {
    private let kept = Mutex<[Value]>([])

    func take(_ value: Value) {
        kept.withLock { $0.append(value) }
    }

    var all: [Value] { kept.withLock { $0 } }
}
