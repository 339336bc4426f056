package import Foundation

/// The trail in an SQLite file: append-only rows, chained by their hashes, durable when ``append(_:)`` returns.
package final class SQLiteAuditLog: Sendable {
    /// What was made good when the file was opened: an outcome for each intent whose process is gone.
    package let interrupted: [AuditRecord]
    /// The number of the newest row when the file was opened; 0 when there was none.
    let newest: Int64
    private let file: AuditFile
    private let queue: AuditQueue
    private let patience: Duration

    /// Opens a trail, or makes one.
    ///
    /// Intents without an outcome whose process is gone get the outcome ``AuditEvent/interrupted``.
    ///
    /// - Parameters:
    ///   - path: The file; it is made with mode 0600.
    ///   - now: The time of the outcomes.
    ///   - capacity: How many rows wait at most to be written.
    ///   - patience: How long a caller waits at most for a row, and ``close()`` twice as long for all that wait.
    ///   - pageLimit: The most pages of the file, as if the disk were full then; `nil` for no limit.
    /// - Throws: ``AuditError/unusable(_:)``, ``AuditError/unwritable(_:)``.
    package init(
        path: String, at now: Date, capacity: Int = 4_096, patience: Duration = .seconds(5), pageLimit: Int? = nil
    ) throws(AuditError) {
        let file = try AuditFile(path: path, pageLimit: pageLimit)
        do {
            interrupted = try file.closeIntents(at: now)
            newest = try file.count()
        } catch {
            file.close()
            throw error
        }
        self.file = file
        self.patience = patience
        queue = AuditQueue(
            capacity: capacity, patience: { try await Task.sleep(for: patience) },
            write: { events throws(AuditError) in try file.append(events) })
    }

    /// Adds a row; those of callers that wait together share one sync of the disk.
    ///
    /// - Parameters:
    ///   - event: The row.
    ///   - intent: The intent that the row is, or that it may be the outcome of.
    ///   - late: Takes what came of the row when that is known only after ``AuditError/slow`` was returned. An intent
    ///     that nobody had begun to write by then is not written.
    /// - Returns: The row, durable; or ``AuditError/unwritable(_:)``, ``AuditError/overloaded``,
    ///   ``AuditError/slow``, ``AuditError/closed``.
    package func append(
        _ event: AuditEvent, of intent: AuditIntent? = nil,
        late: @escaping @Sendable (Result<AuditRecord, AuditError>) -> Void = { _ in }
    ) async -> Result<AuditRecord, AuditError> {
        await queue.append(event, of: intent, late: late)
    }

    /// Reads rows, newest first.
    ///
    /// - Parameters:
    ///   - query: Which rows.
    ///   - isVisible: Whether the reader may see a row.
    /// - Returns: A page.
    /// - Throws: ``AuditError/unreadable(_:)``.
    package func page(
        _ query: AuditQuery, isVisible: @escaping @Sendable (AuditEvent) -> Bool = { _ in true }
    ) async throws(AuditError) -> AuditPage {
        try await file.page(query, isVisible: isVisible)
    }

    /// Writes what waits and closes the file; nothing can be added any more.
    package func close() async {
        await queue.close(within: patience * 2) { [file] in file.close() }
    }
}
