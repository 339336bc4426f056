import Authentication
import GatewayAPI
import GatewayAPITestSupport
import GatewayCore
import Testing

@Suite("Tokens that are refused")
struct TokenRefusalTests {
    @Test("every fault of a token is told alike, and the log has the reason", arguments: TokenFault.allCases)
    func faults(fault: TokenFault) {
        let error = GatewayError(AuthenticationFailure.token(fault, issuer: "corp"))
        #expect(error.code == .invalidCredential)
        #expect(error.detail == "The credential is not valid.")
        #expect(error.hint == nil)
        #expect(error.cause == "token of corp: \(fault.rawValue)")
        #expect(error.headers.map(\.name) == ["WWW-Authenticate"])
        #expect(error.headers.first?.value == #"Bearer realm="jobgate", error="invalid_token""#)
    }

    @Test("a token that no issuer can be told of is refused in the same way")
    func unknownIssuer() {
        let error = GatewayError(AuthenticationFailure.token(.unknownIssuer, issuer: nil))
        #expect(error.detail == "The credential is not valid.")
        #expect(error.cause == "token: `iss` is no configured issuer")
    }

    @Test("keys that cannot be had are not the caller's fault: it may come again")
    func noKeys() {
        let failure = AuthenticationFailure.keysUnavailable(issuer: "corp", .status(500), retryAfter: .seconds(4))
        let error = GatewayError(failure)
        #expect(error.code == .upstreamUnavailable)
        #expect(error.retryAfter == .seconds(4))
        #expect(error.headers.isEmpty)
        #expect(error.cause == "keys of corp: the answer has the status 500")
    }

    @Test(
        "a token in the query is refused, whatever the parameter is called",
        arguments: [
            "x=eyJhbGciOiJub25lIn0.e30.AQID", "id_token=x", "jwt=x", "x=eyAiYWxnIjoibm9uZSJ9.e30.AQID",
            "x=Bearer%20eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.AQID", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.AQID",
            "x=Bearer+\(TestKey.full.text)", TestKey.full.text, "x=\(TestKey.full.text),",
        ])
    func query(query: String) async {
        let gateway = TestGateway()
        let answer = await gateway.send("GET", "/whoami?\(query)")
        #expect(answer.status == 400)
        #expect(answer.code == "invalid-request")
        #expect(gateway.log.lines.allSatisfy { !$0.contains(query) })
    }
}
