import NIOCore

/// Where one connection stands between two requests, and until when it may stand there.
///
/// A value without sockets or clocks: each method takes what happened, and the time where it matters, and returns
/// what is to be done about it.
struct HTTP1ConnectionStateMachine {
    private enum Phase: Equatable {
        /// Between requests, or before the first.
        case idle
        case receivingHead
        case receivingContent
        case responding
        case writing(closes: Bool)
        case refusing
        /// The last response is written and our side ended; the client's rest is read so that it sees the response.
        case lingering
        case closed
    }

    /// What to do when something ends that was waited for.
    enum Action: Equatable {
        case none
        case close
        case refuse(Refusal)
    }

    /// What to do when a response is written.
    enum AfterResponse: Equatable {
        case awaitRequest
        case linger
        case close
    }

    /// How long a client that was told to go may take to go.
    static let lingerTimeout = TimeAmount.seconds(1)

    private let headerTimeout: TimeAmount
    private let requestTimeout: TimeAmount
    private let idleTimeout: TimeAmount
    private var phase = Phase.idle
    private var isDraining = false
    private var inputEnded = false
    private var mustClose = false
    private var requestBegan: NIODeadline

    /// When the present phase has lasted too long; `nil` while a responder works, which has deadlines of its own.
    private(set) var deadline: NIODeadline?

    /// A connection accepted at `now`.
    init(limits: ServerLimits, now: NIODeadline) {
        headerTimeout = TimeAmount(limits.headerTimeout)
        requestTimeout = TimeAmount(limits.requestTimeout)
        idleTimeout = TimeAmount(limits.idleTimeout)
        requestBegan = now
        deadline = now + min(headerTimeout, idleTimeout)
    }

    /// The shortest of the limits: a timer that fires this often is never late.
    var tick: TimeAmount {
        max(min(headerTimeout, requestTimeout, idleTimeout), .milliseconds(1))
    }

    /// Whether nothing more is to be read from or written to the connection.
    var isClosed: Bool {
        phase == .closed
    }

    /// The first bytes of a head arrived without its end.
    mutating func headBegan(at now: NIODeadline) {
        guard phase == .idle else { return }
        phase = .receivingHead
        requestBegan = now
        deadline = now + min(headerTimeout, requestTimeout)
    }

    /// A complete head arrived.
    ///
    /// - Returns: Whether it was waited for; otherwise it must be ignored, and the connection ends with the response
    ///   in hand.
    mutating func headReceived(at now: NIODeadline) -> Bool {
        switch phase {
        case .idle:
            requestBegan = now
        case .receivingHead:
            break
        case .receivingContent, .responding, .writing, .refusing, .lingering, .closed:
            mustClose = true
            return false
        }
        phase = .receivingContent
        deadline = requestBegan + requestTimeout
        return true
    }

    /// The last byte of a request arrived.
    ///
    /// - Returns: Whether it is to be answered.
    mutating func requestReceived() -> Bool {
        guard phase == .receivingContent else { return false }
        phase = .responding
        deadline = nil
        return true
    }

    /// Whether parts of a request's content are still wanted.
    var receivesContent: Bool {
        phase == .receivingContent
    }

    /// A responder has answered; `keepsAlive` says whether client and responder would both go on.
    ///
    /// - Returns: Whether the response is the connection's last; `nil` if it is not to be written at all.
    mutating func responded(keepsAlive: Bool, at now: NIODeadline) -> Bool? {
        guard phase == .responding else { return nil }
        let closes = !keepsAlive || isDraining || mustClose
        phase = .writing(closes: closes)
        deadline = now + requestTimeout
        return closes
    }

    /// A request, or the connection itself, is refused.
    ///
    /// - Returns: Whether the refusal is to be written; once a response is in the making it is too late for it.
    mutating func refused(at now: NIODeadline) -> Bool {
        switch phase {
        case .idle, .receivingHead, .receivingContent:
            phase = .refusing
            deadline = now + requestTimeout
            return true
        case .responding, .writing:
            mustClose = true
            return false
        case .refusing, .lingering, .closed:
            return false
        }
    }

    /// Everything written has reached the socket.
    mutating func responseWritten(at now: NIODeadline) -> AfterResponse {
        switch phase {
        case .writing(closes: false) where !isDraining && !mustClose:
            phase = .idle
            deadline = now + idleTimeout
            return .awaitRequest
        case .writing, .refusing:
            guard !inputEnded else {
                phase = .closed
                return .close
            }
            phase = .lingering
            deadline = now + Self.lingerTimeout
            return .linger
        case .idle, .receivingHead, .receivingContent, .responding, .lingering, .closed:
            return .close
        }
    }

    /// The client has ended its side, and what it sent before is used up.
    mutating func clientEnded() -> Action {
        inputEnded = true
        switch phase {
        case .idle, .lingering:
            phase = .closed
            return .close
        case .receivingHead, .receivingContent:
            return .refuse(.malformed("The request ended before it was complete."))
        case .responding, .writing, .refusing, .closed:
            return .none
        }
    }

    /// The server takes no further requests.
    mutating func drain() -> Action {
        isDraining = true
        guard phase == .idle else { return .none }
        phase = .closed
        return .close
    }

    /// A timer fired.
    mutating func timerFired(at now: NIODeadline) -> Action {
        guard let deadline, now >= deadline else { return .none }
        switch phase {
        case .receivingHead:
            return .refuse(headerTimeout <= requestTimeout ? .headerTimeout : .requestTimeout)
        case .receivingContent:
            return .refuse(.requestTimeout)
        case .idle, .writing, .refusing, .lingering:
            phase = .closed
            return .close
        case .responding, .closed:
            return .none
        }
    }

    /// The connection is gone.
    mutating func closed() {
        phase = .closed
        deadline = nil
    }
}
