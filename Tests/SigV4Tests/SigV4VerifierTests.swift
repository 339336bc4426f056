import Foundation
import SigV4
import Testing

@Suite("The verifier")
struct SigV4VerifierTests {
    private static let signer = SigV4Signer(service: "dms", region: "eu-west-1")
    private static let verifier = SigV4Verifier(service: "dms", region: "eu-west-1") { accessKeyID in
        [Credentials.example, .temporaryExample].first { $0.accessKeyID == accessKeyID }
    }
    private static let request = SignableRequest(
        method: "POST",
        path: "/jobs/a%20b",
        query: [("dryRun", "true"), ("a", "b c")],
        headers: [
            ("Host", "dms.eu-west-1.amazonaws.com"),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("X-Amz-Target", "AmazonDMSv20160101.CancelMetadataModelConversion"),
        ],
        body: Array("{\"a\":1}".utf8))

    private let instant: SigningInstant

    init() throws {
        instant = try #require(SigningInstant(timestamp: "20150830T123600Z"))
    }

    private func signed(_ request: SignableRequest = request, with credentials: Credentials) -> SignableRequest {
        request.signed(by: Self.signer, with: credentials, at: instant)
    }

    private func rejection(of request: SignableRequest, after seconds: TimeInterval = 0) -> SignatureRejection? {
        Self.verifier.rejection(of: request, at: instant.date.addingTimeInterval(seconds))
    }

    @Test("the verifier accepts what the signer signed", arguments: [Credentials.example, .temporaryExample])
    func accepts(credentials: Credentials) {
        #expect(rejection(of: signed(with: credentials)) == nil)
    }

    @Test("the verifier accepts a request with a signed payload hash, and headers added on the way")
    func acceptsOnTheWay() {
        let signer = SigV4Signer(service: "dms", region: "eu-west-1", options: SigV4Options(signsPayloadHeader: true))
        var request = Self.request.signed(by: signer, with: .example, at: instant)
        request.headers += [("Via", "1.1 proxy"), ("X-Forwarded-For", "127.0.0.1"), ("Connection", "close")]
        request.headers.reverse()
        #expect(rejection(of: request) == nil)
    }

    @Test("the verifier accepts an Authorization without spaces and in another order")
    func acceptsOtherForm() throws {
        var request = signed(with: .example)
        let parts = try #require(request.headers.last).value.dropFirst("AWS4-HMAC-SHA256 ".count).split(separator: ", ")
        request.replaceHeaders(with: [
            ("authorization", "AWS4-HMAC-SHA256   " + parts.reversed().joined(separator: ","))
        ])
        #expect(rejection(of: request) == nil)
    }

    /// One change to a signed request, and why it must then be rejected.
    struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rejection: SignatureRejection
        let apply: @Sendable (inout SignableRequest) -> Void

        init(
            _ description: String, _ rejection: SignatureRejection = .mismatch,
            _ apply: @escaping @Sendable (inout SignableRequest) -> Void
        ) {
            testDescription = description
            self.rejection = rejection
            self.apply = apply
        }

