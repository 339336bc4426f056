import Authentication
import Foundation
import GatewayAPI
import GatewayAPITestSupport
import GatewayCore
import GatewayTestSupport
import HTTPServer
import RateLimiting
import Synchronization
import Testing

@Suite("Failed authentications")
struct FailedAuthenticationTests {
    @Test("an address has so many failures as its limit allows, then 429 instead of 401")
    func limit() async throws {
        let gateway = try gateway()
        for _ in 0..<3 { #expect(await gateway.send("GET", "/whoami", key: .unknown).status == 401) }
        let answer = await gateway.send("GET", "/whoami", key: .unknown)
        #expect(answer.status == 429)
        #expect(answer.code == "rate-limited")
        #expect(try #require(try answer.json["detail"]?.string).contains("failed authentications"))
        // Three a minute: the next one is refilled after 20 s.
        #expect(answer.headers["Retry-After"] == ["20"])
        #expect(!answer.headers.contains("RateLimit"))
        #expect(!answer.headers.contains("RateLimit-Policy"))
        #expect(!answer.headers.contains("WWW-Authenticate"))
        #expect(try gateway.log.last["cause"] == "unknown key")
        #expect(try gateway.log.last["caller"] == .null)
    }

    @Test(
        "every credential that is not good counts, in whatever way it is not",
        arguments: [
            "Bearer \(TestKey.unknown.text)", "Bearer \(TestKey.expired.text)", "Bearer \(TestKey.revoked.text)",
            "Bearer",
            "Bearer a.b.c", "Bearer \u{7F}",
        ])
    func counts(authorization: String) async throws {
        let gateway = try gateway()
        let headers: HeaderFields = ["Authorization": authorization]
        for _ in 0..<3 { #expect(await gateway.send("GET", "/whoami", key: nil, headers: headers).status == 401) }
        #expect(await gateway.send("GET", "/whoami", key: nil, headers: headers).status == 429)
    }

    @Test("no credential, two, one in the query and a public route do not count")
    func doesNotCount() async throws {
        let gateway = try gateway()
        let two: HeaderFields = ["X-API-Key": "a", "Authorization": "Bearer b"]
        for _ in 0..<5 {
            #expect(await gateway.send("GET", "/whoami", key: nil).status == 401)
            #expect(await gateway.send("GET", "/whoami", key: nil, headers: two).status == 400)
            #expect(await gateway.send("GET", "/whoami?token=a", key: nil).status == 400)
            #expect(await gateway.send("GET", "/livez", key: .unknown).status == 200)
        }
        #expect(await gateway.send("GET", "/whoami", key: .unknown).status == 401)
    }

    @Test("a good key passes from an address that has spent its failures, and its headers are its own")
    func goodKeys() async throws {
        let gateway = try gateway()
        for _ in 0..<9 { _ = await gateway.send("GET", "/whoami", key: .unknown) }
        let answer = await gateway.send("GET", "/whoami")
        #expect(answer.status == 200)
        #expect(answer.headers.contains("RateLimit"))
        #expect(await gateway.send("GET", "/whoami", key: nil).status == 401, "asking without a key is no failure")
    }

    @Test("an address that waited as told may fail again, once")
    func refill() async throws {
        let gateway = try gateway()
        for _ in 0..<4 { _ = await gateway.send("GET", "/whoami", key: .unknown) }
        gateway.clock.advance(by: .milliseconds(19_999))
        #expect(await gateway.send("GET", "/whoami", key: .unknown).status == 429)
        gateway.clock.advance(by: .milliseconds(1))
        #expect(await gateway.send("GET", "/whoami", key: .unknown).status == 401)
        #expect(await gateway.send("GET", "/whoami", key: .unknown).status == 429)
    }

    @Test(
        "addresses count together when they are of one IPv4 address or of one /64",
        arguments: [
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true), ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
            ("192.0.2.1", "2001:db8::1", false), (nil, nil, true), (nil, "192.0.2.1", false),
        ] as [(String?, String?, Bool)])
    func addresses(one: String?, other: String?, isOne: Bool) async throws {
        let gateway = try gateway()
        for _ in 0..<3 { _ = await gateway.send("GET", "/whoami", key: .unknown, from: one) }
        let answer = await gateway.send("GET", "/whoami", key: .unknown, from: other)
        #expect(answer.status == (isOne ? 429 : 401))
    }

    @Test("behind a trusted proxy the client's address counts, not the proxy's")
    func proxies() async throws {
        let range = try #require(AddressRange("10.0.0.0/8"))
        let gateway = try gateway { $0.addresses.trusted = [range] }
        for _ in 0..<4 {
            _ = await gateway.send(
                "GET", "/whoami", key: .unknown, headers: ["X-Forwarded-For": "192.0.2.1"], from: "10.0.0.1")
        }
        for (client, status) in [("192.0.2.1", 429), ("192.0.2.2", 401)] {
            let answer = await gateway.send(
                "GET", "/whoami", key: .unknown, headers: ["X-Forwarded-For": client], from: "10.0.0.1")
            #expect(answer.status == status)
        }
    }

    @Test("without a limit nothing is counted")
    func off() async throws {
        let gateway = try gateway { $0.failureLimit = nil }
        for _ in 0..<50 { #expect(await gateway.send("GET", "/whoami", key: .unknown).status == 401) }
    }

    @Test("what costs to verify is verified while the address may fail, and then refused unverified")
    func verification() async throws {
        let costly = Costly()
        let gateway = try gateway { $0.authenticators = AuthenticatorChain([costly]) }
        func send(_ text: String) async -> Answer {
            await gateway.send("GET", "/whoami", key: nil, headers: ["Authorization": "Bearer \(text)"])
        }
        for _ in 0..<3 { #expect(await send("bad").status == 401) }
        #expect(costly.verified.withLock { $0 } == 3)
        for text in ["bad", "good"] {
            let answer = await send(text)
            #expect(answer.status == 429)
            #expect(answer.headers["Retry-After"] == ["20"])
            #expect(try gateway.log.last["cause"] == "not verified")
        }
        #expect(costly.verified.withLock { $0 } == 3, "nothing more was verified")
        #expect(await send("remembered").status == 200)
        gateway.clock.advance(by: .seconds(20))
        #expect(await send("good").status == 200)
        #expect(await send("good").status == 200, "what is good counts nothing")
    }

    /// A gateway that lets an address fail three times a minute.
    private func gateway(_ change: (inout RequestPolicy) -> Void = { _ in }) throws -> TestGateway {
        let limit = try #require(RateLimit(name: "failures", quota: 3, window: .seconds(60)))
        return TestGateway(
            change: { policy in
                policy.failureLimit = limit
                change(&policy)
            })
    }

    /// Verifies at a cost, but for what it remembers.
    private final class Costly: Authenticator {
        let verified = Mutex(0)

        func authenticate(
            _ credential: PresentedCredential, at now: Date, mayVerify: Bool
        ) async throws(AuthenticationFailure) -> Caller? {
            guard case .bearer(let text) = credential else { return nil }
            if text.expose() != "remembered" {
                guard mayVerify else { throw .unverified }
                verified.withLock { $0 += 1 }
                guard text.expose() == "good" else { throw .unknown }
            }
            return Caller(id: "issuer:one", name: "one", proof: .token(issuer: "issuer"), scopes: [])
        }
    }
}
