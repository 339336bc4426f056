import Authentication
import GatewayAPITestSupport
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("Credentials")
struct CredentialTests {
    @Test(
        "who asks comes before what is asked: without a key even an unknown path is 401",
        arguments: [
            ("GET", "/nowhere"), ("GET", "/"), ("POST", "/whoami"), ("POST", Upstream.transferJob),
            ("GET", "/transfer-jobs/%00"),
            ("DELETE", Upstream.conversion), ("GET", Upstream.transferJob), ("GET", "/whoami"), ("GET", "/livez/"),
        ])
    func authenticationBeforeRouting(method: String, path: String) async {
        let gateway = TestGateway()
        let answer = await gateway.send(method, path, key: nil)
        #expect(answer.status == 401)
        #expect(answer.code == "unauthenticated")
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test(
        "public routes need no key and look at none",
        arguments: ["/openapi.yaml", "/openapi.json", "/problems/conflict", "/livez", "/readyz"])
    func publicRoutes(path: String) async {
        for key in [nil, TestKey.unknown, TestKey.revoked, TestKey.full] {
            let answer = await TestGateway().send("GET", path, key: key)
            #expect(answer.status == 200)
            #expect(!answer.headers.contains("RateLimit"))
        }
    }

    @Test(
        "a wrong method on a public path is told without a key, as the path itself is",
        arguments: ["/livez", "/openapi.json"])
    func publicMethods(path: String) async {
        let answer = await TestGateway().send("POST", path, key: nil)
        #expect(answer.status == 405)
        #expect(answer.headers["Allow"] == ["GET, HEAD"])
    }

    @Test("a key in the query is refused whatever the parameter is called")
    func keyInQuery() async {
        let answer = await TestGateway().send("GET", "/whoami?x=\(TestKey.full.text)")
        #expect(answer.status == 400)
        #expect(answer.code == "invalid-request")
    }

    @Test(
        "without a bearer credential the challenge names no error",
        arguments: [
            [:], ["Authorization": "Basic dXNlcjpwYXNz"], ["Authorization": ""], ["Authorization": "Bearers x"],
            ["Authorization": TestKey.full.text], ["Cookie": "key=\(TestKey.full.text)"],
        ] as [HeaderFields])
    func unauthenticated(headers: HeaderFields) async throws {
        let answer = await TestGateway().send("GET", "/whoami", key: nil, headers: headers)
        #expect(answer.status == 401)
        #expect(answer.code == "unauthenticated")
        #expect(answer.headers["WWW-Authenticate"] == ["Bearer realm=\"jobgate\""])
        #expect(try answer.json["hint"] != nil)
    }

    @Test(
        "a bad key is told to be bad and no more; the log has the reason",
        arguments: [
            ("Bearer \(TestKey.unknown.text)", "unknown key"),
            ("Bearer \(TestKey.full.text.dropLast())y", "unknown key"),
            ("Bearer \(TestKey.full.text.uppercased())", "unknown key"),
            ("Bearer eyJhbGciOiJub25lIn0.e30.", "unknown key"),
            ("Bearer \(TestKey.expired.text)", "expired key \(TestKey.expired.record.id)"),
            ("Bearer \(TestKey.revoked.text)", "revoked key \(TestKey.revoked.record.id)"),
            ("Bearer", "malformed"),
            ("Bearer   ", "malformed"),
            ("Bearer \(TestKey.full.text) \(TestKey.full.text)", "malformed"),
            ("Bearer \(TestKey.full.text),", "unknown key"),
            ("Bearer caf\u{e9}", "malformed"),
        ])
    func invalidCredential(authorization: String, cause: String) async throws {
        let gateway = TestGateway()
        let answer = await gateway.send("GET", "/whoami", key: nil, headers: ["Authorization": authorization])
        #expect(answer.status == 401)
        #expect(answer.headers["WWW-Authenticate"] == ["Bearer realm=\"jobgate\", error=\"invalid_token\""])
        let problem = try answer.json
        #expect(problem["code"] == "invalid-credential")
        #expect(problem["detail"] == "The credential is not valid.")
        #expect(try gateway.log.last["cause"]?.string == cause)
        #expect(try gateway.log.last["caller"] == .null)
    }

    @Test(
        "a key may come as a bearer token, the scheme in any case, or as X-API-Key",
        arguments: [
            ["Authorization": "Bearer \(TestKey.full.text)"], ["authorization": "bearer \(TestKey.full.text)"],
            ["AUTHORIZATION": "BEARER \(TestKey.full.text)"], ["Authorization": "  bEaReR \t \(TestKey.full.text) "],
            ["X-API-Key": TestKey.full.text], ["x-api-key": " \(TestKey.full.text)\t"],
        ] as [HeaderFields])
    func goodCredential(headers: HeaderFields) async throws {
        let answer = await TestGateway().send("GET", "/whoami", key: nil, headers: headers)
        #expect(answer.status == 200)
        #expect(try answer.json["id"] == "full0001")
    }

    @Test(
        "two credentials are 400, even when they are the same",
        arguments: [
            ["Authorization": "Bearer \(TestKey.full.text)", "X-API-Key": TestKey.full.text],
            ["Authorization": "Bearer \(TestKey.full.text)", "authorization": "Bearer \(TestKey.full.text)"],
            ["X-API-Key": TestKey.full.text, "x-api-key": TestKey.tight.text],
            ["Authorization": "Basic dXNlcjpwYXNz", "X-API-Key": TestKey.full.text],
        ] as [HeaderFields])
    func twoCredentials(headers: HeaderFields) async {
        let answer = await TestGateway().send("GET", "/whoami", key: nil, headers: headers)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid-request")
        #expect(!answer.headers.contains("WWW-Authenticate"))
    }

    @Test(
        "a credential in the query is 400 on every route, and neither answered nor logged",
        arguments: ["/whoami", "/livez", "/openapi.yaml", "/nowhere", Upstream.conversion, Upstream.transferJob],
        [
            "access_token", "api_key", "api-key", "apikey", "key", "token", "authorization", "x-api-key", "KEY",
            "Access_Token", "%6Bey", "X-API-KEY",
        ])
    func credentialInQuery(path: String, name: String) async throws {
        let gateway = TestGateway()
        let answer = await gateway.send("GET", "\(path)?page=1&\(name)=\(TestKey.unknown.text)")
        #expect(answer.status == 400)
        #expect(answer.code == "invalid-request")
        #expect(try answer.json["hint"]?.string?.contains("revoke") == true)
        #expect(!answer.text.contains(TestKey.unknown.text))
        #expect(gateway.log.lines.allSatisfy { !$0.contains(TestKey.unknown.text) })
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test("a query that cannot be decoded is 400, on public routes too", arguments: ["/whoami?a=%zz", "/livez?%ff"])
    func undecodableQuery(target: String) async {
        let answer = await TestGateway().send("GET", target)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid-request")
    }
}
