import ArgumentParser
import Authentication
import Foundation
import GatewayApp
import GatewayCore
import RateLimiting

/// `jobgate keys`: makes, lists, rotates and revokes API keys.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Makes, lists, rotates and revokes API keys.",
        subcommands: [
            CreateKeyCommand.self, ListKeysCommand.self, RotateKeyCommand.self, RevokeKeyCommand.self,
        ])
}

/// `jobgate keys create`.
struct CreateKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a key and shows it once, alone on the last line of standard output.")

    @Option(help: "The key file; it is made when it is not there.")
    var file: String

    @Option(help: "Whose key it is.")
    var name: String

    @Option(
        help: ArgumentHelp(
            "What the key allows; may be repeated: \(Scope.allCases.map(\.rawValue).joined(separator: ", "))."))
    var scope: [String]

    @Option(help: "When it ends: a duration such as 90d, or a time such as 2027-01-01T00:00:00Z. Without it, never.")
    var expires: String?

    @Option(help: "The name of the limit that counts its requests.")
    var limit: String?

    @OptionGroup(title: "What it may use") var allowListOptions: AllowListOptions

    @Option(
        help: "The client that it belongs to, together with other keys. Without it, the key is a client of its own.")
    var client: String?

    func run() throws {
        guard APIKeyFile.isValid(name: name) else {
            throw ValidationError("--name is 1 to 64 characters without control characters")
        }
        let scopes = try scope.flatMap { $0.split(separator: ",") }.map { text in
            guard let scope = Scope(rawValue: String(text)) else {
                throw ValidationError(
                    "there is no scope `\(text)`; there are \(Scope.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return scope
        }
        guard !scopes.isEmpty else { throw ValidationError("--scope is given at least once") }
        if let limit, !RateLimit.isValid(name: limit) {
            throw ValidationError("--limit is a limit's name: 1 to 64 of A-Z, a-z, 0-9, `_` and `-`")
        }
        if let client, !APIKeyFile.isValid(client: client) {
            throw ValidationError("--client is a client's name: 1 to 64 of A-Z, a-z, 0-9, `.`, `_` and `-`")
        }
        let now = Date()
        var (key, record) = APIKeyRecord.create(
            name: name, scopes: Set(scopes), limitName: limit, allowList: try allowListOptions.allowList(), at: now,
            expiresAt: try ExpiryText.date(from: expires, at: now))
        record.client = client
        do {
            try APIKeyFile(path: file).update { records throws(APIKeyFile.Problem) in records.append(record) }
        } catch {
            Failure.report("jobgate: \(error)")
            throw ExitCode(1)
        }
        Failure.report("The key \(record.id) is in \(file). This is the only time that it is shown:")
        print(key.expose())
    }
}

/// `jobgate keys list`.
struct ListKeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the keys of a file, without anything secret.")

    @Option(help: "The key file.")
    var file: String

    @Option(help: "The file of last-used times. Without it, the key file's name with .used behind it.")
    var usageFile: String?

    @Flag(help: "As a JSON array.")
    var json = false

    func run() throws {
        let records: [APIKeyRecord]
        do {
            records = try APIKeyFile(path: file).read()
        } catch {
            Failure.report("jobgate: \(error)")
            throw ExitCode(1)
        }
        let uses = readUses()
        if json {
            print(try Self.document(records, uses ?? [:]))
        } else {
            for record in records { print(Self.row(record, uses)) }
        }
    }

    /// The last-used times; `nil` where there are none to be read, which is no failure.
    private func readUses() -> [String: Date]? {
        do {
            return try KeyUsageFile(path: usageFile ?? file + GatewayConfiguration.usageSuffix).read()
        } catch {
            Failure.report("jobgate: last-used times are not known: \(error)")
            return nil
        }
    }

    private static func lastUse(_ record: APIKeyRecord, _ uses: [String: Date]?) -> String {
        guard let uses else { return "unknown" }
        return uses[record.id]?.formatted(.iso8601) ?? "never"
    }

    private static func state(_ record: APIKeyRecord) -> String {
        if record.revokedAt != nil { return "revoked" }
        if let expiresAt = record.expiresAt, expiresAt <= Date() { return "expired" }
        return "active"
    }

    private static func row(_ record: APIKeyRecord, _ uses: [String: Date]?) -> String {
        let expires = record.expiresAt?.formatted(.iso8601) ?? "never"
        let scopes = record.scopes.map(\.rawValue).sorted().joined(separator: ",")
        let columns = [
            record.id, state(record), "expires \(expires)", "limit \(record.limitName ?? "default")",
        ]
        let more = [
            "client \(record.client ?? record.id)", "last used \(lastUse(record, uses))", scopes, record.name,
        ]
        return (columns + record.allowList.summary + more).joined(separator: "  ")
    }

    private static func document(_ records: [APIKeyRecord], _ uses: [String: Date]) throws -> String {
        let rows = records.map { record in
            Row(
                id: record.id, name: record.name, client: record.client, state: state(record),
                scopes: record.scopes.map(\.rawValue).sorted(),
                limit: record.limitName, targets: patterns(record.allowList.targets.allowed),
                projects: patterns(record.allowList.projects.allowed),
                transferJobs: patterns(record.allowList.transferJobs.allowed), deny: denials(record.allowList),
                createdAt: record.createdAt?.formatted(.iso8601),
                expiresAt: record.expiresAt?.formatted(.iso8601), revokedAt: record.revokedAt?.formatted(.iso8601),
                lastUsedAt: uses[record.id]?.formatted(.iso8601))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(rows), as: UTF8.self)
    }

    private static func patterns(_ globs: [Glob]?) -> [String]? { globs.map { $0.map(\.pattern) } }

    private static func denials(_ allowList: AllowList) -> [String: [String]]? {
        let denied = AllowList.Resource.allCases.filter { !allowList[$0].denied.isEmpty }
            .map { ($0.rawValue, allowList[$0].denied.map(\.pattern)) }
        return denied.isEmpty ? nil : Dictionary(uniqueKeysWithValues: denied)
    }

    private struct Row: Encodable {
        let id: String
        let name: String
        let client: String?
        let state: String
        let scopes: [String]
        let limit: String?
        let targets: [String]?
        let projects: [String]?
        let transferJobs: [String]?
        let deny: [String: [String]]?
        let createdAt: String?
        let expiresAt: String?
        let revokedAt: String?
        let lastUsedAt: String?
    }
}

/// `jobgate keys revoke`.
struct RevokeKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revokes a key; a running gateway refuses it within seconds.")

    @Option(help: "The key file.")
    var file: String

    @Argument(help: "The key's id, as `keys list` shows it.")
    var id: String

    func run() throws {
        let isKnown: Bool
        do {
            isKnown = try APIKeyFile(path: file).update { records throws(APIKeyFile.Problem) in
                guard let index = records.firstIndex(where: { $0.id == id }) else { return false }
                records[index].revokedAt = records[index].revokedAt ?? Date()
                return true
            }
        } catch {
            Failure.report("jobgate: \(error)")
            throw ExitCode(1)
        }
        guard isKnown else {
            Failure.report("jobgate: \(file): \(APIKeyFile.lacks(id))")
            throw ExitCode(1)
        }
        print("\(id) is revoked")
    }
}
