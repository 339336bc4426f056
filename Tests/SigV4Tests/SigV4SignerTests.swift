import Foundation
import SigV4
import Testing

@Suite("The signer")
struct SigV4SignerTests {
    private static let host = (name: "Host", value: "example.amazonaws.com")
    private let instant: SigningInstant

    init() throws {
        instant = try #require(SigningInstant(timestamp: "20150830T123600Z"))
    }

    private func sign(
        _ request: SignableRequest, options: SigV4Options = SigV4Options(), credentials: Credentials = .example
    ) -> SignedHeaders {
        SigV4Signer(service: "service", region: "us-east-1", options: options)
            .sign(request, credentials: credentials, at: instant)
    }

    @Test("the signer signs the example of AWS's documentation as it says")
    func documentedExample() {
        let request = SignableRequest(
            method: "GET",
            path: "/",
            query: [("Action", "ListUsers"), ("Version", "2010-05-08")],
            headers: [
                ("Host", "iam.amazonaws.com"),
                ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
            ])
        let signed = SigV4Signer(service: "iam", region: "us-east-1")
            .sign(request, credentials: .example, at: instant)
        #expect(
            signed.canonicalRequest.hash == "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59")
        #expect(signed.signature == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
        #expect(signed.canonicalRequest.signedHeaders == "content-type;host;x-amz-date")
        #expect(
            signed.stringToSign.description == """
                AWS4-HMAC-SHA256
                20150830T123600Z
                20150830/us-east-1/iam/aws4_request
                f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59
                """)
    }

    @Test("the signer adds date, token, payload hash and authorization, in this order")
    func addedHeaders() {
        let request = SignableRequest(method: "POST", path: "/", headers: [Self.host], body: Array("{}".utf8))
        let all = sign(request, options: SigV4Options(signsPayloadHeader: true), credentials: .temporaryExample)
        #expect(
            all.headers.map(\.name)
                == ["X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256", "Authorization"])
        #expect(all.headers[0].value == "20150830T123600Z")
        #expect(all.headers[1].value == Credentials.temporaryExample.sessionToken)
        #expect(all.headers[2].value == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
        #expect(all.headers[3].value.hasSuffix("Signature=" + all.signature))
        #expect(sign(request).headers.map(\.name) == ["X-Amz-Date", "Authorization"])
    }

    @Test("the signer sends a token along unsigned when told to")
    func unsignedToken() {
        let request = SignableRequest(
            method: "POST", path: "/", headers: [Self.host, ("X-Amz-Security-Token", "EXAMPLEOLDTOKEN")])
        let signed = sign(request, options: SigV4Options(signsSessionToken: false), credentials: .temporaryExample)
        #expect(signed.headers.map(\.name) == ["X-Amz-Date", "X-Amz-Security-Token", "Authorization"])
        #expect(signed.canonicalRequest.signedHeaders == "host;x-amz-date")
    }

    @Test(
        "the signer does not sign a header that a hop may change or that tells of the attempt",
        arguments: [
            "Authorization", "Connection", "Expect", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE",
            "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "X-Amzn-Trace-Id", "Traceparent", "Tracestate",
            "amz-sdk-invocation-id", "AMZ-SDK-Request",
        ])
    func unsigned(name: String) {
        let plain = SignableRequest(method: "GET", path: "/", headers: [Self.host])
        let more = SignableRequest(method: "GET", path: "/", headers: [(name, "anything"), Self.host])
        #expect(sign(more).signature == sign(plain).signature)
    }

    @Test(
        "the signer signs every other header",
        arguments: ["Content-Type", "Content-Length", "X-Amz-Target", "T", "amz-sdk", "Tea"])
    func signed(name: String) {
        let signed = sign(SignableRequest(method: "GET", path: "/", headers: [(name, "anything"), Self.host]))
        #expect(signed.canonicalRequest.signedHeaders.split(separator: ";").contains(name.lowercased()[...]))
    }

    @Test("the signer signs its own headers, not those of their names that the request has")
    func replacedHeaders() {
        let plain = SignableRequest(method: "GET", path: "/", headers: [Self.host])
        let signer = SigV4Signer(
            service: "service", region: "us-east-1", options: SigV4Options(signsPayloadHeader: true))
        let signedAlready = plain.signed(by: signer, with: .temporaryExample, at: SigningInstant(.distantPast))
        let once = signer.sign(plain, credentials: .temporaryExample, at: instant)
        let again = signer.sign(signedAlready, credentials: .temporaryExample, at: instant)
        #expect(again.canonicalRequest.text == once.canonicalRequest.text)
        #expect(again.signature == once.signature)
    }

    @Test("the signer gives the same signature with a shared cache of keys as without")
    func sharedKeys() {
        let keys = SigningKeyCache(capacity: 1)
        let request = SignableRequest(method: "GET", path: "/", headers: [Self.host])
        for service in ["dms", "iottwinmaker", "dms"] {
            let shared = SigV4Signer(service: service, region: "eu-west-1", keys: keys)
            let own = SigV4Signer(service: service, region: "eu-west-1")
            #expect(
                shared.sign(request, credentials: .example, at: instant).signature
                    == own.sign(request, credentials: .example, at: instant).signature)
        }
    }

    @Test(
        "the signer normalises hostile paths without leaving the root",
        arguments: [
            ("", "/"), ("/", "/"), ("//", "/"), ("/////", "/"), (".", "/"), ("..", "/"), ("/..", "/"),
            ("/../..//../", "/"), ("/../../etc/passwd", "/etc/passwd"), ("/a/../../../b", "/b"), ("a", "/a"),
            ("a/", "/a/"), ("/a/b/../../../..", "/"), ("/a/./././", "/a/"), ("/a/...", "/a/..."), ("/%", "/%25"),
            ("/%2", "/%252"), ("/%zz", "/%25zz"), ("/%2e%2e/a", "/%252e%252e/a"), ("/a\n/b", "/a%0A/b"),
            ("/\0", "/%00"), ("/a?b#c", "/a%3Fb%23c"),
        ])
    func normalizedPaths(path: String, canonical: String) {
        let request = SignableRequest(method: "GET", path: path, headers: [Self.host])
        #expect(sign(request).canonicalRequest.lines[1] == canonical)
    }

    @Test(
        "the signer keeps a path's dots and slashes when told not to normalise",
        arguments: [
            ("", "/"), ("//", "//"), ("/a/../b", "/a/../b"), ("/./a//", "/./a//"), ("/a b/%20", "/a%20b/%2520"),
        ])
    func unnormalizedPaths(path: String, canonical: String) {
        let request = SignableRequest(method: "GET", path: path, headers: [Self.host])
        #expect(sign(request, options: SigV4Options(normalizesPath: false)).canonicalRequest.lines[1] == canonical)
    }

    @Test("the signer takes a line break in a header or a query for text, not for a line of the canonical request")
    func lineBreaks() {
        let request = SignableRequest(
            method: "GET", path: "/", query: [("a\nb", "c\nd")],
            headers: [Self.host, ("My-Header", "value\nx-amz-target:forged")])
        let lines = sign(request).canonicalRequest.lines
        #expect(lines[2] == "a%0Ab=c%0Ad")
        #expect(lines[4] == "my-header:value x-amz-target:forged")
        #expect(lines.count == 9)
    }

    @Test("the signer signs a request with a thousand headers, parameters and path segments")
    func large() {
        let numbers = 0..<1000
        let request = SignableRequest(
            method: "GET", path: numbers.map { "/\($0)/.." }.joined() + "/end",
            query: numbers.map { ("name\($0)", "value") }, headers: numbers.map { ("Name-\($0)", "value") })
        let signed = sign(request)
        #expect(signed.canonicalRequest.lines[1] == "/end")
        #expect(signed.canonicalRequest.signedHeaders.split(separator: ";").count == 1001)
        #expect(signed.signature.count == 64)
    }
}
