import Foundation
import NIOCore
import NIOHTTP1

/// One client's connection: takes one request at a time, has it answered, writes the response, and goes on.
///
/// It lives on its event loop and is the last handler of its channel. What is to be done when is decided by
/// `HTTP1ConnectionStateMachine`; this type does it.
final class HTTP1Connection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// What a connection needs of its server.
    struct Service: Sendable {
        let limits: ServerLimits
        let date: HTTPDate
        let turns: Turns
        let refuse: @Sendable (Refusal, _ remoteAddress: String?) -> Response
        let respond: @Sendable (Request) async -> Response
    }

    private struct Timer {
        let due: NIODeadline
        let scheduled: Scheduled<Void>
    }

    private let service: Service
    private let gate: RequestGate
    private let executor: EventLoopExecutor
    private let admission: ConnectionRegistry.Admission
    private let onEnd: @Sendable () -> Void
    private var machine: HTTP1ConnectionStateMachine
    private var collector: RequestCollector
    private var context: ChannelHandlerContext?
    private var timer: Timer?
    private var task: Task<Void, Never>?
    private var isReadHeld = false
    private var responses: UInt64 = 0
    private var requestsInTurn = 0
    private var turnBegan = NIODeadline.now()

    /// A connection behind `gate` on the same channel.
    ///
    /// `admission` says whether it is served or only told that there are too many; `onEnd` is called once, when the
    /// channel is closed and no responder works for it any more.
    init(
        channel: any Channel, gate: RequestGate, service: Service, admission: ConnectionRegistry.Admission,
        onEnd: @escaping @Sendable () -> Void
    ) {
        self.service = service
        self.gate = gate
        self.admission = admission
        self.onEnd = onEnd
        executor = EventLoopExecutor(eventLoop: channel.eventLoop)
        machine = HTTP1ConnectionStateMachine(limits: service.limits, now: .now())
        collector = RequestCollector(limits: service.limits, remoteAddress: Self.address(of: channel))
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        closed()
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        if admission == .surplus {
            refuse(.tooManyConnections)
        }
        deadlineMoved()
    }

    func channelInactive(context: ChannelHandlerContext) {
        machine.closed()
        timer?.scheduled.cancel()
        timer = nil
        collector.client.leave()
        if collector.isSafeRequest { task?.cancel() }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(Refusal) {
            switch Self.unwrapInboundIn(data) {
            case .head(let head):
                try received(head, context: context)
            case .body(let part):
                guard machine.receivesContent else { return }
                try collector.append(part)
            case .end:
                // Trailer fields are dropped: nothing here may depend on a field that arrives behind the content.
                guard machine.requestReceived(), let request = collector.finish() else { return }
                gate.expect(.nothing)
                respond(to: request, context: context)
            }
        } catch {
            refuse(error)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case let refusal as Refusal:
            refuse(refusal)
        case let error as HTTPParserError:
            refuse(Refusal(error, limits: service.limits))
        case is ByteToMessageDecoderError:
            refuse(.malformed("The request is not valid HTTP."))
        default:
            context.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case RequestGate.Event.headBegan:
            machine.headBegan(at: .now())
            deadlineMoved()
        case RequestGate.Event.clientEnded:
            // It may be gone, or wait for its answer: a responder that could answer now should.
            collector.client.leave()
            limitResponse(on: context.eventLoop)
        case RequestGate.Event.inputEnded:
            perform(machine.clientEnded())
        case RequestGate.Event.discardedEnough:
            context.close(promise: nil)
        case is ChannelShouldQuiesceEvent:
            perform(machine.drain())
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func read(context: ChannelHandlerContext) {
        if gate.wantsBytes {
            context.read()
        } else {
            isReadHeld = true
        }
    }

    private func resumeReading() {
        guard isReadHeld, gate.wantsBytes else { return }
        isReadHeld = false
        context?.read()
    }

    private func received(_ head: HTTPRequestHead, context: ChannelHandlerContext) throws(Refusal) {
        guard machine.headReceived(at: .now()) else { return }
        let framing = try collector.begin(head)
        switch framing {
        case .none:
            return
        case .length(let length):
            gate.expect(.content(length: length))
        case .chunked:
            gate.expect(.chunks(read: 0))
        }
        deadlineMoved()
        if collector.expectsContinue, !gate.holdsBytes {
            var line = context.channel.allocator.buffer(capacity: 32)
            line.writeStaticString(ResponseEncoding.continueLine)
            context.writeAndFlush(Self.wrapOutboundOut(line), promise: nil)
        }
    }

    private func respond(to request: Request, context: ChannelHandlerContext) {
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let respond = service.respond
        responses += 1
        if collector.client.isGone { limitResponse(on: context.eventLoop) }
        task = Task(executorPreference: executor) {
            let response = await respond(request)
            connection.value.responded(with: response)
        }
    }

    /// Cancels what is being made for a client that has ended its side and may be gone, if it takes long.
    private func limitResponse(on eventLoop: any EventLoop) {
        guard collector.isSafeRequest else { return }
        let response = responses
        let patience = TimeAmount(service.limits.halfCloseTimeout)
        eventLoop.assumeIsolated().scheduleTask(in: patience) {
            if self.responses == response { self.task?.cancel() }
        }
    }

    private func responded(with response: Response) {
        task = nil
        guard let context else { return onEnd() }
        let keepsAlive =
            collector.keepsAlive && !gate.isExhausted
            && !response.headers.list("connection").contains { $0.lowercased() == "close" }
        guard let closes = machine.responded(keepsAlive: keepsAlive, at: .now()) else { return }
        write(response, closes: closes, context: context)
    }

    private func refuse(_ refusal: Refusal) {
        guard let context, context.channel.isActive, machine.refused(at: .now()) else { return }
        gate.expect(.rest(read: 0))
        write(service.refuse(refusal, collector.remoteAddress), closes: true, context: context)
        resumeReading()
    }

    private func write(_ response: Response, closes: Bool, context: ChannelHandlerContext) {
        let exchange = ResponseEncoding.Exchange(
            isHeadRequest: collector.isHeadRequest, closes: closes,
            announcesKeepAlive: collector.isHTTP10, date: service.date.text(now: Date()))
        var buffer = context.channel.allocator.buffer(capacity: response.body.count + 512)
        ResponseEncoding.write(response, for: exchange, to: &buffer)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            switch result {
            case .success: self.responseWritten()
            case .failure: self.context?.close(promise: nil)
            }
        }
        context.writeAndFlush(Self.wrapOutboundOut(buffer), promise: written)
        deadlineMoved()
    }

    private func responseWritten() {
        guard let context else { return }
        switch machine.responseWritten(at: .now()) {
        case .awaitRequest:
            collector.reset()
            awaitRequest(on: context.eventLoop)
        case .linger:
            context.close(mode: .output, promise: nil)
            gate.expect(.rest(read: 0))
            resumeReading()
            deadlineMoved()
        case .close:
            context.close(promise: nil)
        }
    }

    /// Goes on to the next request, which may be here already; then not more than a turn of them follows at once.
    private func awaitRequest(on eventLoop: any EventLoop) {
        guard gate.holdsBytes else {
            requestsInTurn = 0
            return expectHead()
        }
        if requestsInTurn == 0 { turnBegan = .now() }
        requestsInTurn += 1
        guard requestsInTurn == Turns.length else { return expectHead() }
        requestsInTurn = 0
        let now = NIODeadline.now()
        eventLoop.assumeIsolated().scheduleTask(deadline: service.turns.next(after: now - turnBegan, at: now)) {
            guard self.context != nil, !self.machine.isClosed else { return }
            self.expectHead()
        }
    }

    private func expectHead() {
        gate.expect(.head)
        resumeReading()
        deadlineMoved()
    }

    private func perform(_ action: HTTP1ConnectionStateMachine.Action) {
        switch action {
        case .none: break
        case .close: context?.close(promise: nil)
        case .refuse(let refusal): refuse(refusal)
        }
    }

    /// Sees to it that a timer fires at the deadline, or before it: setting a timer for every phase of every request
    /// would cost more than letting one fire now and then for nothing.
    private func deadlineMoved() {
        guard let context, context.channel.isActive, !machine.isClosed else { return }
        if let timer {
            guard let deadline = machine.deadline, deadline < timer.due else { return }
            timer.scheduled.cancel()
        }
        let due = min(machine.deadline ?? .distantFuture, .now() + machine.tick)
        let scheduled = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) {
            self.timer = nil
            self.perform(self.machine.timerFired(at: .now()))
            self.deadlineMoved()
        }
        timer = Timer(due: due, scheduled: scheduled)
    }

    /// The time for draining is over: the responder is cancelled, whatever it does, and the channel closed.
    func abandon() {
        task?.cancel()
        context?.close(promise: nil)
    }

    private func closed() {
        machine.closed()
        timer?.scheduled.cancel()
        timer = nil
        guard let task else { return onEnd() }
        if collector.isSafeRequest { task.cancel() }
    }

    /// The client's address; an IPv4 client of a dual-stack socket is named by its IPv4 address.
    private static func address(of channel: any Channel) -> String? {
        guard let address = channel.remoteAddress?.ipAddress else { return nil }
        let mapped = "::ffff:"
        guard address.hasPrefix(mapped), address.contains(".") else { return address }
        return String(address.dropFirst(mapped.count))
    }
}

extension Refusal {
    /// What the decoder found, in this server's terms.
    fileprivate init(_ error: HTTPParserError, limits: ServerLimits) {
        switch error {
        case .headerOverflow:
            self = .headersTooLarge("The request's header fields are larger than \(limits.maxHeaderBytes) bytes.")
        case .invalidVersion:
            self = .unsupportedVersion
        case .invalidMethod:
            self = .malformed("The request's method is not known.")
        case .invalidChunkSize:
            self = .malformed("The request's content is not correctly chunked.")
        default:
            self = .malformed("The request is not valid HTTP.")
        }
    }
}
