import HTTPServer
import Jobs
import Logging
import Synchronization
import UnixSignals

/// From the first request to the last: serving, the signals that end it, and draining.
final class Lifecycle: Sendable {
    private let draining = Atomic(false)
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
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

    /// Serves until SIGTERM or SIGINT; then the main server drains, and the companions after it, for what is in
    /// flight may still need them.
    func run(
        main: (ListeningSocket, HTTPServer), companions: [(ListeningSocket, HTTPServer)],
        background: @escaping @Sendable () async -> Void
    ) async {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        await withTaskGroup(of: Void.self) { group in
            for (socket, server) in companions {
                group.addTask { await self.serve(server, on: socket) }
            }
            group.addTask { await background() }
            group.addTask {
                for await signal in signals {
                    self.logger.info("draining", metadata: ["signal": .string("\(signal)")])
                    self.draining.store(true, ordering: .relaxed)
                    main.1.drain()
                    return
                }
            }
            await serve(main.1, on: main.0)
            for (_, server) in companions { server.drain() }
            group.cancelAll()
        }
    }

    private func serve(_ server: HTTPServer, on socket: ListeningSocket) async {
        do {
            try await server.run(on: socket)
        } catch {
            logger.error("the server ended", metadata: ["cause": .string("\(error)")])
        }
    }
}
