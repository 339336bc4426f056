import Authentication
import Foundation
import GatewayCore
import Synchronization
import Testing

@Suite("Key sets of all issuers")
final class KeySetsTests: Sendable {
    private let signer = TestSigner("one")
    private let fetched = Mutex<[String]>([])

    @Test("settings that are as they were keep authenticator, keys and memory")
    func same() async throws {
        let keySets = keySets()
        let first = try #require(keySets.authenticator(for: [.example]))
        _ = try await first.authenticate(.bearer(Secret(try signer.token(goodClaims()))), at: .start, mayVerify: true)
        let second = try #require(keySets.authenticator(for: [.example]))
        #expect(second === first)
        #expect(second.remembered == 1)
    }

    @Test("another setting keeps the keys and remembers no token; another source keeps nothing")
    func changed() async throws {
        let keySets = keySets()
        let token = PresentedCredential.bearer(Secret(try signer.token(goodClaims())))
        _ = try await keySets.authenticator(for: [.example])?.authenticate(token, at: .start, mayVerify: true)
        var issuer = TokenIssuer.example
        issuer.limitName = "few"
        let second = try #require(keySets.authenticator(for: [issuer]))
        #expect(second.remembered == 0)
        #expect(try await second.authenticate(token, at: .start, mayVerify: true)?.limitName == "few")
        #expect(fetched.withLock { $0.count } == 1)
        issuer.keySet.source = .url("https://other.example/keys")
        let third = try #require(keySets.authenticator(for: [issuer]))
        _ = try await third.authenticate(token, at: .start, mayVerify: true)
        #expect(fetched.withLock { $0 } == ["https://issuer.example/keys", "https://other.example/keys"])
    }

    @Test("without issuers there is no authenticator, and nothing is known of those there were")
    func none() {
        let keySets = keySets()
        #expect(keySets.authenticator(for: [.example]) != nil)
        #expect(keySets.statuses.map(\.issuer) == ["corp"])
        #expect(keySets.authenticator(for: []) == nil)
        #expect(keySets.statuses == [])
    }

    @Test("keys are fetched before the first token comes")
    func early() async {
        let keySets = keySets()
        _ = keySets.authenticator(for: [.example])
        while keySets.statuses.first?.keySet.state != .ok { await Task.yield() }
        #expect(keySets.statuses.first?.keySet.keys == 1)
    }

    private func keySets() -> KeySets {
        let document = FetchedDocument(body: keySetDocument(signer))
        return KeySets { _ in
            { [self] url, _ throws(KeySetFault) in
                fetched.withLock { $0.append(url) }
                return document
            }
        }
    }
}
