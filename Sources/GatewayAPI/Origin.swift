/// A web origin: scheme, host and port, written as browsers write it in the field `Origin`.
///
/// The form is the ASCII serialisation of RFC 6454, section 6.2, with hosts as the URL standard
/// (https://url.spec.whatwg.org/#host-serializing) writes them.
package struct Origin: Sendable, Hashable {
    /// The origin as a browser sends it, for example `https://app.example.com` or `http://[::1]:3000`.
    package let text: String

    /// Reads an origin and writes it as browsers do: in lower case, without the scheme's own port, an IPv6 address
    /// at its shortest.
    ///
    /// `nil` for `*`, `null`, another scheme than http and https, and whatever has more than scheme, host and port, be
    /// it a slash at the end. A name beyond ASCII is to be given in its `xn--` form. An IPv4 address has four decimal
    /// numbers, an IPv6 address hexadecimal groups alone.
    package init?(text: String) {
        let lowered = text.lowercased()
        guard let scheme = Self.defaultPorts.keys.first(where: { lowered.hasPrefix($0 + "://") }),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        let authority = lowered.dropFirst(scheme.count + 3)
        // The colons of an IPv6 address stand before the bracket that closes it.
        let hostEnd =
            authority.hasPrefix("[")
            ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
        guard let host = Self.host(authority[..<(hostEnd ?? authority.endIndex)]) else { return nil }
        let rest = authority[(hostEnd ?? authority.endIndex)...]
        guard !rest.isEmpty else {
            self.text = "\(scheme)://\(host)"
            return
        }
        guard rest.hasPrefix(":"), let port = Self.number(rest.dropFirst(), digits: 5), (1...65_535).contains(port)
        else { return nil }
        self.text = "\(scheme)://\(host)" + (port == Self.defaultPorts[scheme] ? "" : ":\(port)")
    }

    private static let defaultPorts = ["http": 80, "https": 443]

    /// The host as it is written, or `nil` when it is none.
    private static func host(_ text: Substring) -> String? {
        if text.hasPrefix("[") {
            guard text.hasSuffix("]") else { return nil }
            return shortestAddress(text.dropFirst().dropLast()).map { "[\($0)]" }
        }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { (1...63).contains($0.utf8.count) && $0.utf8.allSatisfy(isNameByte) }
        guard isName, text.utf8.count <= 253, let last = labels.last else { return nil }
        // A browser takes a host that ends in a number for an IPv4 address, and writes it anew.
        let isAddress = last.utf8.allSatisfy(isDigit) || last.hasPrefix("0x")
        let isPlainAddress = labels.count == 4 && labels.allSatisfy(isOctet)
        return !isAddress || isPlainAddress ? String(text) : nil
    }

    private static func isOctet(_ text: Substring) -> Bool {
        guard let value = number(text, digits: 3) else { return false }
        return value <= 255 && String(value) == text
    }

    private static func number(_ text: Substring, digits: Int) -> Int? {
        (1...digits).contains(text.utf8.count) && text.utf8.allSatisfy(isDigit) ? Int(text) : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension Origin {
    /// An IPv6 address without its brackets, at its shortest (RFC 5952, section 4); `nil` when it is none.
    private static func shortestAddress(_ text: Substring) -> String? {
        guard let groups = groups(text) else { return nil }
        var longest = 0..<0
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.endIndex
            if end - start > max(longest.count, 1) { longest = start..<end }
            start = max(end, start + 1)
        }
        func written(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return written(groups[...]) }
        return written(groups[..<longest.lowerBound]) + "::" + written(groups[longest.upperBound...])
    }

    /// The eight groups of an IPv6 address; `::` stands for one group of zeros or more, once.
    private static func groups(_ text: Substring) -> [UInt16]? {
        let sides = text.split(separator: "::", omittingEmptySubsequences: false)
        var parts: [[UInt16]] = []
        for side in sides {
            let groups = side.isEmpty ? [] : side.split(separator: ":", omittingEmptySubsequences: false)
            let values = groups.compactMap { group in
                (1...4).contains(group.utf8.count) && group.allSatisfy(\.isHexDigit) ? UInt16(group, radix: 16) : nil
            }
            guard values.count == groups.count else { return nil }
            parts.append(values)
        }
        let count = parts.reduce(0) { $0 + $1.count }
        switch parts.count {
        case 1: return count == 8 ? parts[0] : nil
        case 2: return count < 8 ? parts[0] + [UInt16](repeating: 0, count: 8 - count) + parts[1] : nil
        default: return nil
        }
    }
}
