import Foundation
package import GatewayCore

/// Where a store is and who uses it: a parsed `limiter.url`.
package struct RedisEndpoint: Sendable, Hashable {
    /// How a connection is made.
    package enum Address: Sendable, Hashable {
        /// A host, which may be an IPv4 or IPv6 address, and a port.
        case host(String, port: Int)
        /// The path of a Unix domain socket.
        case unix(path: String)
    }

    /// How a connection is made.
    package let address: Address
    /// Whether the connection is encrypted.
    package let usesTLS: Bool
    /// The number of the database.
    package let database: Int
    /// The user; the store's default one when `nil`.
    package let username: String?
    /// The password of the URL.
    package let password: Secret<String>?

    /// Whether two endpoints are the same, password included.
    package static func == (left: RedisEndpoint, right: RedisEndpoint) -> Bool {
        left.address == right.address && left.usesTLS == right.usesTLS && left.database == right.database
            && left.username == right.username && left.password?.expose() == right.password?.expose()
    }

    /// Hashes all but the password.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(address)
        hasher.combine(usesTLS)
        hasher.combine(database)
        hasher.combine(username)
    }

    /// The endpoint without what is secret, for the log.
    package var publicName: String {
        switch address {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }
}

extension RedisEndpoint {
    /// Reads `redis://[user[:password]@]host[:port][/database]`, `rediss://…` for TLS, or
    /// `unix://[user[:password]@]/path[?db=database]`.
    ///
    /// User and password are percent-decoded. `nil` when the text is none of these.
    package init?(url text: String) {
        guard let colon = text.range(of: "://"), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let rest = text[colon.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var authority = rest[..<slash]
        let path = rest[slash...]
        guard let user = Self.takeUser(from: &authority) else { return nil }
        switch text[..<colon.lowerBound].lowercased() {
        case "redis": self.init(authority: authority, path: path, usesTLS: false, user: user)
        case "rediss": self.init(authority: authority, path: path, usesTLS: true, user: user)
        case "unix": self.init(authority: authority, path: path, user: user)
        default: return nil
        }
    }

    private typealias User = (name: String?, password: Secret<String>?)

    private init?(authority: Substring, path: Substring, usesTLS: Bool, user: User) {
        guard let (host, port) = Self.hostAndPort(authority), let database = Self.database(path.dropFirst()) else {
            return nil
        }
        address = .host(host, port: port)
        self.usesTLS = usesTLS
        self.database = database
        username = user.name
        password = user.password
    }

    private init?(authority: Substring, path: Substring, user: User) {
        let parts = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard authority.isEmpty, let file = parts.first, file.count > 1, file.utf8.count <= 107 else { return nil }
        var number: Substring = ""
        if parts.count == 2 {
            guard parts[1].hasPrefix("db=") else { return nil }
            number = parts[1].dropFirst(3)
        }
        guard let database = Self.database(number) else { return nil }
        address = .unix(path: String(file))
        usesTLS = false
        self.database = database
        username = user.name
        password = user.password
    }

    /// The user and the password before the last `@`; `nil` when they are badly written.
    private static func takeUser(from authority: inout Substring) -> User? {
        guard let at = authority.lastIndex(of: "@") else { return (nil, nil) }
        let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        authority = authority[authority.index(after: at)...]
        guard let name = parts.first.flatMap({ $0.removingPercentEncoding }) else { return nil }
        guard parts.count == 2 else { return name.isEmpty ? nil : (name, nil) }
        guard let password = parts[1].removingPercentEncoding, !password.isEmpty else { return nil }
        return (name.isEmpty ? nil : name, Secret(password))
    }

    private static func hostAndPort(_ authority: Substring) -> (String, Int)? {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":"), host.contains(":") else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        let isHost = !host.isEmpty && host.utf8.count <= 253 && host.utf8.allSatisfy(isHostByte)
        guard isHost, let number = port.map(number) ?? 6_379, (1...65_535).contains(number) else { return nil }
        return (String(host), number)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: ":"), UInt8(ascii: "%"):
            true
        default: false
        }
    }

    private static func database(_ text: Substring) -> Int? {
        text.isEmpty ? 0 : number(text)
    }

    /// A number of one to five digits.
    private static func number(_ text: Substring) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
