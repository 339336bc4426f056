import Authentication
import Foundation
import GatewayCore
import GatewayTestSupport
import Testing

@Suite("Token authenticator")
struct JWTAuthenticatorTests {
    private let signer = TestSigner("one")

    @Test("a good token is its bearer's, and remembered")
    func good() async throws {
        let (authenticator, _) = scene()
        let caller = try await authenticator.caller(try signer.token(goodClaims()))
        #expect(caller?.id == "corp:user-1")
        #expect(caller?.proof == .token(issuer: "corp"))
        #expect(authenticator.remembered == 1)
    }

    @Test("what has no dot is not its business", arguments: ["", "jg_k3f9a2bd_x", "token"])
    func others(text: String) async throws {
        #expect(try await scene().0.caller(text) == nil)
    }

    @Test("what is wrong is told with the issuer, once that is known")
    func faults() async throws {
        let (authenticator, _) = scene()
        func fault(_ text: String) async throws -> AuthenticationFailure? {
            await #expect(throws: AuthenticationFailure.self) { try await authenticator.caller(text) }
        }
        #expect(try await fault("a.b") == .token(.segments, issuer: nil))
        #expect(try await fault(try signer.token("{}")) == .token(.issuerMissing, issuer: nil))
        #expect(
            try await fault(try signer.token(#"{"iss":"https://x.example"}"#)) == .token(.unknownIssuer, issuer: nil))
        #expect(try await fault(try signer.token(goodClaims(expiry: -61))) == .token(.expired, issuer: "corp"))
        let header = #"{"alg":"HS256","kid":"one"}"#
        #expect(try await fault(try signer.token(goodClaims(), header: header)) == .token(.algorithm, issuer: "corp"))
        let stranger = try TestSigner("one").token(goodClaims())
        #expect(try await fault(stranger) == .token(.signature, issuer: "corp"))
        let unknown = try TestSigner("two").token(goodClaims())
        #expect(try await fault(unknown) == .token(.unknownKey, issuer: "corp"))
        #expect(authenticator.remembered == 0)
    }

    @Test("a token that cannot be good asks for no keys")
    func noFetch() async throws {
        let (authenticator, issuer) = scene()
        for claims in [goodClaims(expiry: -61), goodClaims(subject: ""), #"{"iss":"https://x.example"}"#] {
            let token = try signer.token(claims)
            await #expect(throws: AuthenticationFailure.self) { try await authenticator.caller(token) }
        }
        #expect(issuer.fetches == 0)
    }

    @Test("an algorithm that the issuer's settings leave out is refused, though the key is good for it")
    func algorithms() async throws {
        var settings = TokenIssuer.example
        settings.algorithms = [.eddsa]
        let (authenticator, _) = scene(settings)
        let token = try signer.token(goodClaims())
        await #expect(throws: AuthenticationFailure.token(.algorithm, issuer: "corp")) {
            try await authenticator.caller(token)
        }
    }

    @Test("a remembered token is taken until its time is over, and no longer")
    func memoryEnds() async throws {
        let (authenticator, _) = scene()
        let token = try signer.token(goodClaims(expiry: 100))
        _ = try await authenticator.caller(token)
        #expect(try await authenticator.caller(token, after: 159) != nil)
        await #expect(throws: AuthenticationFailure.token(.expired, issuer: "corp")) {
            try await authenticator.caller(token, after: 160)
        }
        #expect(authenticator.remembered == 0)
    }

    @Test("a remembered token is not taken before its time, should the clock be set back")
    func memoryBegins() async throws {
        let (authenticator, _) = scene()
        let token = try signer.token(goodClaims(more: #","nbf":1795251700"#))
        _ = try await authenticator.caller(token, after: 100)
        await #expect(throws: AuthenticationFailure.token(.notBefore, issuer: "corp")) {
            try await authenticator.caller(token, after: 0)
        }
    }

    @Test("a remembered token is forgotten as soon as its key set is another one")
    func rotation() async throws {
        let (authenticator, issuer) = scene()
        let token = try signer.token(goodClaims())
        _ = try await authenticator.caller(token)
        issuer.answer(.success(keySetDocument(TestSigner("two"))))
        issuer.clock.advance(by: .seconds(30))
        await #expect(throws: AuthenticationFailure.self) {
            try await authenticator.caller(try TestSigner("three").token(goodClaims()))
        }
        await #expect(throws: AuthenticationFailure.token(.unknownKey, issuer: "corp")) {
            try await authenticator.caller(token)
        }
    }

    @Test("where nothing may be spent, a remembered token is taken, and one that could be good is not checked")
    func sparing() async throws {
        let (authenticator, issuer) = scene()
        let token = try signer.token(goodClaims())
        await #expect(throws: AuthenticationFailure.unverified) {
            try await authenticator.caller(token, mayVerify: false)
        }
        #expect(issuer.fetches == 0)
        let wrong = try signer.token(goodClaims(expiry: -100))
        await #expect(throws: AuthenticationFailure.token(.expired, issuer: "corp")) {
            try await authenticator.caller(wrong, mayVerify: false)
        }
        _ = try await authenticator.caller(token)
        #expect(try await authenticator.caller(token, mayVerify: false)?.id == "corp:user-1")
    }

    @Test("without keys a token is neither good nor bad")
    func noKeys() async throws {
        let (authenticator, issuer) = scene()
        issuer.answer(.failure(.status(500)))
        let token = try signer.token(goodClaims())
        await #expect(
            throws: AuthenticationFailure.keysUnavailable(
                issuer: "corp", .status(500), retryAfter: .seconds(1))
        ) { try await authenticator.caller(token) }
    }

    @Test("issuers do not vouch for one another, even with keys of one name")
    func twoIssuers() async throws {
        var other = TokenIssuer.example
        other.name = "partner"
        other.issuer = "https://partner.example"
        let stranger = TestSigner("one")
        let authenticator = JWTAuthenticator([
            (.example, ScriptedKeySet(signer).cache()), (other, ScriptedKeySet(stranger).cache()),
        ])
        #expect(try await authenticator.caller(try signer.token(goodClaims()))?.id == "corp:user-1")
        let crossed = try stranger.token(goodClaims())
        await #expect(throws: AuthenticationFailure.token(.signature, issuer: "corp")) {
            try await authenticator.caller(crossed)
        }
        let partner = goodClaims().replacing("issuer.example", with: "partner.example")
        #expect(try await authenticator.caller(try stranger.token(partner))?.id == "partner:user-1")
    }

    private func scene(_ settings: TokenIssuer = .example) -> (JWTAuthenticator, ScriptedKeySet) {
        let issuer = ScriptedKeySet(signer)
        return (JWTAuthenticator([(settings, issuer.cache())]), issuer)
    }
}

extension JWTAuthenticator {
    /// Whose token it is, so many seconds after the start.
    fileprivate func caller(_ text: String, after seconds: Double = 0, mayVerify: Bool = true) async throws -> Caller? {
        try await authenticate(.bearer(Secret(text)), at: .start + seconds, mayVerify: mayVerify)
    }
}
