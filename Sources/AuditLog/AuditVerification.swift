import Foundation
import GRDB

/// What a look at a whole trail found.
package struct AuditVerification: Sendable, Hashable {
    /// What is wrong with a trail.
    package struct Fault: Sendable, Hashable {
        /// The kinds of fault.
        package enum Kind: String, Sendable, Hashable, CaseIterable {
            /// The file is no trail, cannot be read, or SQLite finds it damaged.
            case damaged
            /// A row does not have the hash that its columns and the row before it give.
            case changed
            /// A row is not there though later ones are.
            case missing
            /// Rows at the end are not there.
            case tail
            /// The head does not belong to the last row.
            case head
            /// A row is not the one that was noted.
            case anchor
        }

        /// What sort of fault it is.
        package let kind: Kind
        /// The first row that is concerned, where that can be told.
        package let seq: Int64?
        /// A sentence.
        package let detail: String
    }

    /// How many rows are good, from the first.
    package private(set) var rows: Int64 = 0
    /// The hash of the last good row, in hexadecimal digits; `nil` when there is none.
    package private(set) var hash: String?
    /// How many good intents have no outcome yet.
    package var open: Int { openIntents.count }
    /// The first thing that is wrong; `nil` when nothing is.
    package private(set) var fault: Fault?

    private var openIntents: Set<Int64> = []
    private var previous = AuditChain.genesis
    private var anchors: [Int64: String]

    /// Looks at the whole trail of a file as it is at one moment; a gateway may go on writing.
    ///
    /// - Parameters:
    ///   - path: The file; it is only read.
    ///   - anchors: What was noted outside of some rows.
    package init(path: String, anchors: [AuditAnchor] = []) {
        self.anchors = Dictionary(anchors.map { ($0.seq, $0.hash) }) { first, _ in first }
        let twice = anchors.first { self.anchors[$0.seq] != $0.hash }
        guard twice == nil else {
            fault = Fault(kind: .anchor, seq: twice?.seq, detail: "two different hashes were noted of one row")
            return
        }
        guard FileManager.default.isReadableFile(atPath: path) else {
            fault = Fault(kind: .damaged, seq: nil, detail: "\(path) is not there or cannot be read")
            return
        }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            try Self.open(path, configuration).read { try walk($0) }
            if fault == nil, let detail = WriteAheadLog.damage(ofDatabase: path) {
                fault = Fault(kind: .damaged, seq: nil, detail: detail)
            }
        } catch {
            let after = rows > 0 ? " behind row \(rows)" : ""
            fault = Fault(
                kind: .damaged, seq: nil, detail: "the file cannot be read\(after): \(AuditFile.cause(error))")
        }
    }

    /// Opens the file; one at rest also where nothing can be written beside it, on a read-only disk for example.
    private static func open(_ path: String, _ configuration: Configuration) throws -> DatabaseQueue {
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            _ = try database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_schema") }
            return database
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            // With a log that holds rows the file alone is not the trail.
            guard !WriteAheadLog.hasBytes(ofDatabase: path) else { throw error }
            let url = URL(fileURLWithPath: path).absoluteString
            return try DatabaseQueue(path: url + "?mode=ro&immutable=1", configuration: configuration)
        }
    }

    private mutating func walk(_ database: Database) throws {
        try AuditSchema.check(database)
        try walkRows(database)
        if fault == nil { try checkEnd(database) }
        guard fault == nil else { return }
        // Damage that no row shows: of a page's layout, or of what no row lies in.
        let findings = try String.fetchAll(database, sql: "PRAGMA integrity_check(1)")
        if findings != ["ok"] {
            fault = Fault(kind: .damaged, seq: nil, detail: "SQLite finds damage: \(findings.first ?? "no answer")")
        }
    }

    private mutating func walkRows(_ database: Database) throws {
        // The bytes as they stand, for a text that is no UTF-8 any more must not be read as another one.
        let columns = AuditColumn.allCases.map { "CAST(\($0.rawValue) AS BLOB)" }.joined(separator: ", ")
        let cursor = try Row.fetchCursor(
            database, sql: "SELECT \(columns), CAST(hash AS BLOB) FROM entries ORDER BY seq")
        let count = AuditColumn.allCases.count
        while let row = try cursor.next() {
            let values = (0..<count).map { Data.fromDatabaseValue(row[$0]).map(Array.init) }
            let stored = Data.fromDatabaseValue(row[count]).map(Array.init) ?? []
            take(values, hash: stored)
            if fault != nil { return }
        }
    }

    private mutating func take(_ values: [[UInt8]?], hash stored: [UInt8]) {
        func text(_ column: AuditColumn) -> String? {
            AuditColumn.allCases.firstIndex(of: column).flatMap { values[$0] }.map {
                String(decoding: $0, as: UTF8.self)
            }
        }
        let seq = text(.seq).flatMap { Int64($0) } ?? 0
        let expected = rows + 1
        guard seq == expected else {
            let kind: Fault.Kind = seq > expected ? .missing : .damaged
            fault = Fault(kind: kind, seq: expected, detail: "row \(expected) is not there; row \(seq) is the next one")
            return
        }
        guard AuditChain.hash(after: previous, values) == stored else {
            fault = Fault(
                kind: .changed, seq: seq,
                detail: "row \(seq) does not have the hash of what it holds: it was changed, or put in another's place")
            return
        }
        if let noted = anchors.removeValue(forKey: seq), noted != AuditChain.text(of: stored) {
            fault = Fault(
                kind: .anchor, seq: seq, detail: "row \(seq) is not the one that was noted: its hash is another")
            return
        }
        rows = seq
        previous = stored
        hash = AuditChain.text(of: stored)
        switch text(.entry) {
        case AuditEvent.Entry.intent.rawValue: openIntents.insert(seq)
        case AuditEvent.Entry.outcome.rawValue: _ = text(.intent).flatMap { Int64($0) }.map { openIntents.remove($0) }
        default: break
        }
    }

    private mutating func checkEnd(_ database: Database) throws {
        let head = try Row.fetchAll(database, sql: "SELECT count, hash FROM head")
        guard head.count == 1, let count = Int64.fromDatabaseValue(head[0]["count"]),
            let hash = Data.fromDatabaseValue(head[0]["hash"])
        else {
            fault = Fault(kind: .head, seq: nil, detail: "the trail has no head")
            return
        }
        if count > rows {
            fault = Fault(
                kind: .tail, seq: rows + 1, detail: "the head has \(count) rows, but the file ends with row \(rows)")
        } else if count < rows || Array(hash) != previous {
            fault = Fault(kind: .head, seq: rows, detail: "the head does not belong to the last row, \(rows)")
        } else if let seq = anchors.keys.min() {
            fault = Fault(
                kind: .tail, seq: rows + 1, detail: "row \(seq) was noted, but the trail ends with row \(rows)")
        }
    }
}
