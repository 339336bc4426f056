import GatewayCore
import RateLimiting
import Testing

@Suite("Redis endpoint")
struct RedisEndpointTests {
    @Test(
        "a URL names host, port and database",
        arguments: [
            ("redis://cache", "cache:6379", 0), ("redis://cache:7000", "cache:7000", 0),
            ("redis://cache/", "cache:6379", 0),
            ("redis://10.0.0.7:6380/12", "10.0.0.7:6380", 12), ("redis://[::1]", "[::1]:6379", 0),
            ("redis://[fe80::1%eth0]:6380/2", "[fe80::1%eth0]:6380", 2),
            ("REDIS://cache.example.com", "cache.example.com:6379", 0),
            ("unix:///run/redis.sock", "/run/redis.sock", 0), ("unix:///run/redis.sock?db=4", "/run/redis.sock", 4),
        ])
    func good(text: String, name: String, database: Int) throws {
        let endpoint = try #require(RedisEndpoint(url: text))
        #expect(endpoint.publicName == name)
        #expect(endpoint.database == database)
        #expect(!endpoint.usesTLS)
        #expect(endpoint.username == nil)
        #expect(endpoint.password == nil)
    }

    @Test("rediss means TLS")
    func tls() {
        #expect(RedisEndpoint(url: "rediss://cache")?.usesTLS == true)
    }

    @Test(
        "user and password stand before the last @ and are percent-decoded",
        arguments: [
            ("redis://limiter@cache", "limiter", nil), ("redis://limiter:pass@cache", "limiter", "pass"),
            ("redis://:pass@cache", nil, "pass"), ("rediss://a%40b:p%3A%2F%25@cache:1/1", "a@b", "p:/%"),
            ("redis://limiter:p@ss:w@cache", "limiter", "p@ss:w"), ("unix://:pass@/run/redis.sock", nil, "pass"),
        ] as [(String, String?, String?)])
    func user(text: String, name: String?, password: String?) throws {
        let endpoint = try #require(RedisEndpoint(url: text))
        #expect(endpoint.username == name)
        #expect(endpoint.password?.expose() == password)
    }

    @Test(
        "what is no such URL is refused",
        arguments: [
            "", "cache", "cache:6379", "redis:", "redis://", "redis:///0", "redis://:6379", "http://cache",
            "redis://cache:",
            "redis://cache:0", "redis://cache:65536", "redis://cache:6379x", "redis://cache/x", "redis://cache/-1",
            "redis://cache/0/1", "redis://cache?db=1", "redis://a b", "redis://cache\n", "redis://[cache]",
            "redis://[::1",
            "redis://[::1]x", "redis://@cache", "redis://user:@cache", "redis://%zz@cache", "redis://u:%f@cache",
            "redis://\u{e9}", "unix://", "unix:///", "unix://host/run/redis.sock", "unix:///run/redis.sock?password=x",
            "unix:///run/redis.sock?db=x", "unix:///" + String(repeating: "a", count: 107),
        ])
    func bad(text: String) {
        #expect(RedisEndpoint(url: text) == nil)
    }

    @Test("endpoints that differ in any part are not the same")
    func equality() {
        let one = RedisEndpoint(url: "redis://user:pass@cache:6379/1")
        #expect(one == RedisEndpoint(url: "redis://user:pass@cache/1"))
        for other in [
            "redis://user:word@cache/1", "redis://user@cache/1", "rediss://user:pass@cache/1",
            "redis://user:pass@cache/2",
        ] {
            #expect(one != RedisEndpoint(url: other))
        }
    }

    @Test("a password is in no description")
    func description() throws {
        let endpoint = try #require(RedisEndpoint(url: "redis://user:hunter2@cache"))
        var dumped = ""
        dump(endpoint, to: &dumped)
        for text in ["\(endpoint)", String(reflecting: endpoint), endpoint.publicName, dumped] {
            #expect(!text.contains("hunter2"))
        }
    }
}

@Suite("Redis error")
struct RedisErrorTests {
    @Test(
        "an error reply is known by its code",
        arguments: [
            ("NOAUTH Authentication required.", "NOAUTH"),
            ("OOM command not allowed when used memory > 'maxmemory'.", "OOM"),
            ("MOVED 3999 127.0.0.1:6381", "MOVED"), ("ERR unknown command", "ERR"), ("", "ERR"), ("lower case", "ERR"),
            ("READONLY", "READONLY"), (String(repeating: "A", count: 21), "ERR"),
        ])
    func code(reply: String, code: String) {
        #expect(RedisError(reply: reply) == .refused(code: code))
    }

    @Test("what a store repeats of a command is not kept")
    func arguments() {
        let error = RedisError(reply: "ERR unknown command 'AUTH', with args beginning with: 'hunter2' ")
        #expect(!"\(error)".contains("hunter2"))
        #expect(!String(reflecting: error).contains("hunter2"))
    }
}
