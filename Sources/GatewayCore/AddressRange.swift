/// A range of addresses: one address, or those that begin with the same bits (CIDR, RFC 4632 and RFC 4291).
package struct AddressRange: Sendable, Hashable {
    private let base: IPAddress
    private let prefix: Int

    /// Reads an address, or an address and a prefix length such as `10.0.0.0/8` or `2001:db8::/32`.
    ///
    /// - Returns: `nil` for any other text, for a prefix length of 0, and where bits behind the prefix are set: what
    ///   such a range means would be a guess.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let base = IPAddress(parts[0]) else { return nil }
        // Written with dots alone, the length counts from where the IPv4 address begins in the one it is mapped to.
        let offset = parts[0].utf8.contains(UInt8(ascii: ":")) ? 0 : 96
        var prefix = 128
        if parts.count == 2 {
            guard let length = Self.length(parts[1]), length > 0, offset + length <= 128 else { return nil }
            prefix = offset + length
        }
        guard base.masked(to: prefix) == base else { return nil }
        self.base = base
        self.prefix = prefix
    }

    /// Whether an address lies in the range; a range of IPv6 addresses holds no IPv4 address.
    package func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == base.isIPv4 && address.masked(to: prefix) == base
    }

    private static func length(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            text == "0" || !text.hasPrefix("0")
        else { return nil }
        return Int(text)
    }
}
