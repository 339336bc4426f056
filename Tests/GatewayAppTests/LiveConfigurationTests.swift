import Authentication
import Foundation
import GatewayAPI
import GatewayApp
import GatewayCore
import Logging
import Observability
import RateLimiting
import Synchronization
import Testing

@Suite("A live configuration")
struct LiveConfigurationTests {
    private let workspace: Workspace
    private let first: (key: APIKey, record: APIKeyRecord)
    private let second: (key: APIKey, record: APIKeyRecord)
    private let log = Log()

    init() throws {
        workspace = try Workspace()
        first = APIKeyRecord.create(name: "first", scopes: [.conversionsRead], at: Date())
        second = APIKeyRecord.create(name: "second", scopes: [.conversionsRead], limitName: "batch", at: Date())
        try write([first.record])
        try configure("limits: [default=60/60s]")
    }

    // MARK: The key file

    @Test("knows the keys of the start")
    func start() async throws {
        let live = try await begin().live
        #expect(await isKnown(first.key, to: live))
        #expect(await !isKnown(second.key, to: live))
    }

    @Test("gives new keys to a running gateway, and takes old ones away")
    func adoption() async throws {
        var (live, watch) = try await begin()
        try write([second.record])
        await watch.look()
        #expect(await isKnown(second.key, to: live))
        #expect(await !isKnown(first.key, to: live))
        #expect(log.messages.contains { $0.contains("\"keys reloaded\"") && $0.contains("\"keys\":1") })
    }

    @Test("revokes a key within one look, also while the configuration file is broken", arguments: [false, true])
    func revocation(isBroken: Bool) async throws {
        var (live, watch) = try await begin()
        if isBroken { try configure("limits: [") }
        var record = first.record
        record.revokedAt = Date()
        try write([record])
        await watch.look()
        #expect(await !isKnown(first.key, to: live))
        #expect(live.status.problems.count == (isBroken ? 1 : 0))
    }

    @Test("loses no change that was made between the reading and the first look")
    func changeBeforeWatch() async throws {
        var (live, watch) = try await begin(changing: { try write([first.record, second.record]) })
        await watch.look()
        #expect(await isKnown(second.key, to: live))
    }

    @Test("reads nothing again while the files are as they were")
    func unchanged() async throws {
        var (live, watch) = try await begin()
        let adoptedAt = live.status.adoptedAt
        for _ in 0..<3 { await watch.look() }
        #expect(log.messages.isEmpty)
        #expect(live.status.adoptedAt == adoptedAt)
    }

    @Test("keeps the keys while their file is broken or gone, says so once, and takes it up when it is whole")
    func brokenKeys() async throws {
        var (live, watch) = try await begin()
        try workspace.write("keys.yaml", "keys: [")
        for _ in 0..<3 { await watch.look() }
        #expect(await isKnown(first.key, to: live))
        #expect(log.messages.count == 1)
        #expect(log.messages.first?.contains("\"level\":\"error\"") == true)
        #expect(live.status.problems.count == 1)
        try FileManager.default.removeItem(atPath: workspace.path + "/keys.yaml")
        for _ in 0..<3 { await watch.look() }
        #expect(await isKnown(first.key, to: live))
        #expect(log.messages.count == 2)
        try write([second.record])
        await watch.look()
        #expect(await isKnown(second.key, to: live))
        #expect(await !isKnown(first.key, to: live))
        #expect(live.status.problems.isEmpty)
    }

    @Test("warns of a key whose limit is not configured, which the default one then counts")
    func unknownLimit() async throws {
        var (live, watch) = try await begin()
        try write([first.record, second.record])
        await watch.look()
        #expect(await isKnown(second.key, to: live))
        #expect(log.warnings.count == 1)
        #expect(log.warnings.first?.contains("\"key\":\"\(second.record.id)\"") == true)
        #expect(log.warnings.first?.contains("\"limit\":\"batch\"") == true)
    }

