import Foundation
import GRDB

/// The tables of a trail's file, and what keeps their rows from being changed.
enum AuditSchema {
    /// Marks the file as a trail: `jgau` (https://www.sqlite.org/pragma.html#pragma_application_id).
    static let applicationID = 0x6A67_6175
    /// The version of the tables and of the chain.
    static let version = 1

    /// What makes the tables, in this order; a file is a trail only while it holds exactly these.
    static let statements = [entries, head, open, ordered] + guards

    private static let entries: String = {
        let columns = AuditColumn.allCases.map { column in
            let type = column.isInteger ? "INTEGER" : "TEXT"
            if column == .seq { return "seq INTEGER PRIMARY KEY" }
            return "\(column.rawValue) \(type)\(column.isRequired ? " NOT NULL" : "")"
        }
        return "CREATE TABLE entries (\(columns.joined(separator: ", ")), hash BLOB NOT NULL) STRICT"
    }()

    private static let head =
        "CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), count INTEGER NOT NULL, hash BLOB NOT NULL) STRICT"

    /// The intents that have no outcome yet, so that a start need not read the whole trail; nothing is chained here.
    private static let open =
        "CREATE TABLE open_intents (seq INTEGER PRIMARY KEY, instance INTEGER NOT NULL) STRICT"

    private static let ordered = """
        CREATE TRIGGER entries_insert BEFORE INSERT ON entries \
        WHEN NEW.seq <> (SELECT ifnull(max(seq), 0) + 1 FROM entries) \
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END
        """

    private static let guards = [
        ("entries_update", "UPDATE ON entries"), ("entries_delete", "DELETE ON entries"),
        ("head_delete", "DELETE ON head"), ("head_update", "UPDATE ON head WHEN NEW.count <= OLD.count"),
    ].map { name, event in
        "CREATE TRIGGER \(name) BEFORE \(event) BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
    }

    /// Makes the tables of an empty file; one that has them is left as it is.
    ///
    /// - Throws: ``AuditError/unusable(_:)`` for a file of something else, or of another version.
    static func prepare(_ database: Database) throws {
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard tables == 0 else { return try check(database) }
        for statement in statements { try database.execute(sql: statement) }
        try database.execute(
            sql: "INSERT INTO head (id, count, hash) VALUES (1, 0, ?)", arguments: [Data(AuditChain.genesis)])
        try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        try database.execute(sql: "PRAGMA user_version = \(version)")
    }

    /// Checks that the file is a trail of this version, with every table and guard as it was made.
    static func check(_ database: Database) throws {
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id")
        guard application == applicationID else { throw AuditError.unusable("the file is no audit trail") }
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard found == version else {
            throw AuditError.unusable("the file is an audit trail of version \(found); this program knows \(version)")
        }
        let made = try String.fetchAll(database, sql: "SELECT ifnull(sql, name) FROM sqlite_schema")
        guard made.sorted() == statements.sorted() else {
            throw AuditError.unusable("the tables or triggers of the file are not as they were made")
        }
    }
}
