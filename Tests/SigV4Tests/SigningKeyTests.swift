import Foundation
import SigV4
import Synchronization
import Testing

@Suite("Signing keys")
struct SigningKeyTests {
    private static let scope = CredentialScope(day: "20150830", region: "us-east-1", service: "service")

    /// A cache, and the scopes that it derived keys for.
    private final class Derivations: Sendable {
        private let log = Mutex<[CredentialScope]>([])

        var scopes: [CredentialScope] { log.withLock { $0 } }

        func cache(capacity: Int = 64) -> SigningKeyCache {
            SigningKeyCache(capacity: capacity) { secret, scope in
                self.log.withLock { $0.append(scope) }
                return SigningKey(secretAccessKey: secret, scope: scope)
            }
        }
    }

    @Test("a key signs as in the example of AWS's documentation")
    func documentedExample() {
        let scope = CredentialScope(day: "20150830", region: "us-east-1", service: "iam")
        let string = StringToSign(
            timestamp: "20150830T123600Z", scope: scope,
            canonicalRequestHash: "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59")
        #expect(
            SigningKey(secretAccessKey: Credentials.example.secretAccessKey, scope: scope).signature(of: string)
                == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
    }

    @Test("a key gives the same signature each time, whatever it signed in between")
    func reuse() {
        let key = SigningKey(secretAccessKey: "EXAMPLE", scope: Self.scope)
        let strings = (0..<3).map {
            StringToSign(timestamp: "20150830T12360\($0)Z", scope: Self.scope, canonicalRequestHash: "")
        }
        let first = strings.map(key.signature(of:))
        #expect(strings.reversed().map(key.signature(of:)) == first.reversed())
        #expect(Set(first).count == 3)
    }

    @Test("a scope is written day/region/service/aws4_request")
    func scopeDescription() {
        #expect(Self.scope.description == "20150830/us-east-1/service/aws4_request")
    }

    @Test("a key is derived once for a day")
    func sameDay() throws {
        let derivations = Derivations()
        let signer = SigV4Signer(service: "service", region: "us-east-1", keys: derivations.cache())
        let request = SignableRequest(method: "GET", path: "/", headers: [("Host", "example.amazonaws.com")])
        for timestamp in ["20150830T000000Z", "20150830T123600Z", "20150830T235959Z"] {
            let instant = try #require(SigningInstant(timestamp: timestamp))
            _ = signer.sign(request, credentials: .example, at: instant)
        }
        #expect(derivations.scopes == [Self.scope])
    }

    @Test("a new day, region, service, access key id or secret has a key of its own")
    func differentSubjects() {
        let derivations = Derivations()
        let cache = derivations.cache()
        let others = [
            CredentialScope(day: "20150831", region: "us-east-1", service: "service"),
            CredentialScope(day: "20150830", region: "us-west-2", service: "service"),
            CredentialScope(day: "20150830", region: "us-east-1", service: "other"),
        ]
        let string = StringToSign(timestamp: "20150830T123600Z", scope: Self.scope, canonicalRequestHash: "")
        var signatures: Set<String> = []
        for _ in 1...2 {
            for scope in [Self.scope] + others {
                signatures.insert(cache.key(for: .example, scope: scope).signature(of: string))
            }
            let replacedSecret = Credentials(accessKeyID: Credentials.example.accessKeyID, secretAccessKey: "replaced")
            signatures.insert(cache.key(for: replacedSecret, scope: Self.scope).signature(of: string))
            _ = cache.key(for: .temporaryExample, scope: Self.scope)
        }
        #expect(derivations.scopes == [Self.scope] + others + [Self.scope, Self.scope])
        #expect(signatures.count == 5)
        #expect(cache.count == 6)
    }

    @Test("a new token or expiration needs no new key")
    func sameSecret() {
        let derivations = Derivations()
        let cache = derivations.cache()
        let renewed = Credentials(
            accessKeyID: Credentials.example.accessKeyID, secretAccessKey: Credentials.example.secretAccessKey,
            sessionToken: "EXAMPLETOKEN", expiration: .distantFuture)
        _ = cache.key(for: .example, scope: Self.scope)
        _ = cache.key(for: renewed, scope: Self.scope)
        #expect(derivations.scopes.count == 1)
    }

    @Test("a full cache gives up the key that was used longest ago")
    func bounded() {
        let derivations = Derivations()
        let cache = derivations.cache(capacity: 2)
        let scopes = (1...3).map { CredentialScope(day: "2015083\($0)", region: "us-east-1", service: "service") }
        for index in [0, 1, 0, 2, 0, 1] { _ = cache.key(for: .example, scope: scopes[index]) }
        #expect(derivations.scopes == [scopes[0], scopes[1], scopes[2], scopes[1]])
        #expect(cache.count == 2)
    }

    @Test("a cache never holds more keys than its capacity, which is at least one", arguments: [-1, 0, 1, 7])
    func capacity(capacity: Int) {
        let cache = SigningKeyCache(capacity: capacity)
        for number in 0..<20 {
            _ = cache.key(
                for: .example, scope: CredentialScope(day: "20150830", region: "r\(number)", service: "service"))
        }
        #expect(cache.count == max(capacity, 1))
    }

    @Test("tasks that ask at the same time all get the right key, and one stays")
    func concurrency() async {
        let cache = SigningKeyCache()
        let string = StringToSign(timestamp: "20150830T123600Z", scope: Self.scope, canonicalRequestHash: "")
        let signatures = await withTaskGroup(of: String.self) { group in
            for _ in 0..<64 {
                group.addTask { cache.key(for: .example, scope: Self.scope).signature(of: string) }
            }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        let key = SigningKey(secretAccessKey: Credentials.example.secretAccessKey, scope: Self.scope)
        #expect(signatures == [key.signature(of: string)])
        #expect(cache.count == 1)
    }
}
