import Foundation
import GRDB
import GatewayCore

/// The SQLite file of a trail, open for writing; every call may wait for the disk or for another process.
///
/// Rows are durable when ``append(_:)`` returns: the journal is a write-ahead log that is synced with each commit
/// (`synchronous = FULL`). Several processes may share the file, for the end of the chain is read inside the
/// transaction that goes on from it.
struct AuditFile: Sendable {
    private let path: String
    private let pool: DatabasePool
    private let lock: InstanceLock
    private let identity: [Int64]

    /// Opens a trail, or makes one, with mode 0600.
    ///
    /// - Parameters:
    ///   - path: The file; the write-ahead log and the locks lie beside it.
    ///   - pageLimit: The most pages of the file, as if the disk were full then; `nil` for no limit.
    /// - Throws: ``AuditError/unusable(_:)`` when it cannot be had, or is no trail that can be gone on with.
    init(path: String, pageLimit: Int?) throws(AuditError) {
        self.path = path
        try Self.create(path)
        try Self.refuseStrangeLog(path)
        lock = try InstanceLock(path: path + "-lock")
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            configuration.maximumReaderCount = 2
            configuration.label = "jobgate.audit"
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                if let pageLimit { try database.execute(sql: "PRAGMA max_page_count = \(pageLimit)") }
                try database.inTransaction(.immediate) {
                    try AuditSchema.prepare(database)
                    _ = try Self.end(of: database)
                    return .commit
                }
            }
            identity = try Self.identity(of: path)
        } catch {
            lock.release()
            throw .unusable("\(path): \(Self.cause(error))")
        }
    }

    /// Adds rows in one transaction and syncs them.
    ///
    /// - Throws: ``AuditError/unwritable(_:)``; then none of them is there.
    func append(_ events: [AuditEvent]) throws(AuditError) -> [AuditRecord] {
        try transaction { database in try append(events, to: database) }
    }

    /// Gives an outcome to every intent that has none and whose process is gone.
    ///
    /// - Returns: The outcomes.
    /// - Throws: ``AuditError/unwritable(_:)``.
    func closeIntents(at now: Date) throws(AuditError) -> [AuditRecord] {
        try transaction { database in
            let open = try Row.fetchAll(database, sql: "SELECT seq, instance FROM open_intents ORDER BY seq")
            let events = try open.compactMap { row -> AuditEvent? in
                let (seq, instance): (Int64, Int64) = (row["seq"], row["instance"])
                guard instance != lock.instance, !lock.isHeld(instance) else { return nil }
                let intent = try Row.fetchOne(
                    database, sql: "SELECT \(AuditRecord.columns) FROM entries WHERE seq = ?", arguments: [seq])
                guard var event = try intent.map(AuditRecord.init(row:))?.event else { return nil }
                event.time = now
                event.entry = .outcome
                event.intent = seq
                event.outcome = AuditEvent.interrupted
                return event
            }
            return try append(events, to: database)
        }
    }

    /// Reads a page; it does not wait for writers.
    ///
    /// - Throws: ``AuditError/unreadable(_:)``.
    func page(_ query: AuditQuery, isVisible: @escaping @Sendable (AuditEvent) -> Bool) async throws(AuditError)
        -> AuditPage
    {
        do {
            return try await pool.read { database in try AuditPage(database, query, isVisible: isVisible) }
        } catch {
            throw .unreadable(Self.cause(error))
        }
    }

    /// How many rows there are.
    ///
    /// - Throws: ``AuditError/unreadable(_:)``.
    func count() throws(AuditError) -> Int64 {
        do {
            return try pool.read { database in try Int64.fetchOne(database, sql: "SELECT count FROM head") ?? 0 }
        } catch {
            throw .unreadable(Self.cause(error))
        }
    }

    /// Moves the write-ahead log into the file and closes it.
    func close() {
        // Whatever fails here is made good when the file is opened again.
        _ = try? pool.writeWithoutTransaction { database in try database.checkpoint(.truncate) }
        // The last connection takes the empty log away, which one for reading alone could not.
        pool.invalidateReadOnlyConnections()
        try? pool.close()
        lock.release()
    }

    private func transaction<Value>(_ body: (Database) throws -> Value) throws(AuditError) -> Value {
        do {
            guard try Self.identity(of: path) == identity else {
                throw AuditError.unwritable("the file, or one beside it, was moved or replaced while the gateway ran")
            }
            return try pool.writeWithoutTransaction { database in
                var value: Value?
                try database.inTransaction(.immediate) {
                    value = try body(database)
                    return .commit
                }
                guard let value else { throw AuditError.unwritable("the transaction did not run") }
                return value
            }
        } catch {
            throw .unwritable(Self.cause(error))
        }
    }

    private func append(_ events: [AuditEvent], to database: Database) throws -> [AuditRecord] {
        guard !events.isEmpty else { return [] }
        var end = try Self.end(of: database)
        let insert = try database.cachedStatement(sql: AuditRecord.insertion)
        var records: [AuditRecord] = []
        for event in events {
            let record = AuditChain.record(event, seq: end.count + 1, instance: lock.instance, after: end.hash)
            try insert.execute(arguments: record.arguments)
            switch (event.entry, event.intent) {
            case (.intent, _):
                try database.execute(
                    sql: "INSERT INTO open_intents (seq, instance) VALUES (?, ?)",
                    arguments: [record.seq, lock.instance])
            case (.outcome, let intent?):
                try database.execute(sql: "DELETE FROM open_intents WHERE seq = ?", arguments: [intent])
            case (.outcome, nil), (.refusal, _): break
            }
            records.append(record)
            end = (record.seq, record.hash)
        }
        try database.execute(
            sql: "UPDATE head SET count = ?, hash = ? WHERE id = 1", arguments: [end.count, Data(end.hash)])
        return records
    }

    /// The end of the chain, as the head has it and as the last row has it.
    ///
    /// - Throws: ``AuditError/unusable(_:)`` where the two differ: a chain with a broken end is not gone on with.
    static func end(of database: Database) throws -> (count: Int64, hash: [UInt8]) {
        let head = try Row.fetchOne(database, sql: "SELECT count, hash FROM head WHERE id = 1")
        guard let head, let count = Int64.fromDatabaseValue(head["count"]),
            let hash = Data.fromDatabaseValue(head["hash"])
        else { throw AuditError.unusable("the trail has no head; `jobgate audit verify` says more") }
        let last = try Row.fetchOne(database, sql: "SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1")
        let isWhole =
            last.map { Int64.fromDatabaseValue($0["seq"]) == count && Data.fromDatabaseValue($0["hash"]) == hash }
            ?? (count == 0 && Array(hash) == AuditChain.genesis)
        guard isWhole else {
            throw AuditError.unusable("the trail does not end where its head says; `jobgate audit verify` says more")
        }
        return (count, Array(hash))
    }

    private static func create(_ path: String) throws(AuditError) {
        let descriptor = unsafe Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unusable("\(path): \(unsafe String(cString: strerror(errno)))") }
        Foundation.close(descriptor)
    }

    /// Refuses to begin a trail where another's write-ahead log lies: SQLite would throw its rows away.
    private static func refuseStrangeLog(_ path: String) throws(AuditError) {
        guard let status = try? FileStatus(of: path), status.size == 0, WriteAheadLog.hasBytes(ofDatabase: path) else {
            return
        }
        throw .unusable("\(path)-wal holds rows of a file that is not there; move it to where that file is")
    }

    /// What tells the files from others at the same paths: what is written to a log or an index that no other process
    /// finds is lost.
    private static func identity(of path: String) throws(AuditError) -> [Int64] {
        var found: [Int64] = []
        for (suffix, name) in [("", "file"), ("-wal", "file's write-ahead log"), ("-shm", "file's -shm")] {
            guard let status = try? FileStatus(of: path + suffix) else {
                throw .unusable("the \(name) is no longer there")
            }
            found += status.identity
        }
        return found
    }

    /// The reason in words that hold nothing of a row.
    static func cause(_ error: any Error) -> String {
        switch error {
        case let error as AuditError: error.description
        case let error as DatabaseError: "SQLite error \(error.extendedResultCode.rawValue): \(error.message ?? "")"
        default: "\(error)"
        }
    }
}
