import Authentication
import Logging

/// Writes down when keys were last used: soon after a use, then at most once a minute, and at the end.
///
/// What cannot be written is no fault of the gateway's: the log says so once, and the next minute it is tried again.
struct KeyUsageWriter: Sendable {
    private let usage: KeyUsage
    private let logger: Logger
    private var hasReported = false

    /// Writes the uses that `usage` sees.
    init(_ usage: KeyUsage, logger: Logger) {
        self.usage = usage
        self.logger = logger
    }

    /// Writes until the task is cancelled, and then once more.
    ///
    /// - Parameter path: Where to; asked each time, `nil` for nowhere.
    func run(path: () -> String?) async {
        var writer = self
        var earliest = ContinuousClock.now
        while !Task.isCancelled {
            // A wait that is cancelled ends the loop; its error says no more than that.
            try? await Task.sleep(for: .seconds(2))
            guard ContinuousClock.now >= earliest, let path = path() else { continue }
            if writer.write(to: path) == .tried { earliest = .now + .seconds(60) }
        }
        guard let path = path() else { return }
        for _ in 0..<20 where writer.write(to: path) == .locked { await Self.pause() }
    }

    private enum Outcome {
        case nothingNew, locked, tried
    }

    /// Writes what is new; what cannot be written is tried again like what could.
    private mutating func write(to path: String) -> Outcome {
        let news = usage.news
        guard !news.isEmpty else { return .nothingNew }
        do {
            guard try KeyUsageFile(path: path).merge(news) else { return .locked }
            usage.settle(news)
        } catch {
            if !hasReported {
                logger.info("last-used times of keys are not kept", metadata: ["cause": .string("\(error)")])
                hasReported = true
            }
        }
        return .tried
    }

    /// Waits a moment, also in a task that is cancelled.
    private static func pause() async {
        let moment = Task { try await Task.sleep(for: .milliseconds(50)) }
        _ = await moment.result
    }
}
