package import Authentication
package import Logging
import Observability
import Synchronization

/// Logs when an issuer's keys can no longer be fetched, when they can again, and when others come: each change once.
package final class KeySetReporter: Sendable {
    private let logger: Logger
    private let last = Mutex<[String: KeySetStatus]>([:])

    /// Logs to `logger`.
    package init(logger: Logger) {
        self.logger = logger
    }

    /// Takes note of a fetch that has ended.
    package func report(_ status: KeySets.Status) {
        let known = last.withLock { $0.updateValue(status.keySet, forKey: status.issuer) }
        let now = status.keySet
        guard now != known else { return }
        var metadata: Logger.Metadata = ["issuer": .string(status.issuer), "keys": .json(.integer(now.keys))]
        if let failure = now.failure {
            guard known?.failure == nil else { return }
            metadata["cause"] = .string(failure.description)
            logger.warning("the issuer's keys cannot be fetched", metadata: metadata)
        } else {
            metadata["skipped"] = .json(.integer(now.skipped))
            logger.info("the issuer's keys are fetched", metadata: metadata)
        }
    }
}
