import GatewayCore
import GatewayTestSupport
import Testing

@Suite("An IP address")
struct IPAddressTests {
    @Test(
        "is written in its shortest form",
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("192.0.2.1", "192.0.2.1"), ("255.255.255.255", "255.255.255.255"),
            ("::", "::"), ("::1", "::1"), ("0:0:0:0:0:0:0:1", "::1"), ("2001:DB8::A", "2001:db8::a"),
            // RFC 5952, sections 4.2.1 to 4.2.3.
            ("2001:0db8::0001", "2001:db8::1"), ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ])
    func shortest(text: String, written: String) throws {
        #expect(try #require(IPAddress(text)).description == written)
    }

    @Test(
        "that is an IPv4 address mapped to IPv6 is that IPv4 address",
        arguments: ["::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:192.0.2.1"])
    func mapped(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address == IPAddress("192.0.2.1"))
        #expect(address.isIPv4)
        #expect(address.description == "192.0.2.1")
    }

    @Test(
        "of another kind that ends like an IPv4 address is none", arguments: ["::192.0.2.1", "::fffe:192.0.2.1", "::"])
    func compatible(text: String) throws {
        #expect(try #require(IPAddress(text)).isIPv4 == false)
    }

    @Test(
        "is nothing else",
        arguments: [
            "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.-4", "01.2.3.4", "0x1.2.3.4", "1.2.3.4 ",
            " 1.2.3.4",
            "1.2.3.4\0", "1.2.3.4:80", "1.2.3.4/32", "16909060", "١.٢.٣.٤", "localhost", "unknown", "_hidden", ":",
            ":::",
            "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "[::1]", "fe80::1%eth0", "::1/128",
            "::1\0", "::ffff:1.2.3", "1.2.3.4::", String(repeating: "0", count: 100), String(repeating: ":", count: 46),
        ])
    func refused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "counts as its allotment: an IPv4 address for itself, an IPv6 address for its /64",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"), ("2001:db8:1:3::", "2001:db8:1:3::/64"),
            ("::1", "::/64"),
        ])
    func allotment(text: String, name: String) throws {
        #expect(try #require(IPAddress(text)).allotment == name)
    }

    @Test("of random bits is read back as it was written")
    func roundTrip() throws {
        var random = SplitMix64(seed: 4)
        for _ in 0..<2_000 {
            // Many zeros, so that the gap comes in every place.
            let groups = (0..<8).map { _ in
                Bool.random(using: &random) ? 0 : UInt16.random(in: 0...0xFFFF, using: &random)
            }
            let long = groups.map { String($0, radix: 16) }.joined(separator: ":")
            let address = try #require(IPAddress(long))
            #expect(IPAddress(address.description) == address)
            #expect(address.description.utf8.count <= max(long.utf8.count, "255.255.255.255".utf8.count))
        }
    }
}
