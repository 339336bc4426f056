package import Foundation
import GatewayCore

/// The file of last-used times, which lies beside the key file and is no part of it: a line for each key.
///
/// ```
/// # When each API key of jobgate was last used, to the minute.
/// k3f9a2bd 2026-11-21T09:00:00Z
/// ```
///
/// Several gateways may write one file: each adds what it saw to what is there, and of two times the later one stays.
package struct KeyUsageFile: Sendable {
    /// Where the file lies.
    package let path: String

    /// Names a file.
    package init(path: String) {
        self.path = path
    }

    /// What is wrong with a file, in words for the operator.
    package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// The path and the fault.
        package let description: String
    }

    /// Reads the times by the keys' identifiers.
    ///
    /// - Returns: `nil` where there is no file; without the lines that cannot be read.
    /// - Throws: ``Problem`` when the file cannot be read, or is another one.
    package func read() throws(Problem) -> [String: Date]? {
        guard let size = try size() else { return nil }
        guard size <= Self.maximumBytes else { throw problem("is larger than \(Self.maximumBytes) bytes") }
        let text: String
        do {
            text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return nil
        } catch {
            throw problem("cannot be read: \(APIKeyFile.reason(error))")
        }
        // What is not of this kind is not overwritten either: a path may be a slip.
        guard text.hasPrefix(Self.header) else { throw problem("is not a file of last-used times") }
        var times: [String: Date] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " ")
            guard parts.count == 2, let date = APIKeyFile.date(from: String(parts[1])) else { continue }
            times[String(parts[0])] = date
        }
        return times
    }

    /// Adds times to those that are there; does not wait for another process that does the same.
    ///
    /// The file is replaced whole, with mode 0600. The newest ten thousand times are kept.
    ///
    /// - Returns: Whether it was done; `false` while another process holds the folder's lock.
    /// - Throws: ``Problem`` when the file is another one or cannot be written; it is as it was then.
    package func merge(_ uses: [String: Date]) throws(Problem) -> Bool {
        let destination = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let folder = URL(fileURLWithPath: destination).deletingLastPathComponent().path
        let lock: DirectoryLock?
        do {
            lock = try DirectoryLock(trying: folder)
        } catch {
            throw problem("its folder cannot be locked: \(error)")
        }
        guard let lock else { return false }
        defer { lock.release() }
        let old = try read() ?? [:]
        let merged = old.merging(uses) { max($0, $1) }
        guard merged != old else { return true }
        let temporary = destination + ".\(UInt64.random(in: 0...UInt64.max)).tmp"
        do {
            try PrivateFile.create(temporary, contents: Array(Self.text(of: merged).utf8), ownerOf: destination)
            try PrivateFile.rename(temporary, to: destination)
        } catch {
            PrivateFile.remove(temporary)
            throw problem("cannot be written: \(error)")
        }
        return true
    }

    private static let header = "# When each API key of jobgate was last used, to the minute."
    private static let maximumBytes = 1_048_576
    private static let maximumKeys = 10_000

    private static func text(of times: [String: Date]) -> String {
        let newest = times.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(maximumKeys)
        let lines = newest.map { id, date in "\(id) \(date.formatted(.iso8601))\n" }.sorted()
        return header + "\n" + lines.joined()
    }

    /// The size of the file; `nil` where there is none.
    private func size() throws(Problem) -> Int64? {
        let status: FileStatus
        do {
            status = try FileStatus(of: path)
        } catch {
            if error.code == ENOENT { return nil }
            throw problem("cannot be read: \(error)")
        }
        guard status.isRegular else { throw problem("is not a file") }
        return status.size
    }

    private func problem(_ text: String) -> Problem {
        Problem(description: "\(path): \(text)")
    }
}
