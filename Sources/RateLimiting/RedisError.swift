/// Why a store did not do what it was asked; nothing of it is secret.
package enum RedisError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no connection, and nothing was sent.
    case notConnected
    /// No connection could be made.
    case connectFailed(String)
    /// The store's certificate is not trusted, or it does not speak TLS.
    case tlsFailed(String)
    /// The file of the password cannot be read.
    case noPassword(String)
    /// No answer came in time.
    case timedOut
    /// The connection was lost before the answer came.
    case connectionLost(String)
    /// As many commands wait for their answers as one connection takes.
    case tooManyInFlight
    /// The store refused the command, with an error of this code.
    case refused(code: String)
    /// The answer is not one to the command.
    case malformedAnswer

    /// A sentence for the log and for operators.
    package var description: String {
        switch self {
        case .notConnected: "there is no connection to it"
        case .connectFailed(let reason): "no connection can be made: \(reason)"
        case .tlsFailed(let reason): "TLS failed: \(reason)"
        case .noPassword(let reason): "the password file cannot be used: \(reason)"
        case .timedOut: "it does not answer in time"
        case .connectionLost(let reason): "the connection was lost: \(reason)"
        case .tooManyInFlight: "too many commands wait for its answers"
        case .refused(let code): "it answers \(code)\(Self.meaning(of: code))"
        case .malformedAnswer: "its answer cannot be read"
        }
    }

    /// What an error reply says, by the code that it begins with.
    ///
    /// The text behind the code is left out: of a command that a store does not know it repeats the arguments, and of
    /// `AUTH` these are the password.
    package init(reply: String) {
        let code = reply.prefix { ("A"..."Z").contains($0) }
        self = .refused(code: code.isEmpty || code.count > 20 ? "ERR" : String(code))
    }

    private static func meaning(of code: String) -> String {
        switch code {
        case "NOAUTH": " (it wants a password)"
        case "WRONGPASS": " (it does not take the user name and the password)"
        case "NOPERM": " (the user may not use EVALSHA, EVAL, SCRIPT LOAD and PING, or not these keys)"
        case "READONLY": " (it is a replica)"
        case "LOADING": " (it is starting)"
        case "OOM": " (its memory is full)"
        case "MOVED", "ASK", "CROSSSLOT", "CLUSTERDOWN": " (it is part of a cluster)"
        default: ""
        }
    }
}
