import Foundation
import HTTPServer
import Jobs
import Logging
import Synchronization
import UnixSignals

/// From the first request to the last: serving, the signals that end it, and draining.
final class Lifecycle: Sendable {
    private let draining = Atomic(false)
    private let logger: Logger
    private let reload: @Sendable () -> Void

    /// - Parameters:
    ///   - logger: Takes a line for each signal.
    ///   - reload: What SIGHUP does.
    init(logger: Logger, reload: @escaping @Sendable () -> Void) {
        self.logger = logger
        self.reload = reload
    }

    /// Whether a signal has come.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// A clock whose waits end early when draining begins: who holds an answer for a job's end then gives the answer
    /// it has, while there is still time to send it.
    var jobClock: JobClock {
        JobClock(
            now: { .now },
            sleep: { duration in
                let end = ContinuousClock.now + duration
                while ContinuousClock.now < end {
                    if self.isDraining { return false }
                    let slice = min(end, .now + .milliseconds(250))
                    do { try await Task.sleep(until: slice, clock: .continuous) } catch { return false }
                }
                return true
            })
    }

    /// Serves until SIGTERM or SIGINT, then drains.
    ///
    /// The companions drain after the main server, for what is in flight may still need them. A second signal ends
    /// the process at once.
    ///
    /// - Parameters:
    ///   - signals: SIGTERM, SIGINT and SIGHUP, trapped before anyone could connect.
    ///   - main: The gateway's server and where it listens.
    ///   - companions: Further servers.
    ///   - background: What runs beside them until the end.
    /// - Throws: What ended the main server, if it was not a signal.
    func run(
        until signals: UnixSignalsSequence, main: (ListeningSocket, HTTPServer),
        companions: [(ListeningSocket, HTTPServer)],
        background: (@Sendable () async -> Void)...
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (socket, server) in companions {
                group.addTask { try await server.run(on: socket) }
            }
            for work in background { group.addTask { await work() } }
            group.addTask { await self.obey(signals, draining: main.1) }
            defer { group.cancelAll() }
            try await main.1.run(on: main.0)
            for (_, server) in companions { server.drain() }
        }
    }

    private func obey(_ signals: UnixSignalsSequence, draining server: HTTPServer) async {
        for await signal in signals {
            guard signal != .sighup else {
                reload()
                continue
            }
            guard !isDraining else {
                logger.warning("ended by a second signal", metadata: ["signal": .string("\(signal)")])
                GatewayLog.flush(.standardOutput)
                GatewayLog.flush(.standardError)
                exit(1)
            }
            logger.info("draining", metadata: ["signal": .string("\(signal)")])
            draining.store(true, ordering: .relaxed)
            server.drain()
        }
    }
}
