package import AuditLog
package import Foundation

/// A folder of a test's own with an audit trail in it.
package struct TrailFolder: Sendable {
    /// The folder.
    package let url: URL
    /// The trail, open.
    package let trail: SQLiteAuditLog

    /// Makes the folder and opens a trail.
    package init() {
        url = FileManager.default.temporaryDirectory.appending(path: "jobgate-trail-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            trail = try SQLiteAuditLog(path: url.appending(path: "audit.db").path, at: Date())
        } catch {
            preconditionFailure("no audit trail in \(url.path): \(error)")
        }
    }

    /// The trail's file.
    package var path: String { url.appending(path: "audit.db").path }

    /// Removes the folder and what is in it.
    package func remove() {
        do {
            try FileManager.default.removeItem(at: url)
        } catch {
            preconditionFailure("\(url.path) cannot be removed: \(error)")
        }
    }
}
