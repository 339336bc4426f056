import Foundation
import NIOCore

/// Why a socket could not be made to listen; each case is a sentence for the operator.
package enum ListeningSocketError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The host is neither an address nor a name that resolves to one.
    case unknownHost(String)
    /// The port is not within 0 to 65535.
    case invalidPort(Int)
    /// Another process, or this one, listens there.
    case addressInUse(host: String, port: Int)
    /// The system does not let this user listen there.
    case permissionDenied(host: String, port: Int)
    /// No interface of this machine has the address, or the machine does not speak its protocol.
    case addressNotAvailable(host: String, port: Int)
    /// The socket was closed before.
    case closed
    /// Another system call failed.
    case system(call: String, code: Int32)

    /// What is wrong, in a sentence that holds nothing secret.
    package var description: String {
        switch self {
        case .unknownHost(let host):
            "The host \"\(host)\" is neither an address nor a name that resolves to one."
        case .invalidPort(let port):
            "The port \(port) is not within 0 to 65535."
        case .addressInUse(let host, let port):
            "The address \(host), port \(port) is in use already."
        case .permissionDenied(let host, let port):
            "This user may not listen on \(host), port \(port)."
        case .addressNotAvailable(let host, let port):
            "This machine has no address \(host) to listen on (port \(port))."
        case .closed:
            "The listening socket is closed."
        case .system(let call, let code):
            "The listening socket could not be made: \(call) failed with errno \(code)."
        }
    }

    /// The error of a system call made for `address`.
    static func failed(_ call: String, _ code: CInt, at address: SocketAddress) -> Self {
        let host = address.ipAddress ?? ""
        let port = address.port ?? 0
        return switch code {
        case EADDRINUSE: .addressInUse(host: host, port: port)
        case EACCES, EPERM: .permissionDenied(host: host, port: port)
        case EADDRNOTAVAIL, EAFNOSUPPORT: .addressNotAvailable(host: host, port: port)
        default: .system(call: call, code: code)
        }
    }
}
