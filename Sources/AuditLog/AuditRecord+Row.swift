import Foundation
import GRDB

extension AuditRecord {
    /// The columns as a query names them, the hash last.
    static let columns = (AuditColumn.allCases.map(\.rawValue) + ["hash"]).joined(separator: ", ")

    /// What adds a record.
    static let insertion =
        "INSERT INTO entries (\(columns)) VALUES ("
        + [String](repeating: "?", count: AuditColumn.allCases.count + 1).joined(separator: ", ") + ")"

    /// The values of ``insertion``.
    var arguments: StatementArguments {
        let values = AuditColumn.allCases.map { column -> DatabaseValue in
            switch event.value(of: column, seq: seq, instance: instance) {
            case .integer(let number): number.databaseValue
            case .text(let text): text.databaseValue
            case .null: .null
            }
        }
        return StatementArguments(values + [Data(hash).databaseValue])
    }

    /// Reads a record from a row of ``columns``.
    ///
    /// - Throws: ``AuditError/unreadable(_:)`` for one that no program of this version wrote.
    init(row: Row) throws {
        func text(_ column: AuditColumn) -> String? { String.fromDatabaseValue(row[column.rawValue]) }
        func integer(_ column: AuditColumn) -> Int64? { Int64.fromDatabaseValue(row[column.rawValue]) }
        guard let seq = integer(.seq), let instance = integer(.instance),
            let time = text(.time).flatMap(AuditTime.date(from:)),
            let entry = text(.entry).flatMap(AuditEvent.Entry.init(rawValue:)), let requestID = text(.requestID),
            let hash = Data.fromDatabaseValue(row["hash"])
        else { throw AuditError.unreadable("a row cannot be read; `jobgate audit verify` says more") }
        var event = AuditEvent(time: time, entry: entry, requestID: requestID)
        event.intent = integer(.intent)
        event.traceID = text(.traceID)
        event.callerID = text(.callerID)
        event.callerName = text(.callerName)
        event.proof = text(.proof)
        event.remoteAddress = text(.remoteAddress)
        event.reason = text(.reason)
        event.method = text(.method)
        event.route = text(.route)
        event.target = text(.target)
        event.jobKind = text(.jobKind)
        event.project = text(.project)
        event.job = text(.job)
        event.stateBefore = text(.stateBefore)
        event.stateAfter = text(.stateAfter)
        event.upstreamRequestID = text(.upstreamRequestID)
        event.status = integer(.status).map(Int.init)
        event.outcome = text(.outcome)
        self.init(seq: seq, instance: instance, event: event, hash: Array(hash))
    }
}
