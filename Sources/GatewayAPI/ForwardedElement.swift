import GatewayCore

/// One hop of a `Forwarded` field, and the addresses as such fields write them (RFC 7239).
enum ForwardedElement {
    /// The text of the parameter `for`, quotes taken off.
    ///
    /// - Returns: `nil` where there is none, or two, or the element is not well formed.
    static func node(of element: Substring) -> String? {
        var node: String?
        var rest = element
        while true {
            rest = ListElements.trimmed(rest)
            guard let equals = rest.firstIndex(of: "=") else { return rest.isEmpty ? node : nil }
            let name = rest[..<equals]
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte),
                let (value, end) = value(at: rest.index(after: equals), in: rest)
            else { return nil }
            if name.lowercased() == "for" {
                guard node == nil else { return nil }
                node = value
            }
            rest = ListElements.trimmed(rest[end...])
            guard rest.first == ";" || rest.isEmpty else { return nil }
            rest = rest.dropFirst()
        }
    }

    /// The address of a hop: an address alone or one with a port, an IPv6 address with a port in brackets.
    ///
    /// - Parameters:
    ///   - node: The hop, for example `192.0.2.60:4711`, `[2001:db8::1]` or `unknown`.
    ///   - allowsBareIPv6: Whether an IPv6 address may stand without brackets, as in `X-Forwarded-For`.
    /// - Returns: `nil` for a hop that does not show its address.
    static func address(of node: some StringProtocol, allowsBareIPv6: Bool) -> IPAddress? {
        if node.first == "[" {
            guard let close = node.firstIndex(of: "]") else { return nil }
            let inner = node[node.index(after: node.startIndex)..<close]
            let rest = node[node.index(after: close)...]
            guard inner.contains(":"), rest.isEmpty || rest.first == ":" && isPort(rest.dropFirst()) else { return nil }
            return IPAddress(inner)
        }
        guard let colon = node.firstIndex(of: ":") else { return IPAddress(node) }
        let behind = node[node.index(after: colon)...]
        if behind.contains(":") { return allowsBareIPv6 ? IPAddress(node) : nil }
        return isPort(behind) ? IPAddress(node[..<colon]) : nil
    }

    /// A quoted string, or a token; of more characters than RFC 9110 gives it, for colons and brackets often come bare.
    private static func value(at start: Substring.Index, in text: Substring) -> (String, end: Substring.Index)? {
        guard start < text.endIndex, text[start] == "\"" else {
            let token = text[start...].prefix { !" \t\";,=".contains($0) }
            return token.isEmpty ? nil : (String(token), token.endIndex)
        }
        var value = ""
        var isEscaped = false
        var index = text.index(after: start)
        while index < text.endIndex {
            let character = text[index]
            index = text.index(after: index)
            if isEscaped {
                value.append(character)
                isEscaped = false
            } else if character == "\"" {
                return (value, index)
            } else if character == "\\" {
                isEscaped = true
            } else {
                value.append(character)
            }
        }
        return nil
    }

    /// Whether it is a port, or the name of a hidden one (`_` and more).
    private static func isPort(_ text: some StringProtocol) -> Bool {
        if text.first == "_" {
            return text.utf8.count > 1 && text.utf8.allSatisfy(isTokenByte)
        }
        return (1...5).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && Int(text).map { $0 <= 65_535 } == true
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
