import Authentication
import Benchmark
import Foundation
import GatewayCore

/// What it costs to take a token of about 840 bytes that was checked before.
func tokenBenchmarks() {
    Benchmark("Token: a remembered one") { benchmark in
        let authenticator = JWTAuthenticator([(exampleIssuer, exampleKeys())])
        let credential = PresentedCredential.bearer(Secret(exampleToken))
        let now = Date()
        guard try await authenticator.authenticate(credential, at: now, mayVerify: true) != nil else {
            return benchmark.error("the token is not taken")
        }
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            blackHole(try await authenticator.authenticate(credential, at: now, mayVerify: true))
        }
    }
}

private let exampleIssuer = TokenIssuer(
    name: "corp", issuer: "https://issuer.example", audiences: ["jobgate"],
    keySet: TokenIssuer.KeySetSettings(.url("https://issuer.example/keys")))

/// The public key of a pair whose private part was never kept.
private func exampleKeys() -> KeySetCache {
    let key = """
        {"kty":"EC","crv":"P-256","kid":"bench","x":"Obg6Px5nVac8c2w51nevO6tqil8l9zTzRNmddCfZckw","y":"_6j06UP3pHyeCUL0-RVp-Rvswa2H-AK4Bd3jqmB6D_M"}
        """
    return KeySetCache(interval: .seconds(3_600)) { _ throws(KeySetFault) in
        FetchedDocument(body: Array("{\"keys\":[\(key)]}".utf8))
    }
}

/// A token that is good for ever, signed once with that key.
private let exampleToken: String = {
    func encoded(_ text: String) -> String {
        Data(text.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }
    let header = #"{"alg":"ES256","kid":"bench","typ":"at+jwt"}"#
    let roles = [String](repeating: #""role-of-a-benchmark""#, count: 16).joined(separator: ",")
    let claims =
        #"{"iss":"https://issuer.example","aud":["jobgate","other"],"sub":"benchmark","exp":253402300799,"#
        + #""iat":1795251600,"scope":"conversions:read transfer-jobs:read","roles":[\#(roles)]}"#
    let signature = "0p9q3jz9CNkCu126K_e03bKdzXwGGt93YC0m1ujRveTaRcEIsK0aeZ7g1pXL5XHVixpMaBYJKvUVSwbu8DFmzg"
    return "\(encoded(header)).\(encoded(claims)).\(signature)"
}()