    @Test("warns of each target of an allow-list that is not configured, and of no other")
    func unknownTargets() async throws {
        let (key, record) = APIKeyRecord.create(
            name: "third", scopes: [.conversionsRead],
            allowList: AllowList(targets: AccessRule(allowed: ["default", "gone", "away"].compactMap(Glob.init))),
            at: Date())
        var (live, watch) = try await begin()
        try write([first.record, record])
        await watch.look()
        #expect(await isKnown(key, to: live))
        #expect(log.warnings.count == 2)
        #expect(log.warnings.allSatisfy { $0.contains("\"key\":\"\(record.id)\"") })
        #expect(log.warnings.first?.contains("\"target\":\"away\"") == true)
        #expect(log.warnings.last?.contains("\"target\":\"gone\"") == true)
    }

    @Test("leaves keys in memory alone")
    func memory() async throws {
        let configuration = try await source.load()
        let live = try live(of: configuration, keys: [second.record])
        var watch = watch(live, keys: .memory([second.record]), seen: [:], source: nil)
        await watch.look(isForced: true)
        #expect(await isKnown(second.key, to: live))
        #expect(await !isKnown(first.key, to: live))
        #expect(log.messages.isEmpty)
    }

    // MARK: The configuration file

    @Test("takes up another configuration whole when its file changes, or when asked", arguments: [false, true])
    func reload(isForced: Bool) async throws {
        var (live, watch) = try await begin()
        try configure("limits: [default=7/60s, batch=9/60s]\ncors: {origins: [https://app.example.com]}")
        try write([second.record])
        await watch.look(isForced: isForced)
        #expect(await limit(of: first.key, live) == nil)
        #expect(await limit(of: second.key, live)?.quota == 9)
        #expect(live.policy.cors.origins.map(\.text) == ["https://app.example.com"])
        #expect(log.messages.count == 1)
        #expect(log.messages.first?.contains("\"configuration reloaded\"") == true)
    }

    @Test("reads everything again when asked, changed or not")
    func forced() async throws {
        var (live, watch) = try await begin()
        let adoptedAt = live.status.adoptedAt
        await watch.look(isForced: true)
        #expect(live.status.adoptedAt > adoptedAt)
        #expect(log.messages.count == 1)
    }

    @Test(
        "changes nothing but the health while the file is wrong, and says so once",
        arguments: ["limits: [", "limits: [default=0/60s]", "limit: [default=7/60s]", "cors: {origins: ['*']}", "- a"])
    func rejected(yaml: String) async throws {
        var (live, watch) = try await begin()
        let adoptedAt = live.status.adoptedAt
        try configure(yaml)
        for _ in 0..<3 { await watch.look() }
        await watch.look(isForced: true)
        #expect(await limit(of: first.key, live)?.quota == 60)
        #expect(live.status.problems.count == 1)
        #expect(live.status.problems.first?.contains("jobgate.yaml") == true)
        #expect(log.messages.count { $0.contains("\"level\":\"error\"") } == 1)
        try configure("limits: [default=7/60s]")
        await watch.look()
        #expect(await limit(of: first.key, live)?.quota == 7)
        #expect(live.status.problems.isEmpty)
        #expect(live.status.adoptedAt > adoptedAt)
    }

    @Test("does not take a file that is being written, and empty at that moment, for one without settings")
    func emptied() async throws {
        var (live, watch) = try await begin()
        try configure("readOnly: {enabled: true}")
        await watch.look()
        try workspace.write("jobgate.yaml", "")
        await watch.look()
        await watch.look(isForced: true)
        #expect(live.policy.readOnly.gatewayMessage != nil)
        #expect(live.status.problems.first?.contains("is empty") == true)
        try configure("{}")
        await watch.look()
        #expect(live.policy.readOnly.gatewayMessage == nil)
        #expect(live.status.problems.isEmpty)
    }

