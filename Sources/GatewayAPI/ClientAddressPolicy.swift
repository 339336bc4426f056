package import GatewayCore
package import HTTPServer

/// Which address a request counts as coming from: the connection's, or the one that trusted proxies pass on.
///
/// A header is believed as far as those are trusted who wrote it. The last entry comes from the connection's peer,
/// the one before it from the hop that the last entry names, and so on: the first hop from the right that is not
/// trusted is the client, whatever stands to the left of it.
package struct ClientAddressPolicy: Sendable, Hashable {
    /// The header that is read.
    package enum Field: String, Sendable, Hashable, CaseIterable {
        /// The usual one, a list of addresses.
        case xForwardedFor = "x-forwarded-for"
        /// The one of RFC 7239.
        case forwarded
    }

    /// The proxies that are believed; without any, no header is read.
    package var trusted: [AddressRange]
    /// The one header that they set; others are not looked at.
    package var field: Field

    /// Creates a policy; without arguments, the one that believes nobody.
    package init(trusted: [AddressRange] = [], field: Field = .xForwardedFor) {
        self.trusted = trusted
        self.field = field
    }

    /// How many hops are looked at, from the right.
    package static let maximumHops = 64

    /// The address of a request's client.
    ///
    /// A hop that shows no address (`unknown`, a hidden name, what cannot be read) ends the way: the hop before it
    /// counts, for it is the last one that is known.
    ///
    /// - Returns: The address in its shortest form; `nil` when the connection has none.
    package func clientAddress(of request: Request) -> String? {
        guard let peer = request.remoteAddress else { return nil }
        guard !trusted.isEmpty, let address = IPAddress(peer), isTrusted(address) else { return Self.plain(peer) }
        var nearest = address
        let hops = ListElements(request.headers[field.rawValue], mindsQuotes: field == .forwarded)
        for hop in hops.prefix(Self.maximumHops) {
            guard let address = self.address(of: hop) else { break }
            nearest = address
            guard isTrusted(address) else { break }
        }
        return nearest.description
    }

    /// The address of a connection as the log writes it: an IPv4 address also where it comes in as an IPv6 address.
    package static func plain(_ peer: String) -> String {
        guard peer.hasPrefix("::"), let address = IPAddress(peer), address.isIPv4 else { return peer }
        return address.description
    }

    private func isTrusted(_ address: IPAddress) -> Bool {
        trusted.contains { $0.contains(address) }
    }

    private func address(of hop: Substring) -> IPAddress? {
        switch field {
        case .xForwardedFor: ForwardedElement.address(of: hop, allowsBareIPv6: true)
        case .forwarded:
            ForwardedElement.node(of: hop).flatMap { ForwardedElement.address(of: $0, allowsBareIPv6: false) }
        }
    }
}
