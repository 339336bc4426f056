import Foundation

/// An IPv4 or IPv6 address.
///
/// An IPv4 address is kept as the IPv6 address that it is mapped to (RFC 4291, section 2.5.5.2), so that `192.0.2.1`
/// and `::ffff:192.0.2.1` are one and the same.
package struct IPAddress: Sendable, Hashable {
    /// The 128 bits, the first one highest.
    let bits: UInt128

    init(bits: UInt128) {
        self.bits = bits
    }

    /// Reads an address as `inet_pton` does: four decimal numbers, or the forms of RFC 4291, section 2.2.
    ///
    /// - Returns: `nil` for any other text, one with a port, a prefix length or a zone among them.
    package init?(_ text: some StringProtocol) {
        let length = text.utf8.count
        guard (2...45).contains(length), text.utf8.allSatisfy(Self.isAddressByte) else { return nil }
        if text.utf8.contains(UInt8(ascii: ":")) {
            var address = in6_addr()
            guard unsafe inet_pton(AF_INET6, String(text), &address) == 1 else { return nil }
            bits = unsafe withUnsafeBytes(of: address) { bytes in
                unsafe bytes.reduce(into: UInt128(0)) { $0 = $0 << 8 | UInt128($1) }
            }
        } else {
            var address = in_addr()
            guard unsafe inet_pton(AF_INET, String(text), &address) == 1 else { return nil }
            bits = Self.mapping << 32 | UInt128(UInt32(bigEndian: address.s_addr))
        }
    }

    /// Whether it is an IPv4 address, also one that was written as an IPv6 address.
    package var isIPv4: Bool { bits >> 32 == Self.mapping }

    /// The address with all but its first so many bits zero; an IPv4 address counts as the one it is mapped to.
    func masked(to prefix: Int) -> IPAddress {
        IPAddress(bits: bits & (prefix == 0 ? 0 : UInt128.max << (128 - prefix)))
    }

    /// The name of those who share an allotment: an IPv4 address itself, of an IPv6 address its /64.
    ///
    /// Whoever has one address of a /64 can have all of them (RFC 6177).
    package var allotment: String {
        isIPv4 ? description : "\(masked(to: 64))/64"
    }

    private static let mapping: UInt128 = 0xFFFF

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// The address in its shortest form, in lower case (RFC 5952); an IPv4 address as four decimal numbers.
    package var description: String {
        if isIPv4 {
            let number = UInt32(truncatingIfNeeded: bits)
            return "\(number >> 24).\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)"
        }
        let groups = (0..<8).reversed().map { UInt16(truncatingIfNeeded: bits >> ($0 * 16)) }
        let gap = Self.longestRunOfZeros(in: groups)
        func text(_ groups: some Sequence<UInt16>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !gap.isEmpty else { return text(groups) }
        return text(groups[..<gap.lowerBound]) + "::" + text(groups[gap.upperBound...])
    }

    /// The first of the longest runs of two or more zeros; empty where there is none.
    private static func longestRunOfZeros(in groups: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > max(longest.count, 1) {
                longest = start..<(index + 1)
            }
        }
        return longest
    }
}
