package import Foundation
import GRDB

/// Which rows are asked for; what is `nil` leaves none out.
package struct AuditQuery: Sendable, Hashable {
    /// How many rows a page has at most.
    package var limit = 50
    /// Only rows with a lower number than this.
    package var before: Int64?
    /// Only rows of this time or later.
    package var since: Date?
    /// Only rows of an earlier time.
    package var until: Date?
    /// Only this step, `intent` for example.
    package var entry: String?
    /// Only this caller, by its identifier.
    package var caller: String?
    /// Only this target.
    package var target: String?
    /// Only this sort of job.
    package var jobKind: String?
    /// Only this project, as requests named it.
    package var project: String?
    /// Only this job.
    package var job: String?
    /// Only this outcome.
    package var outcome: String?
    /// Only this request.
    package var requestID: String?

    /// Asks for the newest rows.
    package init() {}

    /// The conditions of a query, and their values.
    var conditions: (sql: [String], arguments: [any DatabaseValueConvertible]) {
        let texts: [(AuditColumn, String?)] = [
            (.entry, entry), (.callerID, caller), (.target, target), (.jobKind, jobKind), (.project, project),
            (.job, job), (.outcome, outcome), (.requestID, requestID),
        ]
        var sql: [String] = []
        var arguments: [any DatabaseValueConvertible] = []
        for case (let column, let text?) in texts {
            sql.append("\(column.rawValue) = ?")
            arguments.append(text)
        }
        // Times are written so that their order is that of their texts.
        if let since {
            sql.append("time >= ?")
            arguments.append(AuditTime.text(of: since))
        }
        if let until {
            sql.append("time < ?")
            arguments.append(AuditTime.text(of: until))
        }
        return (sql, arguments)
    }
}

/// Some rows, newest first.
package struct AuditPage: Sendable, Hashable {
    /// The rows.
    package let records: [AuditRecord]
    /// What ``AuditQuery/before`` is for the next page; `nil` when there is none.
    package let next: Int64?

    /// How many rows are looked at for one page: a page of a rare kind of row must not cost a walk over all of them.
    static let window: Int64 = 20_000

    init(_ database: Database, _ query: AuditQuery, isVisible: (AuditEvent) -> Bool) throws {
        let newest = try Int64.fetchOne(database, sql: "SELECT max(seq) FROM entries") ?? 0
        let ceiling = min(query.before ?? .max, newest + 1)
        let floor = max(1, ceiling - Self.window)
        let (conditions, arguments) = query.conditions
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT \(AuditRecord.columns) FROM entries
                WHERE \((["seq < ?", "seq >= ?"] + conditions).joined(separator: " AND ")) ORDER BY seq DESC
                """,
            arguments: StatementArguments([ceiling, floor] + arguments))
        var records: [AuditRecord] = []
        while records.count < query.limit, let row = try rows.next() {
            let record = try AuditRecord(row: row)
            if isVisible(record.event) { records.append(record) }
        }
        self.records = records
        let last = records.count < query.limit ? floor : records.last?.seq ?? floor
        next = last > 1 ? last : nil
    }
}
