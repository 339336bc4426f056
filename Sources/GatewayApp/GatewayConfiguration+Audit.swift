package import AuditLog
import Foundation

extension GatewayConfiguration {
    /// How the audit trail is kept.
    package struct Audit: Sendable, Hashable {
        /// The SQLite file; lines of the log alone when `nil`.
        package var path: String?
        /// Whether a cancel whose intent cannot be written is refused.
        package var refusesUnwritten = true
        /// Whether a job is read before it is cancelled; where there is a file when `nil`.
        package var readsStateBefore: Bool?

        /// The defaults.
        package init() {}

        /// What the trail takes of it.
        package var settings: AuditTrail.Settings {
            AuditTrail.Settings(
                refusesUnwritten: refusesUnwritten, readsStateBefore: readsStateBefore ?? (path != nil))
        }
    }

    mutating func readAudit(_ reader: inout ConfigurationReader) async {
        audit.path = await reader.value("audit.path", "the path of a file in a folder that is there") { path in
            Self.isFilePath(path) ? path : nil
        }
        let refuses = await reader.value("audit.whenUnwritable", "`refuse` or `proceed`") {
            ["refuse": true, "proceed": false][$0]
        }
        audit.refusesUnwritten = refuses ?? audit.refusesUnwritten
        audit.readsStateBefore = await reader.value("audit.stateBefore", "`read` or `off`") {
            ["read": true, "off": false][$0]
        }
    }

    private static func isFilePath(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) { return !isFolder.boolValue }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        return unsafe !path.isEmpty && !path.hasSuffix("/")
            && FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) && isFolder.boolValue
    }
}
