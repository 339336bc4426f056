import GatewayCore
package import NIOCore
import Synchronization

/// Redis or Valkey, over one connection that is kept up as long as ``run(onChange:)`` runs.
package final class RedisStore: RateLimitStore {
    private struct Session {
        let connection: RedisConnection
        /// What the store calls the script.
        let scriptDigest: String
    }

    private enum State {
        case up(Session)
        case down(RedisError)
    }

    private let settings: RedisSettings
    private let eventLoop: any EventLoop
    private let sleep: @Sendable (Duration) async throws -> Void
    private let jitter: @Sendable () -> Double
    private let state = Mutex(State.down(.notConnected))

    /// Describes a store; it is not connected to before ``start(onChange:)`` or ``run(onChange:)``.
    ///
    /// - Parameters:
    ///   - settings: How it is used.
    ///   - eventLoop: Where its connection lives.
    ///   - sleep: Waits; throws when the task is cancelled.
    ///   - jitter: A random number from 0 up to 1.
    package init(
        settings: RedisSettings, eventLoop: any EventLoop,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        jitter: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.settings = settings
        self.eventLoop = eventLoop
        self.sleep = sleep
        self.jitter = jitter
    }

    /// Why it cannot be asked now.
    package var failure: RedisError? {
        state.withLock { state in
            switch state {
            case .up: nil
            case .down(let error): error
            }
        }
    }

    /// Whether it is connected, and answers.
    package var isResponsive: Bool { session.map { !$0.connection.isStalled } ?? false }

    /// Counts one request.
    package func consume(key: String, limit: RateLimit) async throws(RedisError) -> GCRA.Decision {
        guard let session else { throw .notConnected }
        let timeout = TimeAmount(settings.timeout)
        let began = NIODeadline.now()
        let arguments = ["1", "\(settings.prefix):\(limit.name):\(key)"] + GCRAScript.arguments(limit)
        let connection = session.connection
        var answer = try await connection.send(
            RESPCommand(["EVALSHA", session.scriptDigest] + arguments), within: timeout)
        if case .error(let text) = answer, text.hasPrefix("NOSCRIPT") {
            // The store has forgotten its scripts; it keeps this one again.
            answer = try await connection.send(
                RESPCommand(["EVAL", GCRAScript.text] + arguments), within: began + timeout - .now())
        }
        if case .error(let text) = answer {
            let error = RedisError(reply: text)
            // Another store may have taken over, under the same name.
            if error == .refused(code: "READONLY") { connection.close(error) }
            throw error
        }
        guard let decision = GCRAScript.decision(answer, limit: limit) else { throw .malformedAnswer }
        return decision
    }

    /// Tries once to connect, so that the first request finds a connection.
    package func start(onChange: @escaping @Sendable () -> Void) async {
        _ = await connect(onChange)
    }

    /// Keeps the connection up until the task is cancelled.
    package func run(onChange: @escaping @Sendable () -> Void) async {
        var failedAttempts = 0
        var session = session
        while !Task.isCancelled {
            if let connected = session == nil ? await connect(onChange) : session {
                let began = ContinuousClock.now
                let reason = await stay(with: connected.connection)
                guard !Task.isCancelled else { break }
                change(to: .down(reason), onChange)
                // One that is lost again at once is no better than one that cannot be made.
                if began.duration(to: .now) >= Self.longestPause { failedAttempts = 0 }
                session = nil
            }
            let ceiling = min(Self.firstPause * (1 << min(failedAttempts, 10)), Self.longestPause)
            failedAttempts += 1
            do { try await sleep(ceiling * jitter()) } catch { break }
        }
        // The end of the program is nothing to tell.
        state.withLock { $0 = .down(.notConnected) }
    }

    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(5)
    /// How often the connection is tried out while it might be idle.
    private static let pingPause = Duration.seconds(5)

    private var session: Session? {
        state.withLock { state in
            switch state {
            case .up(let session): session
            case .down: nil
            }
        }
    }

    private func connect(_ onChange: () -> Void) async -> Session? {
        do {
            let session = try await open()
            change(to: .up(session), onChange)
            return session
        } catch {
            change(to: .down(error), onChange)
            return nil
        }
    }

    private func change(to new: State, _ onChange: () -> Void) {
        state.withLock { $0 = new }
        onChange()
    }

    /// Makes a connection and agrees with the store on everything.
    private func open() async throws(RedisError) -> Session {
        let password = try settings.password?() ?? settings.endpoint.password
        let connection = try await RedisConnection.connect(
            to: settings.endpoint, on: eventLoop, tls: settings.tls, timeout: settings.connectTimeout,
            patience: TimeAmount(settings.patience))
        do {
            return try await agree(over: connection, password: password)
        } catch {
            // The handshake of TLS may have ended it, and says more than that it is closed.
            let reason = await connection.endReason() ?? error
            connection.close(reason)
            await connection.waitUntilClosed()
            throw reason
        }
    }

    private func agree(
        over connection: RedisConnection, password: Secret<String>?
    ) async throws(RedisError) -> Session {
        let deadline = NIODeadline.now() + settings.connectTimeout
        func ask(_ command: RESPCommand) async throws(RedisError) -> RESPValue {
            let answer = try await connection.send(command, within: deadline - .now())
            if case .error(let text) = answer { throw RedisError(reply: text) }
            return answer
        }
        if let password {
            let user = settings.endpoint.username.map { [$0] } ?? []
            _ = try await ask(RESPCommand(["AUTH"] + user + [password.expose()]))
        }
        if settings.endpoint.database != 0 {
            _ = try await ask(RESPCommand("SELECT", "\(settings.endpoint.database)"))
        }
        let answer = try await ask(RESPCommand("SCRIPT", "LOAD", GCRAScript.text))
        guard case .bulk(let digest) = answer, digest.count == 40 else { throw .malformedAnswer }
        return Session(connection: connection, scriptDigest: String(decoding: digest, as: UTF8.self))
    }

    /// Waits until the connection ends or the task is cancelled, and tries it out now and then.
    ///
    /// - Returns: Why it ended.
    private func stay(with connection: RedisConnection) async -> RedisError {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await connection.waitUntilClosed() }
            group.addTask { [self] in
                while !Task.isCancelled {
                    do { try await sleep(Self.pingPause) } catch { return }
                    // Without an answer the pipeline's patience ends the connection.
                    _ = try? await connection.send(RESPCommand("PING"), within: TimeAmount(settings.timeout))
                }
            }
            await withTaskCancellationHandler {
                await group.next()
            } onCancel: {
                connection.close(.notConnected)
            }
            group.cancelAll()
        }
        return await connection.endReason() ?? .connectionLost("closed")
    }
}
