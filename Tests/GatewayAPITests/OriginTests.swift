import GatewayAPI
import Testing

@Suite("An origin")
struct OriginTests {
    @Test(
        "is written as browsers write it",
        arguments: [
            ("https://app.example.com", "https://app.example.com"), ("http://localhost", "http://localhost"),
            ("http://localhost:3000", "http://localhost:3000"), ("HTTPS://App.Example.COM", "https://app.example.com"),
            ("https://a.example:443", "https://a.example"), ("http://a.example:80", "http://a.example"),
            ("https://a.example:80", "https://a.example:80"), ("http://a.example:443", "http://a.example:443"),
            ("https://a.example:08443", "https://a.example:8443"), ("https://a.example:00443", "https://a.example"),
            ("https://a.example:65535", "https://a.example:65535"), ("https://a_b-c.example", "https://a_b-c.example"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("http://192.0.2.1:8080", "http://192.0.2.1:8080"), ("http://1.example", "http://1.example"),
            ("http://[::1]", "http://[::1]"), ("http://[::1]:3000", "http://[::1]:3000"),
            ("http://[::]", "http://[::]"),
            ("https://[2001:DB8::A]:443", "https://[2001:db8::a]"),
            ("https://[2001:0db8:0:0:0:0:0:0001]", "https://[2001:db8::1]"),
        ])
    func written(text: String, origin: String) {
        #expect(Origin(text: text)?.text == origin)
    }

    @Test(
        "has an IPv6 address at its shortest: the first of the longest runs of zeros is left out, a single one is not",
        arguments: [
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("0:0:0:0:0:0:0:0", "::"), ("1:0:0:0:0:0:0:0", "1::"),
            ("fe80::0:0:1", "fe80::1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ])
    func shortest(address: String, written: String) {
        #expect(Origin(text: "http://[\(address)]")?.text == "http://[\(written)]")
    }

    @Test(
        "is nothing else",
        arguments: [
            "", "*", "null", "NULL", "https", "https:", "https:/", "https://", "://a.example", "a.example",
            "//a.example", "a.example:443", "https://*", "https://*.example.com", "https:a.example",
            "ftp://a.example", "file:///", "ws://a.example", "chrome-extension://abcdef", "https://a.example/",
            "https://a.example/path", "https://a.example?", "https://a.example#", "https://a.example,https://b.example",
            "https://a.example https://b.example", " https://a.example", "https://a.example\n", "https://a b.example",
            "https://user@a.example", "https://user:word@a.example", "https://a.example:", "https://a.example:0",
            "https://a.example:65536", "https://a.example:123456", "https://a.example:x", "https://a.example:+443",
            "https://a.example:-1", "https://a.example:443:443", "https://:443", "https://.", "https://.example",
            "https://a..example", "https://a.example.", "https://b\u{FC}cher.example", "https://\u{212A}.example",
            "https://a%2eexample", "https://a\\b", "https://" + String(repeating: "a", count: 64) + ".example",
            "https://" + String(repeating: "a.", count: 130) + "example",
        ])
    func refused(text: String) {
        #expect(Origin(text: text) == nil)
    }

    @Test(
        "has no address that a browser would write in another way, or that is none",
        arguments: [
            "127.1", "2130706433", "0x7f000001", "127.0.0.0x1", "1.2.3.256", "1.2.3.04", "1.2.3.4.5", "a.1",
            "[]", "[", "[::1", "::1", "[:]", "[:::]", "[::1::]", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]",
            "[1:2:3:4::5:6:7:8]", "[12345::]", "[g::]", "[+1::]", "[-0::]", "[:1:2:3:4:5:6:7:8]", "[1:]",
            "[fe80::1%eth0]",
            "[::ffff:192.0.2.1]", "[::1]a", "[::1]]", "[[::1]]", "a[::1]",
        ])
    func refusedAddress(host: String) {
        #expect(Origin(text: "http://\(host)") == nil)
    }
}
