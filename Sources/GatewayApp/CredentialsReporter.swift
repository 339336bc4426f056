package import AWSRuntime
package import Logging
import Synchronization

/// Logs when credentials can no longer be fetched, and when they can again: each change once, not each attempt.
package final class CredentialsReporter: Sendable {
    private let logger: Logger
    private let metadata: Logger.Metadata
    private let isFailing = Mutex(false)

    /// Reports on the base identity of a profile.
    package init(logger: Logger, profile: String) {
        self.logger = logger
        metadata = ["profile": .string(profile)]
    }

    /// Reports on one session of a target's role.
    package init(logger: Logger, target: String, session: String) {
        self.logger = logger
        metadata = ["target": .string(target), "session": .string(session)]
    }

    /// Takes note of a fetch that has ended.
    package func report(_ result: Result<ResolvedCredentials, CredentialsError>) {
        switch result {
        case .success(let resolved):
            guard isFailing.withLock({ exchange(&$0, with: false) }) else { return }
            log(.info, "AWS credentials are fetched again", ["source": .string(resolved.source)])
        case .failure(let error):
            guard !isFailing.withLock({ exchange(&$0, with: true) }) else { return }
            log(.warning, "AWS credentials cannot be fetched", ["cause": .string(error.description)])
        }
    }

    private func exchange(_ value: inout Bool, with new: Bool) -> Bool {
        defer { value = new }
        return value
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ details: Logger.Metadata) {
        logger.log(level: level, message, metadata: metadata.merging(details) { $1 })
    }
}
