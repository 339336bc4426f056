import Authentication
import GatewayCore
import Testing

@Suite("Token claims")
struct TokenClaimsTests {
    private static let start = 1_795_251_600.0

    @Test(
        "the times hold to the second, with the leeway of 60 on either side",
        arguments: [
            (#""exp":1795251541"#, nil), (#""exp":1795251540"#, .expired), (#""exp":1795251540.5"#, nil),
            (#""exp":0"#, .expired), (#""exp":-1"#, .expiryMissing), (#""exp":253402300799"#, nil),
            (#""exp":253402300800"#, .expiryMissing), (#""exp":1e999"#, .expiryMissing), (#""x":1"#, .expiryMissing),
            (#""exp":"1795252000""#, .expiryMissing), (#""exp":1795252000,"nbf":1795251660"#, nil),
            (#""exp":1795252000,"nbf":1795251660.5"#, .notBefore), (#""exp":1795252000,"nbf":"0""#, .notBefore),
            (#""exp":1795252000,"iat":1795251660"#, nil), (#""exp":1795252000,"iat":1795251661"#, .issuedAt),
            (#""exp":1795252000,"iat":null"#, .issuedAt),
        ] as [(String, TokenFault?)])
    func times(text: String, fault: TokenFault?) throws {
        let claims = #"{"aud":"jobgate","sub":"user-1",\#(text)}"#
        if let fault {
            #expect(throws: fault) { try Self.check(claims) }
        } else {
            _ = try Self.check(claims)
        }
    }

    @Test("a leeway of nothing gives nothing")
    func noLeeway() throws {
        var issuer = TokenIssuer.example
        issuer.leeway = .zero
        _ = try Self.check(#"{"aud":"jobgate","sub":"u","exp":1795251601,"nbf":1795251600}"#, issuer)
        #expect(throws: TokenFault.expired) {
            try Self.check(#"{"aud":"jobgate","sub":"u","exp":1795251600}"#, issuer)
        }
    }

    @Test(
        "a token may live as long as its issuer's tokens may, which only `iat` can tell",
        arguments: [
            (#""exp":1795255200,"iat":1795251600"#, true), (#""exp":1795255201,"iat":1795251600"#, false),
            (#""exp":1795251700"#, false),
        ])
    func lifetime(text: String, isGood: Bool) throws {
        var issuer = TokenIssuer.example
        issuer.maxLifetime = .seconds(3_600)
        let claims = #"{"aud":"jobgate","sub":"u",\#(text)}"#
        if isGood {
            _ = try Self.check(claims, issuer)
        } else {
            #expect(throws: TokenFault.lifetime) { try Self.check(claims, issuer) }
        }
    }

    @Test(
        "one of the audiences has to be one of ours, byte for byte",
        arguments: [
            (#""jobgate""#, true), (#"["a","jobgate"]"#, true), (#"[]"#, false), (#""Jobgate""#, false),
            (#"["jobgate",1]"#, false), (#"[["jobgate"]]"#, false), (#"{"jobgate":1}"#, false), ("null", false),
        ])
    func audience(text: String, isGood: Bool) throws {
        let claims = #"{"aud":\#(text),"sub":"u","exp":1795252000}"#
        if isGood {
            _ = try Self.check(claims)
        } else {
            #expect(throws: TokenFault.audience) { try Self.check(claims) }
        }
    }

    @Test("an audience that Unicode calls equivalent is another one")
    func equivalentAudience() {
        var issuer = TokenIssuer.example
        issuer.audiences = ["K"]
        #expect(throws: TokenFault.audience) {
            try Self.check(#"{"aud":"\u212a","sub":"u","exp":1795252000}"#, issuer)
        }
    }

    @Test(
        "the subject is visible and bounded",
        arguments: [
            ("u", true), ("a b", true), ("用户", true), (String(repeating: "é", count: 256), true), ("", false),
            (" u", false), ("u ", false), (#"a\u0000b"#, false), (#"a\u202eb"#, false), (#"a\u2028b"#, false),
            (String(repeating: "é", count: 257), false),
        ])
    func subject(text: String, isGood: Bool) throws {
        let claims = #"{"aud":"jobgate","sub":"\#(text)","exp":1795252000}"#
        if isGood {
            #expect(try Self.check(claims).caller.id == "corp:\(text)")
        } else {
            #expect(throws: TokenFault.subject) { try Self.check(claims) }
        }
    }

    @Test(
        "the name is the first claim that can be shown, else the subject",
        arguments: [
            (#","name":"Ada","preferred_username":"al""#, "Ada"), (#","name":7,"preferred_username":"al""#, "al"),
            (#","name":"a\nb","client_id":"c1""#, "c1"), ("", "u"), (#","name":"""#, "u"),
        ])
    func name(more: String, name: String) throws {
        let claims = #"{"aud":"jobgate","sub":"u","exp":1795252000\#(more)}"#
        #expect(try Self.check(claims).caller.name == name)
    }

    @Test("with a mapping only what it names counts, all that it names")
    func mapping() throws {
        var issuer = TokenIssuer.example
        issuer.scopes = [
            .init("read", to: [.conversionsRead, .transferJobsRead]), .init("admin", to: [.conversionsCancel]),
            .init("admin", to: [.transferJobsCancel]),
        ]
        let claims =
            #"{"aud":"jobgate","sub":"u","exp":1795252000,"scope":"READ conversions:cancel","roles":["admin"]}"#
        #expect(try Self.check(claims, issuer).caller.scopes == [.conversionsCancel, .transferJobsCancel])
    }

    @Test("the caller has its issuer's limit and allow-list, and tells how it is known")
    func settings() throws {
        var issuer = TokenIssuer.example
        issuer.limitName = "few"
        issuer.allowList.targets = AccessRule(allowed: [Glob("eu-*")].compactMap { $0 })
        let caller = try Self.check(#"{"aud":"jobgate","sub":"u","exp":1795252000}"#, issuer).caller
        #expect(caller.limitName == "few")
        #expect(caller.allowList == issuer.allowList)
        #expect(caller.proof == .token(issuer: "corp"))
        #expect(caller.scopes == [])
    }

    @discardableResult
    private static func check(_ claims: String, _ issuer: TokenIssuer = .example) throws -> TokenClaims {
        let object = try #require(try JSONReader.read(Array(claims.utf8)).object)
        return try TokenClaims(object, of: issuer, at: start)
    }
}
