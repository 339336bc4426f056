import AWSRuntime
import AWSServices
import Testing

@Suite("Endpoint overrides")
struct EndpointOverrideTests {
    /// A URL and what it is read as.
    struct Good: Sendable, CustomTestStringConvertible {
        let url: String
        let scheme: String
        let host: String
        let port: Int?
        let path: String
        let authority: String
        var testDescription: String { url }

        init(_ url: String, _ scheme: String, _ host: String, _ port: Int?, _ path: String, authority: String) {
            self.url = url
            self.scheme = scheme
            self.host = host
            self.port = port
            self.path = path
            self.authority = authority
        }
    }

    private func endpoint(_ url: String) throws(EndpointError) -> Endpoint {
        try EndpointResolver(region: "eu-west-1")
            .endpoint(for: .twinMaker, override: .init(url: url, source: "AWS_ENDPOINT_URL"))
    }

    @Test(
        "an http or https URL is taken as it stands, without api. before its host",
        arguments: [
            Good("http://127.0.0.1:4566", "http", "127.0.0.1", 4566, "", authority: "127.0.0.1:4566"),
            Good("http://127.0.0.1:4566/", "http", "127.0.0.1", 4566, "", authority: "127.0.0.1:4566"),
            Good("https://aws.example", "https", "aws.example", nil, "", authority: "aws.example"),
            Good("HTTPS://AWS.Example", "https", "aws.example", nil, "", authority: "aws.example"),
            Good("https://aws.example:443", "https", "aws.example", nil, "", authority: "aws.example"),
            Good("http://aws.example:80", "http", "aws.example", nil, "", authority: "aws.example"),
            Good("https://aws.example:80", "https", "aws.example", 80, "", authority: "aws.example:80"),
            Good("http://aws.example:443", "http", "aws.example", 443, "", authority: "aws.example:443"),
            Good("http://localhost:65535", "http", "localhost", 65_535, "", authority: "localhost:65535"),
            Good("http://aws_stub:1", "http", "aws_stub", 1, "", authority: "aws_stub:1"),
            Good("https://aws.example/base/path", "https", "aws.example", nil, "/base/path", authority: "aws.example"),
            Good("https://aws.example/base//", "https", "aws.example", nil, "/base", authority: "aws.example"),
            Good("http://[::1]:4566", "http", "::1", 4566, "", authority: "[::1]:4566"),
            Good("http://[::1]", "http", "::1", nil, "", authority: "[::1]"),
            Good("https://[2001:DB8::1]:443/a", "https", "2001:db8::1", nil, "/a", authority: "[2001:db8::1]"),
            Good("http://[::ffff:127.0.0.1]:1", "http", "::ffff:127.0.0.1", 1, "", authority: "[::ffff:127.0.0.1]:1"),
        ])
    func good(row: Good) throws {
        let endpoint = try endpoint(row.url)
        #expect(endpoint.scheme == row.scheme)
        #expect(endpoint.host == row.host)
        #expect(endpoint.port == row.port)
        #expect(endpoint.basePath == row.path)
        #expect(endpoint.authority == row.authority)
        #expect(endpoint.region == "eu-west-1")
        #expect(endpoint.isOverride)
    }

    @Test(
        "what is no plain http or https URL is refused",
        arguments: [
            "", "aws.example", "//aws.example", "aws.example:4566", "http:/aws.example", "http://", "https:///path",
            "ftp://aws.example", "unix:///run/aws.sock", "http+unix://aws", "javascript://aws.example",
        ])
    func notHTTP(url: String) {
        #expect(throws: EndpointError.invalidOverride(source: "AWS_ENDPOINT_URL")) { try endpoint(url) }
    }

    @Test(
        "a URL with credentials, a query or a fragment is refused",
        arguments: [
            "http://user:password@aws.example", "http://user@aws.example", "http://aws.example?x=1",
            "http://aws.example/?x=1", "http://aws.example/#a", "http://aws.example/a?b",
        ])
    func extras(url: String) {
        #expect(throws: EndpointError.invalidOverride(source: "AWS_ENDPOINT_URL")) { try endpoint(url) }
    }

    @Test(
        "a port that is none is refused",
        arguments: [
            "http://aws.example:", "http://aws.example:0", "http://aws.example:65536", "http://aws.example:-1",
            "http://aws.example:+80", "http://aws.example:80a", "http://aws.example:8 0", "http://aws.example:80:81",
            "http://[::1]80", "http://[::1]:", "http://[::1]:x", "http://aws.example:99999999999999999999",
        ])
    func badPorts(url: String) {
        #expect(throws: EndpointError.invalidOverride(source: "AWS_ENDPOINT_URL")) { try endpoint(url) }
    }

    @Test(
        "a host that is none is refused",
        arguments: [
            "http://:4566", "http://[]", "http://[::1", "http://::1", "http://[aws.example]", "http://[fe80::1%25eth0]",
            "http://aws%2eexample", "http://aws example", "http://aws\nexample", "http://aws.exämple",
            "http://aws\\example", "http://aws,example", "http://<host>", "http://${HOST}", "http://\"aws\"",
            "http://a[::1]", "http://[::1]a:80",
        ])
    func badHosts(url: String) {
        #expect(throws: EndpointError.invalidOverride(source: "AWS_ENDPOINT_URL")) { try endpoint(url) }
    }

    @Test("the error names the setting and never quotes the URL, which may hold a password")
    func noQuote() {
        let error = #expect(throws: EndpointError.self) { try endpoint("http://user:hunter2@aws.example") }
        #expect(error?.description.contains("AWS_ENDPOINT_URL") == true)
        #expect(error?.description.contains("hunter2") == false)
    }
}
