import Authentication
import Foundation
import GatewayCore
import Testing

@Suite("API key authenticator")
struct APIKeyAuthenticatorTests {
    private let key: APIKey
    private let record: APIKeyRecord

    init() {
        (key, record) = APIKeyRecord.create(
            name: "dashboard", scopes: [.conversionsCancel, .transferJobsRead], limitName: "batch", at: .start)
    }

    @Test("a good key stands for its caller")
    func good() async throws {
        let caller = try await APIKeyAuthenticator([record]).authenticate(credential(key), at: .start)
        #expect(
            caller
                == Caller(
                    id: key.id, name: "dashboard", proof: .apiKey(id: key.id),
                    scopes: [.conversionsCancel, .transferJobsRead], limitName: "batch"))
    }

    @Test("the caller of a key with an allow-list may use its targets alone")
    func allowList() async throws {
        let (key, record) = APIKeyRecord.create(
            name: "a", scopes: [.conversionsRead],
            allowList: AllowList(targets: AccessRule(allowed: globs(["prod-eu"]))), at: .start)
        let caller = try #require(
            try await APIKeyAuthenticator([record]).authenticate(credential(key), at: .start))
        #expect(caller.allowList.targets.allowed == Glob("prod-eu").map { [$0] })
        #expect(caller.mayUse(target: "prod-eu"))
        #expect(!caller.mayUse(target: "prod-us"))
    }

    @Test("the caller of a key without an allow-list may use every target")
    func noAllowList() async throws {
        let caller = try #require(
            try await APIKeyAuthenticator([record]).authenticate(credential(key), at: .start))
        #expect(caller.mayUse(target: "prod-eu"))
    }

    @Test("keys of one client are one caller, each with its own proof")
    func client() async throws {
        let keys = (0..<2).map { _ in
            var (key, record) = APIKeyRecord.create(name: "a", scopes: [.conversionsRead], at: .start)
            record.client = "checkout"
            return (key, record)
        }
        let authenticator = APIKeyAuthenticator(keys.map(\.1))
        for (key, _) in keys {
            let caller = try await authenticator.authenticate(credential(key), at: .start)
            #expect(caller?.id == "checkout")
            #expect(caller?.proof == .apiKey(id: key.id))
        }
    }

    @Test("a key is checked also where nothing costly may be done")
    func cheap() async throws {
        let authenticator = APIKeyAuthenticator([record])
        #expect(try await authenticator.authenticate(credential(key), at: .start, mayVerify: false)?.id == key.id)
        await #expect(throws: AuthenticationFailure.unknown) {
            try await authenticator.authenticate(credential(.random()), at: .start, mayVerify: false)
        }
    }

    @Test("an unknown key is refused")
    func unknown() async {
        let authenticator = APIKeyAuthenticator([record])
        await #expect(throws: AuthenticationFailure.unknown) {
            try await authenticator.authenticate(credential(.random()), at: .start)
        }
    }

    @Test("a known identifier with another secret is refused")
    func wrongSecret() async {
        let authenticator = APIKeyAuthenticator([record])
        let text = "jg_\(key.id)_" + APIKey.random().expose().suffix(43)
        await #expect(throws: AuthenticationFailure.unknown) {
            try await authenticator.authenticate(.bearer(Secret(text)), at: .start)
        }
    }

    @Test("a single flipped character of the secret is refused", arguments: 12..<55)
    func flipped(position: Int) async {
        let authenticator = APIKeyAuthenticator([record])
        var characters = Array(key.expose())
        characters[position] = characters[position] == "A" ? "B" : "A"
        let text = String(characters)
        await #expect(throws: AuthenticationFailure.unknown) {
            try await authenticator.authenticate(.bearer(Secret(text)), at: .start)
        }
    }

    @Test("a single flipped character of the identifier is refused", arguments: 3..<11)
    func flippedIdentifier(position: Int) async {
        let authenticator = APIKeyAuthenticator([record])
        var characters = Array(key.expose())
        characters[position] = characters[position] == "0" ? "1" : "0"
        let text = String(characters)
        await #expect(throws: AuthenticationFailure.unknown) {
            try await authenticator.authenticate(.bearer(Secret(text)), at: .start)
        }
    }

    @Test(
        "a credential that is no API key is left to other authenticators",
        arguments: [
            "", "jg_", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln", "JG_00000000_" + String(repeating: "A", count: 43),
        ])
    func otherKind(text: String) async throws {
        let caller = try await APIKeyAuthenticator([record]).authenticate(.bearer(Secret(text)), at: .start)
        #expect(caller == nil)
    }

    @Test("a revoked key is refused, whenever it was revoked", arguments: [-86_400.0, 0, 86_400])
    func revoked(seconds: Double) async {
        var revoked = record
        revoked.revokedAt = .start + seconds
        let authenticator = APIKeyAuthenticator([revoked])
        await #expect(throws: AuthenticationFailure.revoked(id: key.id)) {
            try await authenticator.authenticate(credential(key), at: .start)
        }
    }

    @Test("a key is good until just before its expiry")
    func beforeExpiry() async throws {
        let (key, record) = APIKeyRecord.create(
            name: "a", scopes: [.conversionsRead], at: .start, expiresAt: .start + 60)
        let caller = try await APIKeyAuthenticator([record]).authenticate(credential(key), at: .start + 59.999)
        #expect(caller?.id == key.id)
    }

    @Test("a key is refused from the very instant of its expiry on", arguments: [0.0, 0.001, 86_400])
    func expired(secondsLater: Double) async {
        let (key, record) = APIKeyRecord.create(
            name: "a", scopes: [.conversionsRead], at: .start, expiresAt: .start + 60)
        let authenticator = APIKeyAuthenticator([record])
        await #expect(throws: AuthenticationFailure.expired(id: key.id)) {
            try await authenticator.authenticate(credential(key), at: .start + 60 + secondsLater)
        }
    }

    @Test("who does not hold the secret does not learn that a key is revoked")
    func revokedToStrangers() async {
        var revoked = record
        revoked.revokedAt = .start
        let authenticator = APIKeyAuthenticator([revoked])
        let text = "jg_\(key.id)_" + APIKey.random().expose().suffix(43)
        await #expect(throws: AuthenticationFailure.unknown) {
            try await authenticator.authenticate(.bearer(Secret(text)), at: .start)
        }
    }

    @Test("an authenticator without records refuses every key")
    func empty() async {
        await #expect(throws: AuthenticationFailure.unknown) {
            try await APIKeyAuthenticator([]).authenticate(credential(key), at: .start)
        }
    }

    @Test("a single flipped bit in any byte of a record's digest is seen", arguments: 0..<32)
    func flippedDigest(position: Int) async {
        var digest = key.digest
        digest[position] ^= 1
        let other = APIKeyRecord(id: key.id, name: "a", digest: digest, scopes: [.conversionsRead])
        await #expect(throws: AuthenticationFailure.unknown) {
            try await APIKeyAuthenticator([other]).authenticate(credential(key), at: .start)
        }
    }

    @Test("a record with a digest of another length matches no key", arguments: [0, 31, 33])
    func digestLength(count: Int) async {
        let broken = APIKeyRecord(
            id: key.id, name: "a", digest: Array((key.digest + [0]).prefix(count)), scopes: [.conversionsRead])
        await #expect(throws: AuthenticationFailure.unknown) {
            try await APIKeyAuthenticator([broken]).authenticate(credential(key), at: .start)
        }
    }

    private func credential(_ key: APIKey) -> PresentedCredential {
        .bearer(Secret(key.expose()))
    }
}
