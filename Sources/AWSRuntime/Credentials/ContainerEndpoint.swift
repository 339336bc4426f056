import NIOCore

/// Where a container's credentials are to be had, as the environment tells it.
struct ContainerEndpoint {
    /// The host, and how it is reached.
    let endpoint: Endpoint
    /// The whole path and query, as they were given.
    let target: String
    /// The variable that tells it.
    let variable: String

    private static let relativeVariable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    private static let fullVariable = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

    /// Who it is, as a sentence's subject; never the path, which may be what entitles to the credentials.
    var place: String { "the container endpoint \(endpoint.authority) of \(variable)" }

    /// Reads the environment: the relative variable goes before the full one.
    ///
    /// - Throws: ``CredentialsError``; declines when neither is set, fails when what is set cannot be used.
    init(environment: [String: String], provider: String) throws(CredentialsError) {
        let url: String
        if let path = environment[Self.relativeVariable] {
            variable = Self.relativeVariable
            // Anything else could change the host that it is put behind.
            guard path.first == "/" else {
                throw .failed(provider: provider, reason: "\(variable) does not begin with `/`")
            }
            url = "http://169.254.170.2\(path)"
        } else if let full = environment[Self.fullVariable] {
            variable = Self.fullVariable
            url = full
        } else {
            throw .declined(
                provider: provider, reason: "neither \(Self.relativeVariable) nor \(Self.fullVariable) is set")
        }
        guard let (endpoint, target) = Self.parts(of: url) else {
            throw .failed(provider: provider, reason: "\(variable) is not a URL such as http://169.254.170.23/v1/creds")
        }
        guard endpoint.scheme == "https" || Self.isNear(endpoint.host) else {
            throw .failed(
                provider: provider,
                reason: "\(variable) names the host `\(endpoint.host)`, which is not asked over http; it must be a "
                    + "loopback address, 169.254.170.2, 169.254.170.23 or fd00:ec2::23, or the URL must be https")
        }
        self.endpoint = endpoint
        self.target = target
    }

    /// The endpoint, and the path and query exactly as they stand; a fragment is nobody's but the reader's.
    private static func parts(of url: String) -> (Endpoint, String)? {
        guard let separator = url.firstRange(of: "://") else { return nil }
        let rest = url[separator.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest.dropFirst(authority.count)
        guard tail.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let endpoint = Endpoint(url: String(url[..<separator.upperBound] + authority), region: "")
        else { return nil }
        return (endpoint, tail.first == "/" ? String(tail) : "/\(tail)")
    }

    /// Whether a host is the machine itself or one of the addresses that ECS and EKS give their agents.
    ///
    /// A name that only resolves to such an address is not enough: whoever answers the name decides.
    private static func isNear(_ host: String) -> Bool {
        if host == "localhost" { return true }
        guard let address = try? SocketAddress(ipAddress: host, port: 0), let text = address.ipAddress else {
            return false
        }
        switch address {
        case .v4: return text.hasPrefix("127.") || text == "169.254.170.2" || text == "169.254.170.23"
        case .v6: return text == "::1" || text == "fd00:ec2::23"
        case .unixDomainSocket: return false
        }
    }
}