    @Test("does not read a file that is far too large, and says so", arguments: ["jobgate.yaml", "keys.yaml"])
    func tooLarge(name: String) async throws {
        var (live, watch) = try await begin()
        // A gigabyte that takes no room on the disk.
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: workspace.path + "/" + name))
        try file.truncate(atOffset: 1 << 30)
        try file.close()
        await watch.look()
        #expect(live.status.problems.first?.contains("is larger than") == true)
        #expect(await isKnown(first.key, to: live))
        #expect(await limit(of: first.key, live)?.quota == 60)
    }

    @Test("refuses a configuration without the limit that a key names")
    func danglingLimit() async throws {
        try configure("limits: [batch=9/60s]")
        try write([second.record])
        var (live, watch) = try await begin()
        try configure("limits: [default=9/60s]")
        await watch.look()
        #expect(await limit(of: second.key, live)?.name == "batch")
        #expect(live.status.problems.first?.contains("`batch`") == true)
    }

    @Test("names the settings that take effect at the next start, and keeps warning of no other")
    func restart() async throws {
        var (_, watch) = try await begin()
        try configure("listen: {port: 9}\nlog: {level: debug}\nlimiter: {replicas: 2}\nlimits: [default=7/60s]")
        await watch.look()
        #expect(log.warnings.count == 1)
        #expect(log.warnings.first?.contains("\"settings\":\"listen, limiter, log\"") == true)
    }

    @Test("follows the configuration to another key file, and watches that one from then on")
    func otherKeyFile() async throws {
        try configure("keys: {file: '\(workspace.path)/keys.yaml'}")
        var (live, watch) = try await begin(flags: [:])
        try APIKeyFile(path: workspace.path + "/others.yaml").write([])
        try configure("keys: {file: '\(workspace.path)/others.yaml'}")
        await watch.look()
        #expect(await !isKnown(first.key, to: live))
        try APIKeyFile(path: workspace.path + "/others.yaml").write([first.record])
        await watch.look()
        #expect(await isKnown(first.key, to: live))
    }

    // MARK: Support

    private func begin(
        flags: [String: String]? = nil, changing change: () throws -> Void = {}
    ) async throws -> (live: LiveConfiguration, watch: ConfigurationWatch) {
        let source = source(flags)
        let configuration = try await source.load()
        let seen = ConfigurationWatch.stamps(of: configuration, source: source)
        let live = try live(of: configuration, keys: try APIKeyFile(path: workspace.path + "/keys.yaml").read())
        try change()
        return (live, watch(live, keys: .file, seen: seen, source: source))
    }

    private var source: ConfigurationSource { source(nil) }

    private func source(_ flags: [String: String]?) -> ConfigurationSource {
        ConfigurationSource(
            flags: flags ?? ["keys.file": workspace.path + "/keys.yaml"],
            environment: ["HOME": workspace.path, "AWS_REGION": "eu-central-1"], path: workspace.path + "/jobgate.yaml")
    }

    private func live(of configuration: GatewayConfiguration, keys: [APIKeyRecord]) throws -> LiveConfiguration {
        let keySets = KeySets { _ in { _, _ throws(KeySetFault) in throw .timedOut } }
        let parts = SharedParts(limiter: InMemoryRateLimiter(), keySets: keySets, targetNames: ["default"])
        return try LiveConfiguration(configuration, keys: keys, assembly: PolicyAssembly(parts))
    }

    private func watch(
        _ live: LiveConfiguration, keys: KeySource, seen: [String: FileStamp], source: ConfigurationSource?
    ) -> ConfigurationWatch {
        let log = log
        let logger = Logger(label: "test") { _ in JSONLogHandler(level: .trace) { log.append($0) } }
        return ConfigurationWatch(live: live, source: source, keys: keys, seen: seen, logger: logger)
    }

    private func configure(_ yaml: String) throws {
        try workspace.write("jobgate.yaml", yaml + "\n")
    }

    private func write(_ records: [APIKeyRecord]) throws {
        try APIKeyFile(path: workspace.path + "/keys.yaml").write(records)
    }

    private func isKnown(_ key: APIKey, to live: LiveConfiguration) async -> Bool {
        await caller(key, live) != nil
    }

    private func limit(of key: APIKey, _ live: LiveConfiguration) async -> RateLimit? {
        await caller(key, live).map(live.policy.limit(for:))
    }

    private func caller(_ key: APIKey, _ live: LiveConfiguration) async -> Caller? {
        try? await live.policy.authenticators.authenticate(
            .bearer(Secret(key.expose())), at: Date(), mayVerify: true)
    }

    /// Keeps every line.
    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])

        var messages: [String] { lines.withLock { $0 } }

        var warnings: [String] { messages.filter { $0.contains("\"level\":\"warning\"") } }

        func append(_ line: [UInt8]) { lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    }
}
