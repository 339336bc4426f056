import Foundation
import GatewayCore
import Yams

/// The key file: a YAML list of records, read and written as a whole.
///
/// ```yaml
/// keys:
///   - id: k3f9a2bd
///     name: dashboard
///     sha256: 0f…                # of the whole key; the key itself is nowhere
///     scopes: [conversions:cancel, conversions:read]
///     createdAt: 2026-11-21T09:00:00Z
///     expiresAt: 2027-11-21T09:00:00Z
///     limit: batch
///     targets: [prod-eu]         # all of them where it is left out; so for projects and transferJobs
///     projects: ["sales-*"]
///     deny:                      # goes before what is allowed; of targets, projects, transferJobs
///       projects: [sales-secret]
///     revokedAt: 2026-12-01T09:00:00Z
///     client: checkout           # shared by all keys of one client; the key's own id where it is left out
/// ```
package struct APIKeyFile: Sendable {
    /// Where the file lies.
    package let path: String

    /// Names a file.
    package init(path: String) {
        self.path = path
    }

    /// What is wrong with a file, where in it, in words for the operator.
    package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// The path, the line where one is known, and the fault.
        package let description: String
    }

    /// Reads all records.
    ///
    /// - Throws: ``Problem`` naming the first thing that is wrong; no part of a broken file is ever used.
    package func read() throws(Problem) -> [APIKeyRecord] {
        let text: String
        // One that is not there is told of by the reading.
        if let status = try? FileStatus(of: path), status.size > Self.maxBytes {
            throw problem("is larger than \(Self.maxBytes) bytes")
        }
        do {
            text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            throw problem("no such file; `jobgate keys create --file` makes one")
        } catch {
            throw problem("cannot be read: \(Self.reason(error))")
        }
        return try parse(text)
    }

    /// How many bytes a file may have: room for a hundred thousand keys.
    private static let maxBytes: Int64 = 64 << 20

    /// Reads the records of a file's text.
    package func parse(_ text: String) throws(Problem) -> [APIKeyRecord] {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw problem("is not YAML: \(Self.reason(error))")
        }
        guard let root else { return [] }
        guard let mapping = root.mapping, mapping.keys.allSatisfy({ $0.string == "keys" }) else {
            throw problem("has one member, `keys`, a list of records", at: root.mark)
        }
        guard let keys = mapping["keys"] else { return [] }
        if keys.tag.description.hasSuffix(":null") || keys.scalar?.string == "" { return [] }
        guard let list = keys.sequence else { throw problem("`keys` is a list of records", at: keys.mark) }
        var records: [APIKeyRecord] = []
        var known: Set<String> = []
        for node in list {
            let record = try record(from: node)
            guard known.insert(record.id).inserted else {
                throw problem("the id `\(record.id)` stands there twice", at: node.mark)
            }
            records.append(record)
        }
        return records
    }

    /// Writes all records: a new file beside the old one, synced, mode 0600, then renamed over it.
    ///
    /// - Throws: ``Problem`` when the file cannot be written, or when the records could not be read back from it.
    package func write(_ records: [APIKeyRecord]) throws(Problem) {
        let text = records.isEmpty ? "keys: []\n" : Self.header + records.map(Self.text).joined()
        // A file that cannot be read would lock every caller out at the next start.
        _ = try parse(text)
        let destination = destination
        let temporary = destination + ".\(UInt64.random(in: 0...UInt64.max)).tmp"
        do {
            try PrivateFile.create(temporary, contents: Array(text.utf8), ownerOf: destination)
            try PrivateFile.rename(temporary, to: destination)
        } catch {
            PrivateFile.remove(temporary)
            throw problem("cannot be written: \(error)")
        }
    }

    /// Reads, changes and writes the file while no other process does the same.
    ///
    /// - Parameter change: Changes the records; what it throws leaves the file as it was.
    /// - Returns: What the change returns.
    /// - Throws: ``Problem`` when the file is broken or cannot be written; it is as it was then.
    package func update<Result>(_ change: (inout [APIKeyRecord]) throws(Problem) -> Result) throws(Problem) -> Result {
        let directory = URL(fileURLWithPath: destination).deletingLastPathComponent().path
        let lock: DirectoryLock
        do {
            lock = try DirectoryLock(directory)
        } catch {
            throw problem("its folder cannot be locked: \(error)")
        }
        defer { lock.release() }
        var records = FileManager.default.fileExists(atPath: path) ? try read() : []
        let result = try change(&records)
        try write(records)
        return result
    }

    /// Where the file really lies: a symbolic link stays one, and what it points at is replaced.
    private var destination: String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }

    private static let header =
        "# API keys of jobgate: digests only. Written by `jobgate keys`; comments are not kept.\nkeys:\n"

    private static func text(of record: APIKeyRecord) -> String {
        var lines = [
            "  - id: \(record.id)", "    name: \(quoted(record.name))", "    sha256: \(hex(record.digest))",
            "    scopes: [\(record.scopes.map(\.rawValue).sorted().joined(separator: ", "))]",
        ]
        for (name, date) in [("createdAt", record.createdAt), ("expiresAt", record.expiresAt)] {
            if let date { lines.append("    \(name): \(date.formatted(.iso8601))") }
        }
        if let limitName = record.limitName { lines.append("    limit: \(quoted(limitName))") }
        lines += Self.lines(of: record.allowList)
        if let revokedAt = record.revokedAt { lines.append("    revokedAt: \(revokedAt.formatted(.iso8601))") }
        if let client = record.client { lines.append("    client: \(quoted(client))") }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A double-quoted YAML scalar (YAML 1.2, sections 5.7 and 7.3.1).
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                // Bare, YAML takes some of these for the end of a line and refuses others.
                let digits = String(scalar.value, radix: 16)
                quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            default:
                if scalar == "\"" || scalar == "\\" { quoted += "\\" }
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func reason(_ error: any Error) -> String {
        if let error = error as? YamlError {
            return "\(error)".split(separator: "\n").first.map(String.init) ?? "syntax"
        }
        return (error as? CocoaError)?.localizedDescription ?? "\(error)"
    }

    func problem(_ text: String, at mark: Mark? = nil) -> Problem {
        Problem(description: mark.map { "\(path):\($0.line): \(text)" } ?? "\(path): \(text)")
    }
}
