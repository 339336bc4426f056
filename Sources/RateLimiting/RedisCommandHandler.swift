package import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Sends commands over one connection and gives each its answer; it lives on the connection's event loop.
///
/// What waits for what is decided by ``RedisPipeline``; this type does it. Commands of one turn of the event loop leave
/// in one packet.
package final class RedisCommandHandler: ChannelInboundHandler {
    /// Answers of the store.
    package typealias InboundIn = RESPValue
    /// Commands as bytes.
    package typealias OutboundOut = ByteBuffer
    /// Takes a command's answer, or why there is none.
    package typealias Completion = (Result<RESPValue, RedisError>) -> Void

    /// Tells any thread whether a command's time is over and nothing was heard since it was sent.
    package final class Signal: Sendable {
        private let value = Atomic(false)

        /// A signal of a connection that is well.
        package init() {}

        /// Whether the store keeps who asks it waiting.
        package var isStalled: Bool { value.load(ordering: .relaxed) }

        fileprivate func set(_ isStalled: Bool) {
            if value.load(ordering: .relaxed) != isStalled { value.store(isStalled, ordering: .relaxed) }
        }
    }

    /// How many commands may wait for their answers.
    package static let maxInFlight = 4_096

    /// How late a look may come and still be one at its moment.
    private static let punctuality = TimeAmount.milliseconds(1)
    /// How often a look that is late is put off, one after the other, so that it is not put off for ever.
    private static let maxLateLooks = 3

    /// Whether the store keeps who asks it waiting; for any thread.
    package let signal = Signal()
    private var pipeline: RedisPipeline<Completion>
    private var context: ChannelHandlerContext?
    private var timer: (due: NIODeadline, scheduled: Scheduled<Void>)?
    private var isFlushDue = false
    private var lateLooks = 0
    /// Why the connection ended; `nil` while it has not.
    package private(set) var endReason: RedisError?

    /// Creates the handler of a new connection.
    ///
    /// - Parameter patience: After how long a silence of the store, while commands wait, the connection is given up.
    package init(patience: TimeAmount) {
        pipeline = RedisPipeline(capacity: Self.maxInFlight, patience: patience)
    }

    /// Takes its place in a channel.
    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    /// Leaves it; what waits has no answer.
    package func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        end(.connectionLost("closed"))
    }

    /// Sends a command; its completion is called once, on this event loop.
    package func send(_ command: RESPCommand, by deadline: NIODeadline, completion: @escaping Completion) {
        guard let context, endReason == nil else { return completion(.failure(.notConnected)) }
        guard pipeline.hasRoom else { return completion(.failure(.tooManyInFlight)) }
        let now = context.eventLoop.now
        guard deadline > now else { return completion(.failure(.timedOut)) }
        pipeline.send(completion, at: now, deadline: deadline)
        var buffer = context.channel.allocator.buffer(capacity: 256)
        command.write(to: &buffer)
        context.write(wrapOutboundOut(buffer), promise: nil)
        flushSoon(context)
        lookAgain(at: min(deadline, pipeline.silenceEnd ?? deadline), context)
    }

    /// Gives the connection up, for a reason.
    package func close(_ reason: RedisError) {
        end(reason)
        context?.close(promise: nil)
    }

    /// Gives an answer to the command that is next.
    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let answer = pipeline.answer(at: context.eventLoop.now)
        signal.set(false)
        switch answer {
        case .expected(let completion): completion(.success(unwrapInboundIn(data)))
        case .late: break
        case .unexpected: close(.malformedAnswer)
        }
    }

    /// The store has closed the connection.
    package func channelInactive(context: ChannelHandlerContext) {
        end(.connectionLost("it closed the connection"))
        context.fireChannelInactive()
    }

    /// Something before this handler failed, and the connection with it.
    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(RedisError(connection: error))
    }

    private func end(_ reason: RedisError) {
        guard endReason == nil else { return }
        endReason = reason
        timer?.scheduled.cancel()
        timer = nil
        for completion in pipeline.close() { completion(.failure(reason)) }
    }

    private func flushSoon(_ context: ChannelHandlerContext) {
        guard !isFlushDue else { return }
        isFlushDue = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushDue = false
            self.context?.flush()
        }
    }

    /// Sees to it that there is a look at a moment or before.
    private func lookAgain(at moment: NIODeadline, _ context: ChannelHandlerContext) {
        if let timer {
            guard moment < timer.due else { return }
            timer.scheduled.cancel()
        }
        let scheduled = context.eventLoop.assumeIsolated().scheduleTask(deadline: moment) { self.look() }
        timer = (moment, scheduled)
    }

    private func look() {
        let due = timer?.due
        timer = nil
        guard let context else { return }
        let now = context.eventLoop.now
        if let due, now - due > Self.punctuality, lateLooks < Self.maxLateLooks {
            // It is this thread that is late, and an answer may be in the socket: that is read in between.
            lateLooks += 1
            return lookAgain(at: now + Self.punctuality, context)
        }
        lateLooks = 0
        let expired = pipeline.expire(at: now)
        signal.set(pipeline.isStalled)
        for completion in expired { completion(.failure(.timedOut)) }
        guard !pipeline.isSilent(at: now) else { return close(.timedOut) }
        if let next = pipeline.nextLook { lookAgain(at: next, context) }
    }
}

extension RedisError {
    /// What ended a connection, or kept one from being made.
    init(connection error: any Error) {
        switch error {
        case let error as RedisError: self = error
        case is RESPError: self = .malformedAnswer
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self = .tlsFailed("\(error)")
        case let error as NIOConnectionError:
            let causes = [error.dnsAError, error.dnsAAAAError].compactMap { $0 } + error.connectionErrors.map(\.error)
            self = .connectFailed(causes.first.map { "\($0)" } ?? "the host has no address")
        case ChannelError.connectTimeout: self = .connectFailed("it does not take connections")
        default: self = .connectionLost("\(error)")
        }
    }
}
