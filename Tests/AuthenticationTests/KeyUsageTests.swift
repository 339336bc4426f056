import Authentication
import Dispatch
import Foundation
import GatewayCore
import Testing

@Suite("Last-used times of keys")
struct KeyUsageTests {
    private let usage = KeyUsage()
    private let key: APIKey
    private let record: APIKeyRecord

    init() {
        (key, record) = APIKeyRecord.create(name: "a", scopes: [.conversionsRead], at: .start, expiresAt: .start + 600)
    }

    @Test("a good key's use is news, to the minute")
    func use() async throws {
        try await use(at: .start + 59.9)
        #expect(usage.news == [key.id: .start])
        try await use(at: .start + 60)
        #expect(usage.news == [key.id: .start + 60])
    }

    @Test("a use that comes in late does not set the time back")
    func order() async throws {
        try await use(at: .start + 120)
        try await use(at: .start)
        #expect(usage.news == [key.id: .start + 120])
    }

    @Test("a key that is refused is not used")
    func refused() async throws {
        let authenticator = APIKeyAuthenticator([record], usage: usage)
        let wrong = "jg_\(key.id)_" + APIKey.random().expose().suffix(43)
        for (text, date) in [(wrong, Date.start), (key.expose(), .start + 600), (APIKey.random().expose(), .start)] {
            await #expect(throws: AuthenticationFailure.self) {
                try await authenticator.authenticate(.bearer(Secret(text)), at: date)
            }
        }
        #expect(usage.news.isEmpty)
    }

    @Test("what is settled is no news any more; what comes after it is")
    func settled() async throws {
        try await use(at: .start)
        let news = usage.news
        try await use(at: .start + 60)
        usage.settle(news)
        #expect(usage.news == [key.id: .start + 60])
        usage.settle(usage.news)
        #expect(usage.news.isEmpty)
        try await use(at: .start + 61)
        #expect(usage.news.isEmpty, "the minute is written already")
    }

    @Test("authenticators of one key file after another note into one memory")
    func reload() async throws {
        for offset in [0.0, 60] {
            let authenticator = APIKeyAuthenticator([record], usage: usage)
            _ = try await authenticator.authenticate(.bearer(Secret(key.expose())), at: .start + offset)
        }
        #expect(usage.news == [key.id: .start + 60])
    }

    private func use(at date: Date) async throws {
        let authenticator = APIKeyAuthenticator([record], usage: usage)
        _ = try await authenticator.authenticate(.bearer(Secret(key.expose())), at: date)
    }
}
