package import Authentication
import Foundation
import Logging
import Observability
import RateLimiting

/// Where the API keys come from.
package struct KeySource: Sendable {
    /// The keys that are known at the start.
    package let records: [APIKeyRecord]
    private let file: APIKeyFile?

    /// Keys that live as long as the process.
    package static func memory(_ records: [APIKeyRecord]) -> KeySource {
        KeySource(records: records, file: nil)
    }

    /// The keys of a file, which is looked at every other second.
    ///
    /// - Throws: When the file is broken.
    package static func file(_ path: String) throws(APIKeyFile.Problem) -> KeySource {
        let file = APIKeyFile(path: path)
        return KeySource(records: try file.read(), file: file)
    }

    /// Takes up what changes in the file until the task is cancelled; a broken file changes nothing.
    func watch(
        adopting authenticator: APIKeyAuthenticator, limits: [RateLimit], logger: Logger
    ) -> @Sendable () async -> Void {
        guard let file else { return {} }
        return {
            var seen = FileStamp(path: file.path)
            while true {
                do { try await Task.sleep(for: .seconds(2)) } catch { return }
                let stamp = FileStamp(path: file.path)
                guard stamp != seen else { continue }
                seen = stamp
                do throws(APIKeyFile.Problem) {
                    let records = try file.read()
                    authenticator.adopt(records)
                    logger.info("keys reloaded", metadata: ["keys": .json(.integer(records.count))])
                } catch {
                    logger.error("the key file is broken; the keys stay as they were", metadata: ["cause": "\(error)"])
                }
            }
        }
    }
}

/// What tells one version of a file from another.
private struct FileStamp: Hashable {
    private let modified: Date?
    private let size: UInt64?
    private let number: UInt64?

    init(path: String) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        modified = attributes?[.modificationDate] as? Date
        size = (attributes?[.size] as? NSNumber)?.uint64Value
        number = (attributes?[.systemFileNumber] as? NSNumber)?.uint64Value
    }
}
