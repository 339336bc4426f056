/// Where a service is called.
package struct Endpoint: Sendable, Hashable {
    /// `http` or `https`.
    package let scheme: String
    /// The host, without brackets where it is an IPv6 address.
    package let host: String
    /// The port, where it is not the scheme's own.
    package let port: Int?
    /// What stands before every path; empty, or begins with `/` and does not end with it.
    package let basePath: String
    /// The region that signatures name.
    package let region: String
    /// Whether the endpoint was configured rather than compiled in.
    package let isOverride: Bool

    /// The value of the `Host` header: the port only where it is not the scheme's own.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port.map { "\(name):\($0)" } ?? name
    }
}

extension Endpoint {
    /// Reads a configured URL: `http` or `https`, a host, maybe a port and a path; no user, query or fragment.
    package init?(url: String, region: String) {
        let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !url.contains("?"), !url.contains("#"),
            url.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        let scheme = parts[0].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let authority = parts[1].prefix { $0 != "/" }
        var path = parts[1].dropFirst(authority.count)
        while path.last == "/" { path.removeLast() }
        guard !authority.contains("@"), let (host, port) = Self.hostAndPort(authority) else { return nil }
        let defaultPort = scheme == "https" ? 443 : 80
        self.init(
            scheme: scheme, host: host, port: port == defaultPort ? nil : port, basePath: String(path), region: region,
            isOverride: true)
    }

    private static func hostAndPort(_ authority: Substring) -> (String, Int?)? {
        var host = authority
        var rest = Substring()
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            rest = authority[authority.index(after: end)...]
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            rest = authority[colon...]
        }
        guard isHost(host, isIPv6: authority.first == "[") else { return nil }
        if rest.isEmpty { return (host.lowercased(), nil) }
        let digits = rest.dropFirst()
        guard rest.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(digits),
            (1...65_535).contains(port)
        else { return nil }
        return (host.lowercased(), port)
    }

    private static func isHost(_ host: Substring, isIPv6: Bool) -> Bool {
        guard !host.isEmpty, host.contains(":") == isIPv6 else { return false }
        return host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: ":"):
                true
            case UInt8(ascii: "g")...UInt8(ascii: "z"), UInt8(ascii: "G")...UInt8(ascii: "Z"), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                !isIPv6
            default: false
            }
        }
    }
}
