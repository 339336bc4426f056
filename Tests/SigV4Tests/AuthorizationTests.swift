import SigV4
import Testing

@Suite("An Authorization header")
struct AuthorizationTests {
    private static let scheme = "AWS4-HMAC-SHA256"
    private static let credential = "Credential=AKIDEXAMPLE/20150830/eu-west-1/dms/aws4_request"
    private static let names = "SignedHeaders=host;x-amz-date"
    private static let zeros = String(repeating: "0", count: 64)
    private static let signature = "Signature=\(zeros)"
    private static let wellFormed = "\(scheme) \(credential), \(names), \(signature)"
    private static let verifier = SigV4Verifier(service: "dms", region: "eu-west-1") { accessKeyID in
        accessKeyID == Credentials.example.accessKeyID ? .example : nil
    }

    private func rejection(
        of authorization: String..., dates: [String] = ["20150830T123600Z"]
    ) throws -> SignatureRejection? {
        let instant = try #require(SigningInstant(timestamp: "20150830T123600Z"))
        let request = SignableRequest(
            method: "GET", path: "/",
            headers: [("Host", "dms.eu-west-1.amazonaws.com")] + dates.map { ("X-Amz-Date", $0) }
                + authorization.map { ("Authorization", $0) })
        return Self.verifier.rejection(of: request, at: instant.date)
    }

    private func isMalformed(_ rejection: SignatureRejection?) -> Bool {
        if case .malformed = rejection { true } else { false }
    }

    @Test("an Authorization header that is well formed is rejected for its signature alone")
    func wellFormed() throws {
        #expect(try rejection(of: Self.wellFormed) == .mismatch)
    }

    @Test(
        "an Authorization header that is not well formed is rejected as such",
        arguments: [
            "", " ", "Bearer token", scheme, "\(scheme) ", "\(scheme) ,,,", "\(scheme) =,=,=",
            "AWS4-HMAC-SHA1 \(credential), \(names), \(signature)",
            "aws4-hmac-sha256 \(credential), \(names), \(signature)",
            "\(scheme) \(credential), \(names)",
            "\(scheme) \(credential), \(signature)",
            "\(scheme) \(names), \(signature)",
            "\(scheme) \(credential), \(names), \(signature), \(signature)",
            "\(scheme) \(credential), \(names), \(signature), Other=1",
            "\(scheme) \(credential), \(names), \(signature),",
            "\(scheme) \(credential) \(names) \(signature)",
        ])
    func malformed(value: String) throws {
        #expect(isMalformed(try rejection(of: value)))
    }

    @Test(
        "an Authorization header whose credential is not a key id and a scope is rejected as malformed",
        arguments: [
            "", "AKIDEXAMPLE", "/20150830/eu-west-1/dms/aws4_request", "20150830/eu-west-1/dms/aws4_request",
            "AKIDEXAMPLE/20150830/eu-west-1/dms/aws4_requests", "AKIDEXAMPLE/20150830/eu-west-1/dms",
            "AKIDEXAMPLE/20150830//dms/aws4_request", "AKIDEXAMPLE/20150830/eu-west-1/dms/aws4_request/",
        ])
    func malformedCredential(value: String) throws {
        let rejection = try rejection(of: "\(Self.scheme) Credential=\(value), \(Self.names), \(Self.signature)")
        #expect(isMalformed(rejection))
    }

    @Test(
        "an Authorization header whose signed headers are not in order, in lower case and each once is rejected as malformed",
        arguments: [
            "x-amz-date;host", "host;host;x-amz-date", "Content-Type;host;x-amz-date", "host;x-amz-date;",
            ";host;x-amz-date", "host;;x-amz-date", "host;x-amz-date;zzz",
        ])
    func malformedNames(value: String) throws {
        let rejection = try rejection(
            of: "\(Self.scheme) \(Self.credential), SignedHeaders=\(value), \(Self.signature)")
        #expect(isMalformed(rejection))
    }

    @Test(
        "an Authorization header whose signature is not 64 lower-case digits is rejected as malformed",
        arguments: ["", "00", zeros + "0", zeros + "00", "A" + zeros.dropFirst(), "g" + zeros.dropFirst()])
    func malformedSignature(value: String) throws {
        let rejection = try rejection(of: "\(Self.scheme) \(Self.credential), \(Self.names), Signature=\(value)")
        #expect(isMalformed(rejection))
    }

    @Test("an Authorization header that names no header does not cover the host")
    func noSignedHeaders() throws {
        let value = "\(Self.scheme) \(Self.credential), SignedHeaders=, \(Self.signature)"
        #expect(try rejection(of: value) == .unsignedHeader("host"))
    }

    @Test("an Authorization header that is not the only one is rejected as malformed")
    func twice() throws {
        #expect(isMalformed(try rejection(of: Self.wellFormed, Self.wellFormed)))
    }

    @Test(
        "an Authorization header without exactly one date of the right form is rejected as malformed",
        arguments: [[], [""], ["20150830"], ["2015-08-30T12:36:00Z"], ["20150830T123600Z", "20150830T123600Z"]])
    func dates(dates: [String]) throws {
        #expect(isMalformed(try rejection(of: Self.wellFormed, dates: dates)))
    }
}
