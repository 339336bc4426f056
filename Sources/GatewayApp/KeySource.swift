package import Authentication
import Foundation
package import Logging
import Observability
package import RateLimiting

/// Where the API keys come from.
package struct KeySource: Sendable {
    /// The keys that are known at the start.
    package let records: [APIKeyRecord]
    private let file: (file: APIKeyFile, stamp: FileStamp)?

    /// Keys that live as long as the process.
    package static func memory(_ records: [APIKeyRecord]) -> KeySource {
        KeySource(records: records, file: nil)
    }

    /// The keys of a file, which is looked at every other second.
    ///
    /// - Throws: When the file is broken.
    package static func file(_ path: String) throws(APIKeyFile.Problem) -> KeySource {
        let file = APIKeyFile(path: path)
        // The stamp is older than what is read, so that the first look sees a change that is made in between.
        let stamp = FileStamp(path: path)
        return KeySource(records: try file.read(), file: (file, stamp))
    }

    /// What takes up the changes of the file; `nil` for keys that are in no file.
    ///
    /// - Parameters:
    ///   - authenticator: Who gets the keys.
    ///   - limits: The configured limits; a key that names another one is warned of.
    ///   - targets: The names of the configured targets; likewise, unless it is `nil`.
    ///   - logger: Takes a line for each change.
    /// - Returns: The watch, which begins when it is run.
    package func watch(
        adopting authenticator: APIKeyAuthenticator, limits: [RateLimit], targets: [String]? = nil, logger: Logger
    ) -> KeyFileWatch? {
        file.map { file, stamp in
            KeyFileWatch(
                file: file, seen: stamp, authenticator: authenticator, limits: Set(limits.map(\.name)),
                targets: targets.map { Set($0) }, logger: logger)
        }
    }
}

/// Takes up what changes in a key file; a broken file changes nothing.
package struct KeyFileWatch: Sendable {
    private let file: APIKeyFile
    private var seen: FileStamp
    private var reported: String?
    private let authenticator: APIKeyAuthenticator
    private let limits: Set<String>
    private let targets: Set<String>?
    private let logger: Logger

    fileprivate init(
        file: APIKeyFile, seen: FileStamp, authenticator: APIKeyAuthenticator, limits: Set<String>,
        targets: Set<String>?, logger: Logger
    ) {
        self.file = file
        self.seen = seen
        self.authenticator = authenticator
        self.limits = limits
        self.targets = targets
        self.logger = logger
    }

    /// Looks at the file every other second until the task is cancelled.
    func run() async {
        var watch = self
        while true {
            do { try await Task.sleep(for: .seconds(2)) } catch { return }
            watch.look()
        }
    }

    /// Looks at the file once; one that is as it was is not read again.
    package mutating func look() {
        let stamp = FileStamp(path: file.path)
        guard stamp != seen || reported != nil else { return }
        do throws(APIKeyFile.Problem) {
            let records = try file.read()
            seen = stamp
            reported = nil
            authenticator.adopt(records)
            logger.info("keys reloaded", metadata: ["keys": .json(.integer(records.count))])
            for record in records { warn(of: record) }
        } catch {
            // It is tried again at every look, for not every repair shows from outside; the log says it once.
            guard reported != error.description else { return }
            reported = error.description
            logger.error("the key file is broken; the keys stay as they were", metadata: ["cause": "\(error)"])
        }
    }

    private func warn(of record: APIKeyRecord) {
        if let limit = record.limitName, !limits.contains(limit) {
            logger.warning(
                "a key names a limit that is not configured; the default one counts it",
                metadata: ["key": .string(record.id), "limit": .string(limit)])
        }
        guard let targets, let allowed = record.targets else { return }
        for target in allowed.subtracting(targets).sorted() {
            logger.warning(
                "a key names a target that is not configured; it cannot be used",
                metadata: ["key": .string(record.id), "target": .string(target)])
        }
    }
}

/// What tells one version of a file from another, symbolic links followed: a mounted secret is exchanged behind its link.
private struct FileStamp: Hashable {
    private let numbers: [Int64]

    init(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            numbers = []
            return
        }
        numbers = [
            Int64(bitPattern: UInt64(status.st_dev)), Int64(bitPattern: UInt64(status.st_ino)), Int64(status.st_size),
            Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec), Int64(status.st_ctim.tv_sec),
            Int64(status.st_ctim.tv_nsec),
        ]
    }
}
