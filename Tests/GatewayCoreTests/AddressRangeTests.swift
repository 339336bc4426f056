import GatewayCore
import GatewayTestSupport
import Testing

@Suite("A range of addresses")
struct AddressRangeTests {
    @Test(
        "holds what begins with the same bits",
        arguments: [
            ("192.0.2.7", ["192.0.2.7", "::ffff:192.0.2.7"], ["192.0.2.6", "192.0.2.8", "::7"]),
            ("192.0.2.7/32", ["192.0.2.7"], ["192.0.2.6"]),
            (
                "10.0.0.0/8", ["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"],
                ["9.255.255.255", "11.0.0.0", "::a00:0"]
            ),
            ("172.16.0.0/12", ["172.16.0.0", "172.31.255.255"], ["172.15.255.255", "172.32.0.0"]),
            ("128.0.0.0/1", ["128.0.0.0", "255.255.255.255"], ["127.255.255.255", "8000::"]),
            ("::ffff:10.0.0.0/104", ["10.1.2.3"], ["11.0.0.0"]),
            ("2001:db8::/32", ["2001:db8::", "2001:db8:ffff::1"], ["2001:db7:ffff::", "2001:db9::", "32.1.13.184"]),
            ("2001:db8::1", ["2001:db8::1"], ["2001:db8::", "2001:db8::2"]),
            ("fe80::/10", ["fe80::1", "febf::1"], ["fec0::1", "fe7f::1"]),
            ("::/1", ["::1", "7fff::"], ["8000::", "127.0.0.1", "::ffff:127.0.0.1"]),
            ("::/80", ["::1"], ["192.0.2.1"]),
        ])
    func holds(text: String, inside: [String], outside: [String]) throws {
        let range = try #require(AddressRange(text))
        for address in inside { #expect(range.contains(try #require(IPAddress(address))), "\(address)") }
        for address in outside { #expect(!range.contains(try #require(IPAddress(address))), "\(address)") }
    }

    @Test(
        "is nothing else, and never everyone",
        arguments: [
            "", "/", "/8", "10.0.0.0/", "10.0.0.0/0", "0.0.0.0/0", "::/0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8",
            "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "10.0.0.0 /8", "10.0.0.0/8 ", "10.0.0.0/٨", "10/8",
            "10.0.0.1/8", "192.0.2.1/31", "2001:db8::1/64", "::1/127", "2001:db8::/129", "2001:db8::/1280", "localhost",
            "example.com/8", "::ffff:0:0/95", "*",
        ])
    func refused(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test("of a random prefix holds exactly the addresses whose first bits are the same")
    func model() throws {
        var random = SplitMix64(seed: 11)
        for _ in 0..<2_000 {
            let isIPv4 = Bool.random(using: &random)
            let bits = bits(isIPv4 ? 32 : 128, &random)
            let prefix = Int.random(in: 1...bits.count, using: &random)
            let base = bits.prefix(prefix) + Array(repeating: false, count: bits.count - prefix)
            let range = try #require(AddressRange("\(text(Array(base)))/\(prefix)"))
            var other = bits
            let flipped = Int.random(in: 0..<bits.count, using: &random)
            other[flipped].toggle()
            #expect(range.contains(try #require(IPAddress(text(bits)))))
            #expect(range.contains(try #require(IPAddress(text(other)))) == (flipped >= prefix))
        }
    }

    /// Random bits; of an IPv6 address the first one set, so that it is no mapped one.
    private func bits(_ count: Int, _ random: inout SplitMix64) -> [Bool] {
        var bits = (0..<count).map { _ in Bool.random(using: &random) }
        if count == 128 { bits[16] = true }
        return bits
    }

    private func text(_ bits: [Bool]) -> String {
        let width = bits.count == 32 ? 8 : 16
        let numbers = stride(from: 0, to: bits.count, by: width).map { start in
            bits[start..<(start + width)].reduce(0) { $0 * 2 + ($1 ? 1 : 0) }
        }
        return width == 8
            ? numbers.map { String($0) }.joined(separator: ".")
            : numbers.map { String($0, radix: 16) }.joined(separator: ":")
    }
}
