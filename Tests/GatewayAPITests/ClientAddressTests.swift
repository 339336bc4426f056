import GatewayAPI
import GatewayAPITestSupport
import GatewayCore
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("The client's address")
struct ClientAddressTests {
    @Test(
        "is the connection's while no proxy is trusted, whatever the headers say",
        arguments: ["192.0.2.1", "2001:db8::1", "::1"])
    func nobodyTrusted(peer: String) {
        for field in ClientAddressPolicy.Field.allCases {
            let policy = ClientAddressPolicy(field: field)
            #expect(address(policy, peer, xForwardedFor: ["198.51.100.9"], forwarded: ["for=198.51.100.9"]) == peer)
        }
    }

    @Test("is the connection's where the peer is not a trusted proxy", arguments: ClientAddressPolicy.Field.allCases)
    func strangePeer(field: ClientAddressPolicy.Field) throws {
        let policy = try policy(field)
        #expect(
            address(policy, "192.0.2.1", xForwardedFor: ["198.51.100.9"], forwarded: ["for=198.51.100.9"])
                == "192.0.2.1")
    }

    @Test("is read from the configured header alone")
    func oneHeader() throws {
        let both = (["198.51.100.9"], ["for=203.0.113.7"])
        #expect(
            address(try policy(.xForwardedFor), "10.0.0.1", xForwardedFor: both.0, forwarded: both.1) == "198.51.100.9")
        #expect(address(try policy(.forwarded), "10.0.0.1", xForwardedFor: both.0, forwarded: both.1) == "203.0.113.7")
        #expect(address(try policy(.forwarded), "10.0.0.1", xForwardedFor: both.0) == "10.0.0.1")
    }

    @Test("of a connection without an address is not known")
    func noPeer() throws {
        #expect(address(try policy(.xForwardedFor), nil, xForwardedFor: ["198.51.100.9"]) == nil)
    }

    @Test("that is IPv4 mapped to IPv6 is written as IPv4, also by the proxy", arguments: [true, false])
    func mapped(isTrusting: Bool) throws {
        let policy = isTrusting ? try policy(.xForwardedFor) : ClientAddressPolicy()
        #expect(address(policy, "::ffff:192.0.2.1") == "192.0.2.1")
        #expect(
            address(try self.policy(.xForwardedFor), "::ffff:10.0.0.1", xForwardedFor: ["::ffff:192.0.2.7"])
                == "192.0.2.7")
    }

    @Test(
        "is the first hop from the right that is not a trusted proxy",
        arguments: [
            ([], "10.0.0.1"),
            ([""], "10.0.0.1"),
            ([" , ,"], "10.0.0.1"),
            (["192.0.2.1"], "192.0.2.1"),
            (["  192.0.2.1\t"], "192.0.2.1"),
            (["198.51.100.66, 192.0.2.1"], "192.0.2.1"),
            (["198.51.100.66,192.0.2.1,10.9.9.9"], "192.0.2.1"),
            (["198.51.100.66", "192.0.2.1", "10.9.9.9"], "192.0.2.1"),
            (["198.51.100.66, 192.0.2.1", "10.9.9.9, 2001:db8:10::5"], "192.0.2.1"),
            (["192.0.2.1,,10.9.9.9,"], "192.0.2.1"),
            (["10.9.9.8, 10.9.9.9"], "10.9.9.8"),
            (["2001:DB8::0001"], "2001:db8::1"),
            (["[2001:db8::1]"], "2001:db8::1"),
            (["[2001:db8::1]:4711"], "2001:db8::1"),
            (["192.0.2.1:4711"], "192.0.2.1"),
            (["192.0.2.1:0, 10.0.0.9:65535"], "192.0.2.1"),
        ])
    func xForwardedFor(fields: [String], expected: String) throws {
        #expect(address(try policy(.xForwardedFor), "10.0.0.1", xForwardedFor: fields) == expected)
    }

    @Test(
        "is the last hop that could be read where the next one cannot",
        arguments: [
            "unknown", "_hidden", "192.0.2", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:123456", "192.0.2.1:8x",
            "192.0.2.1:-1", "192.0.2.1 10.0.0.9", "\"192.0.2.1\"", "[2001:db8::1", "2001:db8::1]", "[2001:db8::1]4711",
            "[2001:db8::1]:", "[192.0.2.1]", "[]", "[", "fe80::1%eth0", "192.0.2.1/32", "for=192.0.2.1", "192.0.2.1;",
            "host.example", "192.0.2.01", "0xC0.0.2.1", "3221225985", "\u{FF11}92.0.2.1", "é",
        ])
    func unreadable(hop: String) throws {
        let policy = try policy(.xForwardedFor)
        #expect(address(policy, "10.0.0.1", xForwardedFor: ["198.51.100.66, \(hop)"]) == "10.0.0.1")
        #expect(address(policy, "10.0.0.1", xForwardedFor: ["198.51.100.66, \(hop), 10.0.0.2"]) == "10.0.0.2")
        #expect(address(policy, "10.0.0.1", xForwardedFor: ["\(hop), 203.0.113.7, 10.0.0.2"]) == "203.0.113.7")
    }

    @Test(
        "is read from `Forwarded` as RFC 7239 writes it",
        arguments: [
            // RFC 7239, sections 4, 6.1, 6.2 and 7.1; the peer is 10.0.0.1.
            ([#"for="_gazonk""#], "10.0.0.1"),
            ([#"For="[2001:db8:cafe::17]:4711""#], "2001:db8:cafe::17"),
            (["for=192.0.2.60;proto=http;by=203.0.113.43"], "192.0.2.60"),
            (["for=192.0.2.43, for=198.51.100.17"], "198.51.100.17"),
            (["for=192.0.2.43", "for=10.0.0.17"], "192.0.2.43"),
            ([#"for=192.0.2.43,for="[2001:db8:10::17]",for=unknown"#], "10.0.0.1"),
            ([#"for=192.0.2.43, for="[2001:db8:10::17]""#], "192.0.2.43"),
            ([#"for="192.0.2.43:47011""#], "192.0.2.43"),
            ([#"for="192.0.2.43:_hidden""#], "192.0.2.43"),
            ([#"proto=https;host="a,b;for=9.9.9.9";for=192.0.2.60"#], "192.0.2.60"),
            ([#"host="a\",for=9.9.9.9,\"";FOR=192.0.2.60"#], "192.0.2.60"),
            ([#"for="192\.0.2.60""#], "192.0.2.60"),
            (["for=192.0.2.60:80"], "192.0.2.60"),
            (["for=[2001:db8::1]"], "2001:db8::1"),
            (["for=192.0.2.60 ; proto=http;"], "192.0.2.60"),
            ([#"for="evil, for=192.0.2.60"#], "192.0.2.60"),
            ([#"for="evil"#, "for=192.0.2.60"], "192.0.2.60"),
            ([#"for=198.51.100.66;x=", for=192.0.2.60;proto="https""#], "192.0.2.60"),
            ([#"for=198.51.100.66;x="\, for="192.0.2.60""#], "192.0.2.60"),
        ])
    func forwarded(fields: [String], expected: String) throws {
        #expect(address(try policy(.forwarded), "10.0.0.1", forwarded: fields) == expected)
    }

    @Test(
        "stays the last one where an element of `Forwarded` cannot be read",
        arguments: [
            "proto=https", "for", "for=", "=192.0.2.1", "for=192.0.2.1;for=192.0.2.2", "for=192.0.2.1;For=192.0.2.1",
            "for =192.0.2.1", "for= 192.0.2.1", #"for="192.0.2.1"#, #"for=192.0.2.1""#, #"for="192.0.2.1"x"#,
            "192.0.2.1",
            "for=192.0.2.1 by=10.0.0.1", "for==192.0.2.1", #"for="2001:db8::1""#, "for=2001:db8::1", "for=unknown",
            #"for="""#, #"for="\""#, "for=192.0.2.1;by", "fo\u{301}r=192.0.2.1", "for=\u{301}192.0.2.1",
        ])
    func unreadableElement(element: String) throws {
        let policy = try policy(.forwarded)
        #expect(address(policy, "10.0.0.1", forwarded: ["for=198.51.100.66, \(element)"]) == "10.0.0.1")
        #expect(address(policy, "10.0.0.1", forwarded: ["\(element), for=203.0.113.7"]) == "203.0.113.7")
    }

    @Test("is looked for in 64 hops, and no further")
    func bound() throws {
        let policy = try policy(.xForwardedFor)
        let hops = Array(repeating: "10.0.0.2", count: 63)
        #expect(
            address(policy, "10.0.0.1", xForwardedFor: [(["192.0.2.1"] + hops).joined(separator: ",")]) == "192.0.2.1")
        #expect(
            address(policy, "10.0.0.1", xForwardedFor: [(["192.0.2.1", "10.0.0.3"] + hops).joined(separator: ",")])
                == "10.0.0.3")
    }

    @Test("cannot be changed by what a client sends, whatever stands left of the proxies' own entries")
    func unforgeable() throws {
        var random = SplitMix64(seed: 7)
        let xForwardedFor = try policy(.xForwardedFor)
        let forwarded = try policy(.forwarded)
        for _ in 0..<5_000 {
            let client = "192.0.2.\(Int.random(in: 0...255, using: &random))"
            let proxies = (0..<Int.random(in: 0...3, using: &random)).map { "10.0.0.\($0 + 2)" }
            let hops = [client] + proxies
            let sent = (0..<Int.random(in: 0...3, using: &random)).map { _ in Self.forgery(&random) }
            #expect(address(xForwardedFor, "10.0.0.1", xForwardedFor: sent + hops) == client)
            let joined = (sent + hops).joined(separator: ", ")
            #expect(address(xForwardedFor, "10.0.0.1", xForwardedFor: [joined]) == client, "\(joined)")
            let elements = hops.map { Self.element(of: $0, &random) }
            #expect(address(forwarded, "10.0.0.1", forwarded: sent + elements) == client)
            let field = (sent + elements).joined(separator: ",")
            #expect(address(forwarded, "10.0.0.1", forwarded: [field]) == client, "\(field)")
        }
    }

    @Test("is in the log as `remote`, and the connection's as `peer` where it is another")
    func log() async throws {
        let policy = try policy(.xForwardedFor)
        let gateway = TestGateway(change: { $0.addresses = policy })
        _ = await gateway.send("GET", "/whoami", headers: ["X-Forwarded-For": "192.0.2.1"], from: "10.0.0.1")
        #expect(try gateway.log.last["remote"] == "192.0.2.1")
        #expect(try gateway.log.last["peer"] == "10.0.0.1")
        _ = await gateway.send("GET", "/whoami", headers: ["X-Forwarded-For": "192.0.2.1"], from: "203.0.113.7")
        #expect(try gateway.log.last["remote"] == "203.0.113.7")
        #expect(try gateway.log.last["peer"] == nil)
    }

    /// A policy that trusts 10.0.0.0/8 and 2001:db8:10::/48.
    private func policy(_ field: ClientAddressPolicy.Field) throws -> ClientAddressPolicy {
        ClientAddressPolicy(
            trusted: try ["10.0.0.0/8", "2001:db8:10::/48"].map { try #require(AddressRange($0)) }, field: field)
    }

    private func address(
        _ policy: ClientAddressPolicy, _ peer: String?, xForwardedFor: [String] = [], forwarded: [String] = []
    ) -> String? {
        var headers: HeaderFields = [:]
        for value in xForwardedFor { headers.add("X-Forwarded-For", value) }
        for value in forwarded { headers.add("Forwarded", value) }
        return policy.clientAddress(
            of: Request(method: "GET", target: "/whoami", headers: headers, remoteAddress: peer))
    }

    /// What a client may send: pieces of headers in any order.
    private static func forgery(_ random: inout SplitMix64) -> String {
        let pieces = [
            "\"", "\\", ",", ";", "=", " ", "for=", "for=\"", "10.0.0.9", "198.51.100.66", "[2001:db8::66]", "unknown",
            "_x",
            "by=10.0.0.9", "\\\"", "\"\"", "é", "proto=\"", ":", "[", "]",
        ]
        return (0..<Int.random(in: 0...8, using: &random)).map { _ in
            pieces[Int.random(in: 0..<pieces.count, using: &random)]
        }.joined()
    }

    /// An element as a proxy may write it for a hop.
    private static func element(of hop: String, _ random: inout SplitMix64) -> String {
        let node = ["for=\(hop)", "for=\"\(hop)\"", "For=\"\(hop):4711\""][Int.random(in: 0..<3, using: &random)]
        let more = ["", ";proto=https", ";host=\"a, b\\\", for=10.0.0.9\"", ";by=\"_gate\\\\\""]
        return node + more[Int.random(in: 0..<more.count, using: &random)]
    }
}
