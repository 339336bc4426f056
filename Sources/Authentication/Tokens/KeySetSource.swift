import Foundation

/// Where an issuer's keys are found.
package enum KeySetSource: Sendable, Hashable {
    /// A file.
    case file(path: String)
    /// A URL.
    case url(String)
    /// The URL that the issuer's own description names (OpenID Connect Discovery 1.0, section 4).
    case discovery(issuer: String)
}

/// Why a key set cannot be had; for the log and for operators.
package enum KeySetFault: Error, Sendable, Hashable, CustomStringConvertible {
    /// No connection, or it broke.
    case unreachable(String)
    /// The answer has another status than 200.
    case status(Int)
    /// It did not come in time.
    case timedOut
    /// It is larger than ``KeySet/maxBytes``.
    case tooLarge
    /// It is not what it should be.
    case malformed(String)
    /// The file cannot be read.
    case unreadable(String)

    /// The fault in words.
    package var description: String {
        switch self {
        case .unreachable(let reason): "no answer: \(reason)"
        case .status(let status): "the answer has the status \(status)"
        case .timedOut: "no answer in time"
        case .tooLarge: "it has more than \(KeySet.maxBytes) bytes"
        case .malformed(let reason), .unreadable(let reason): reason
        }
    }
}

/// URLs that keys may be fetched from.
package enum KeySetURL {
    /// Whether nobody on the way can change what comes from a URL: HTTPS, or HTTP to this very machine.
    ///
    /// - Parameters:
    ///   - text: An absolute URL without user, password and fragment.
    ///   - allowsLoopback: Whether HTTP to this machine is good enough.
    /// - Returns: `false` also for what is no such URL.
    package static func isTrustworthy(_ text: String, allowsLoopback: Bool = true) -> Bool {
        guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty, url.user == nil,
            url.password == nil, url.fragment == nil, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return false }
        switch url.scheme?.lowercased() {
        case "https": return true
        case "http": return allowsLoopback && isLoopback(host)
        default: return false
        }
    }

    /// Whether a URL is one of HTTP to this very machine.
    package static func isLoopback(url text: String) -> Bool {
        guard let url = URLComponents(string: text), let host = url.host else { return false }
        return url.scheme?.lowercased() == "http" && isLoopback(host)
    }

    private static func isLoopback(_ host: String) -> Bool {
        ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host.lowercased())
    }
}
