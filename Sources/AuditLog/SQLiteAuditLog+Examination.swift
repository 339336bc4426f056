import Foundation
import GRDB

extension SQLiteAuditLog {
    /// Looks whether a gateway of this user could go on with the trail of a file, or make it, and changes nothing.
    ///
    /// - Parameter path: The file.
    /// - Returns: How many rows it has; `nil` when there is no such file yet.
    /// - Throws: ``AuditError/unusable(_:)``.
    package static func examine(path: String) throws(AuditError) -> Int64? {
        let files = FileManager.default
        // The write-ahead log and the locks are made beside it.
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard files.isWritableFile(atPath: folder) else { throw .unusable("\(folder): no file can be made there") }
        guard files.fileExists(atPath: path) else { return nil }
        guard files.isReadableFile(atPath: path), files.isWritableFile(atPath: path) else {
            throw .unusable("\(path): it cannot be read and written")
        }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            return try DatabaseQueue(path: path, configuration: configuration).read { database in
                // An empty file is as good as none.
                guard try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") != 0 else { return 0 }
                try AuditSchema.check(database)
                return try AuditFile.end(of: database).count
            }
        } catch {
            throw .unusable("\(path): \(AuditFile.cause(error))")
        }
    }
}