        /// Replaces text in the value of a header.
        static func header(
            _ name: String, _ old: String, _ new: String, _ rejection: SignatureRejection = .mismatch
        ) -> Change {
            Change("\(name): \(old) becomes \(new)", rejection) { request in
                for index in request.headers.indices where request.headers[index].name == name {
                    request.headers[index].value = request.headers[index].value.replacing(old, with: new)
                }
            }
        }
    }

    @Test(
        "the verifier rejects a request of which one part was changed",
        arguments: [
            Change("method") { $0.method = "PUT" },
            Change("path") { $0.path = "/jobs/a%20c" },
            Change("path decoded") { $0.path = "/jobs/a b" },
            Change("query name") { $0.query[0].name = "dryrun" },
            Change("query value") { $0.query[0].value = "false" },
            Change("query item added") { $0.query.append(("x", "")) },
            Change("query item removed") { $0.query.removeLast() },
            Change("body cut") { $0.body.removeLast() },
            Change("body empty") { $0.body = [] },
            Change("second value of a signed header") { $0.headers.append(("Content-Type", "text/plain")) },
            .header("Host", "eu-west-1", "eu-west-2"),
            .header("Content-Type", "1.1", "1.0"),
            .header("X-Amz-Target", "Cancel", "Start"),
            .header("X-Amz-Date", "123600", "123601"),
            .header("Authorization", "content-type;", ""),
            .header("X-Amz-Security-Token", "EXAMPLE", "EXANPLE", .tokenMismatch),
            .header("X-Amz-Security-Token", "EXAMPLE", "", .tokenMismatch),
            .header("Authorization", "ASIDEXAMPLE", "ASIDEXAMPLF", .unknownAccessKey("ASIDEXAMPLF")),
            .header("Authorization", "ASIDEXAMPLE", "AKIDEXAMPLE", .tokenMismatch),
        ])
    func changed(change: Change) {
        var request = signed(with: .temporaryExample)
        change.apply(&request)
        #expect(rejection(of: request) == change.rejection)
    }

    @Test("the verifier rejects any single flipped bit of the body")
    func flippedBitsOfTheBody() {
        let request = signed(with: .example)
        for bit in 0..<(8 * request.body.count) {
            var flipped = request
            flipped.body[bit / 8] ^= 1 << (bit % 8)
            #expect(rejection(of: flipped) == .mismatch)
        }
    }

    @Test("the verifier rejects any other digit in the place of one of the signature's")
    func changedDigitsOfTheSignature() throws {
        let request = signed(with: .example)
        let authorization = Array(try #require(request.headers.last).value.utf8)
        for position in (authorization.count - 64)..<authorization.count {
            for digit in "0123456789abcdef".utf8 where digit != authorization[position] {
                var bytes = authorization
                bytes[position] = digit
                var forged = request
                forged.replaceHeaders(with: [("Authorization", String(decoding: bytes, as: UTF8.self))])
                #expect(rejection(of: forged) == .mismatch)
            }
        }
    }

    @Test("the verifier rejects a request signed with another secret")
    func otherSecret() {
        let other = Credentials(accessKeyID: Credentials.example.accessKeyID, secretAccessKey: "other")
        #expect(rejection(of: signed(with: other)) == .mismatch)
    }

    @Test("the verifier rejects an X-Amz header that is not signed, whatever its name's case")
    func unsignedHeaders() {
        var request = signed(with: .example)
        request.headers.append(("x-AMZ-Target-Other", "value"))
        #expect(rejection(of: request) == .unsignedHeader("x-amz-target-other"))

        let signer = SigV4Signer(service: "dms", region: "eu-west-1", options: SigV4Options(signsSessionToken: false))
        let unsignedToken = Self.request.signed(by: signer, with: .temporaryExample, at: instant)
        #expect(rejection(of: unsignedToken) == .unsignedHeader("x-amz-security-token"))
    }

    @Test("the verifier rejects a request whose host is not signed")
    func unsignedHost() {
        var request = Self.request
        request.headers.removeFirst()
        #expect(rejection(of: signed(request, with: .example)) == .unsignedHeader("host"))
    }

    @Test("the verifier rejects a signed header that was not received")
    func absentHeader() {
        var request = signed(with: .example)
        request.headers.removeAll { $0.name == "Content-Type" }
        #expect(
            rejection(of: request)
                == .malformed("SignedHeaders has a name that is not in lower case or was not sent"))
    }

    @Test(
        "the verifier rejects a payload hash that is not the body's, even a signed one",
        arguments: ["UNSIGNED-PAYLOAD", "00", ""])
    func payloadHash(value: String) {
        var request = Self.request
        request.headers.append(("X-Amz-Content-Sha256", value))
        #expect(rejection(of: signed(request, with: .example)) == .mismatch)
    }

    @Test("the verifier rejects the scope of another service, region or day")
    func wrongScope() {
        for (service, region) in [("dms", "us-east-1"), ("iottwinmaker", "eu-west-1")] {
            let signer = SigV4Signer(service: service, region: region)
            let request = Self.request.signed(by: signer, with: .example, at: instant)
            let scope = CredentialScope(day: "20150830", region: region, service: service)
            #expect(rejection(of: request) == .wrongScope(scope))
        }
        var otherDay = signed(with: .example)
        Change.header("Authorization", "/20150830/", "/20150829/").apply(&otherDay)
        let scope = CredentialScope(day: "20150829", region: "eu-west-1", service: "dms")
        #expect(rejection(of: otherDay) == .wrongScope(scope))
    }

    @Test("the verifier accepts a clock that is off by the tolerance, and rejects one that is off by more")
    func skew() {
        let request = signed(with: .example)
        #expect(rejection(of: request, after: 300) == nil)
        #expect(rejection(of: request, after: -300) == nil)
        #expect(rejection(of: request, after: 301) == .skewed(-301))
        #expect(rejection(of: request, after: -301) == .skewed(301))
    }

    @Test("the verifier rejects credentials from the moment they expire")
    func expiredCredentials() {
        let end = instant.date
        let verifier = SigV4Verifier(service: "dms", region: "eu-west-1") { accessKeyID in
            Credentials(
                accessKeyID: accessKeyID, secretAccessKey: Credentials.example.secretAccessKey, expiration: end)
        }
        let request = signed(with: .example)
        #expect(verifier.rejection(of: request, at: end) == .expiredCredentials)
        #expect(verifier.rejection(of: request, at: end.addingTimeInterval(-1)) == nil)
    }

    @Test("the verifier rejects a missing, superfluous or doubled session token")
    func tokens() {
        var missing = signed(with: .temporaryExample)
        missing.headers.removeAll { $0.name == "X-Amz-Security-Token" }
        #expect(
            rejection(of: missing)
                == .malformed("SignedHeaders has a name that is not in lower case or was not sent"))

        let lasting = Credentials(
            accessKeyID: Credentials.temporaryExample.accessKeyID,
            secretAccessKey: Credentials.temporaryExample.secretAccessKey)
        #expect(rejection(of: signed(with: lasting)) == .tokenMismatch)

        let superfluous = Credentials(
            accessKeyID: Credentials.example.accessKeyID, secretAccessKey: Credentials.example.secretAccessKey,
            sessionToken: "EXAMPLETOKEN")
        #expect(rejection(of: signed(with: superfluous)) == .tokenMismatch)

        var doubled = signed(with: .temporaryExample)
        doubled.headers.append(("X-Amz-Security-Token", Credentials.temporaryExample.sessionToken ?? ""))
        #expect(rejection(of: doubled) == .tokenMismatch)
    }

    @Test("the verifier rejects a request without an authorization as unsigned")
    func missing() {
        #expect(rejection(of: Self.request) == .missing)
    }
}
