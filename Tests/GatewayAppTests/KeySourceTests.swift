import Authentication
import Foundation
import GatewayApp
import GatewayCore
import Logging
import Observability
import RateLimiting
import Synchronization
import Testing

@Suite("A watched key file")
struct KeySourceTests {
    private let workspace: Workspace
    private let source: KeySource
    private let authenticator: APIKeyAuthenticator
    private let first: (key: APIKey, record: APIKeyRecord)
    private let second: (key: APIKey, record: APIKeyRecord)
    private let log = Log()

    init() throws {
        workspace = try Workspace()
        first = APIKeyRecord.create(name: "first", scopes: [.conversionsRead], at: Date())
        second = APIKeyRecord.create(name: "second", scopes: [.conversionsRead], limitName: "batch", at: Date())
        try APIKeyFile(path: workspace.path + "/keys.yaml").write([first.record])
        source = try KeySource.file(workspace.path + "/keys.yaml")
        authenticator = APIKeyAuthenticator(source.records)
    }

    @Test("is read once at the start")
    func start() async {
        #expect(source.records.map(\.id) == [first.record.id])
        #expect(await isKnown(first.key))
        #expect(await !isKnown(second.key))
    }

    @Test("gives new keys to a running gateway, and takes old ones away")
    func adoption() async throws {
        var watch = try #require(newWatch())
        try write([second.record])
        watch.look()
        #expect(await isKnown(second.key))
        #expect(await !isKnown(first.key))
        #expect(log.messages.contains { $0.contains("\"keys reloaded\"") && $0.contains("\"keys\":1") })
    }

    @Test("revokes a key within one look")
    func revocation() async throws {
        var watch = try #require(newWatch())
        var record = first.record
        record.revokedAt = Date()
        try write([record])
        watch.look()
        #expect(await !isKnown(first.key))
    }

    @Test("loses no change that was made between the start and the first look")
    func changeBeforeWatch() async throws {
        try write([first.record, second.record])
        var watch = try #require(newWatch())
        watch.look()
        #expect(await isKnown(second.key))
    }

    @Test("is not read again while it is as it was")
    func unchanged() async throws {
        var watch = try #require(newWatch())
        for _ in 0..<3 { watch.look() }
        #expect(log.messages.isEmpty)
    }

    @Test("changes nothing while it is broken or gone, says so once, and is taken up again when it is whole")
    func broken() async throws {
        var watch = try #require(newWatch())
        try workspace.write("keys.yaml", "keys: [")
        for _ in 0..<3 { watch.look() }
        #expect(await isKnown(first.key))
        #expect(log.messages.count == 1)
        #expect(log.messages.first?.contains("\"level\":\"error\"") == true)
        try FileManager.default.removeItem(atPath: workspace.path + "/keys.yaml")
        for _ in 0..<3 { watch.look() }
        #expect(await isKnown(first.key))
        #expect(log.messages.count == 2)
        try write([second.record])
        watch.look()
        #expect(await isKnown(second.key))
        #expect(await !isKnown(first.key))
    }

    @Test("warns of a key whose limit is not configured, which the default one then counts")
    func unknownLimit() async throws {
        var watch = try #require(newWatch())
        try write([first.record, second.record])
        watch.look()
        #expect(await isKnown(second.key))
        let warnings = log.messages.filter { $0.contains("\"level\":\"warning\"") }
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("\"key\":\"\(second.record.id)\"") == true)
        #expect(warnings.first?.contains("\"limit\":\"batch\"") == true)
    }

    @Test("warns of no limit that is configured")
    func knownLimit() async throws {
        var watch = try #require(newWatch(limits: ["default", "batch"]))
        try write([first.record, second.record])
        watch.look()
        #expect(log.messages.count == 1)
    }

    @Test("warns of each target of an allow-list that is not configured, and of no other")
    func unknownTargets() async throws {
        let (key, record) = APIKeyRecord.create(
            name: "third", scopes: [.conversionsRead], targets: ["prod-eu", "gone", "away"], at: Date())
        var watch = try #require(newWatch(targets: ["prod-eu", "prod-us"]))
        try write([first.record, record])
        watch.look()
        #expect(await isKnown(key))
        let warnings = log.messages.filter { $0.contains("\"level\":\"warning\"") }
        #expect(warnings.count == 2)
        #expect(warnings.allSatisfy { $0.contains("\"key\":\"\(record.id)\"") })
        #expect(warnings.first?.contains("\"target\":\"away\"") == true)
        #expect(warnings.last?.contains("\"target\":\"gone\"") == true)
    }

    @Test("warns of no target where the configured ones are not known")
    func noTargets() throws {
        let record = APIKeyRecord.create(name: "a", scopes: [.conversionsRead], targets: ["gone"], at: Date()).record
        var watch = try #require(newWatch())
        try write([record])
        watch.look()
        #expect(log.messages.count == 1)
    }

    @Test("is not what keys in memory need")
    func memory() {
        let source = KeySource.memory([first.record])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        #expect(source.watch(adopting: authenticator, limits: [], logger: logger) == nil)
    }

    private func newWatch(limits: [String] = ["default"], targets: [String]? = nil) -> KeyFileWatch? {
        let log = log
        let logger = Logger(label: "test") { _ in JSONLogHandler(level: .trace) { log.append($0) } }
        return source.watch(
            adopting: authenticator,
            limits: limits.compactMap { RateLimit(name: $0, quota: 1, window: .seconds(1)) }, targets: targets,
            logger: logger)
    }

    private func write(_ records: [APIKeyRecord]) throws {
        try APIKeyFile(path: workspace.path + "/keys.yaml").write(records)
    }

    private func isKnown(_ key: APIKey) async -> Bool {
        (try? await authenticator.authenticate(.bearer(Secret(key.expose())), at: Date())) != nil
    }

    /// Keeps every line.
    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])

        var messages: [String] { lines.withLock { $0 } }

        func append(_ line: [UInt8]) { lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    }
}
