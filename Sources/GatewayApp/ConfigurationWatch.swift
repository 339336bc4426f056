import Authentication
import Foundation
import GatewayCore
package import Logging
import Observability
import RateLimiting

/// Takes up what changes in the configuration's files; a broken file changes nothing.
///
/// The key file stands by itself: a key that is revoked is refused also while the configuration file is broken.
package struct ConfigurationWatch: Sendable {
    private let live: LiveConfiguration
    private let source: ConfigurationSource?
    private let keys: KeySource
    private let started: GatewayConfiguration
    private let logger: Logger
    private var seen: [String: FileStamp]
    private var reported: [LiveConfiguration.Part: String] = [:]

    /// Begins to watch.
    ///
    /// - Parameters:
    ///   - live: Who gets what is good.
    ///   - source: Where the configuration comes from; `nil` for one that cannot be read again.
    ///   - keys: Where the keys come from.
    ///   - seen: How the files were before they were read, so that the first look sees a change made in between.
    ///   - logger: Takes a line for each change.
    package init(
        live: LiveConfiguration, source: ConfigurationSource?, keys: KeySource, seen: [String: FileStamp],
        logger: Logger
    ) {
        self.live = live
        self.source = source
        self.keys = keys
        self.seen = seen
        self.logger = logger
        started = live.configuration
    }

    /// How the files of a configuration are now, by their paths.
    package static func stamps(of configuration: GatewayConfiguration, source: ConfigurationSource?) -> [String:
        FileStamp]
    {
        let paths = [source?.path, configuration.keysFile].compactMap(\.self)
        return Dictionary(paths.map { ($0, FileStamp(path: $0)) }) { first, _ in first }
    }

    /// Looks at the files once; those that are as they were are not read again.
    ///
    /// - Parameter isForced: Whether all that the source gives is to be read, changed or not.
    package mutating func look(isForced: Bool = false) async {
        let configuration = live.configuration
        let now = Self.stamps(of: configuration, source: source)
        let hasChanged = source?.path.map { now[$0] != seen[$0] } ?? false
        if let source, isForced || hasChanged || reported[.configuration] != nil {
            guard await !reload(from: source, now) else { return }
        }
        guard keys.isFile, let path = configuration.keysFile else { return }
        if now[path] != seen[path] || reported[.keys] != nil { reloadKeys(at: path, now) }
    }

    /// Reads everything; whether it was good.
    private mutating func reload(from source: ConfigurationSource, _ now: [String: FileStamp]) async -> Bool {
        do {
            try Self.refuseEmpty(source.path)
            let configuration = try await source.load(needsKeys: keys.isFile)
            let records = try keys.records(for: configuration)
            let before = live.configuration.readOnly
            try live.adopt(configuration, keys: records)
            logger.info("configuration reloaded", metadata: ["keys": .json(.integer(records.count))])
            warn(of: configuration.partsForRestart(since: started))
            // What is in force: of a target that the file lost, a switch stays.
            let after = live.configuration.readOnly
            if after != before { after.log(to: logger) }
            // A file that is named for the first time has no earlier stamp.
            seen = Self.stamps(of: configuration, source: source).merging(now) { $1 }
        } catch {
            report("\(error)", of: .configuration, "the configuration is not valid; the rules stay as they were")
            return false
        }
        for part in LiveConfiguration.Part.allCases { resolve(part) }
        return true
    }

    /// Whoever writes a file in place empties it first; at that moment it would say that nothing is switched off.
    private static func refuseEmpty(_ path: String?) throws(ConfigurationError) {
        guard let path, let status = try? FileStatus(of: path), status.isRegular, status.size == 0 else { return }
        throw ConfigurationError(problems: ["\(path): the file is empty; `{}` stands for no settings"])
    }

    private mutating func reloadKeys(at path: String, _ now: [String: FileStamp]) {
        do {
            let records = try keys.records(for: live.configuration)
            try live.adopt(nil, keys: records)
            seen[path] = now[path]
            resolve(.keys)
            logger.info("keys reloaded", metadata: ["keys": .json(.integer(records.count))])
            for record in records { warn(of: record) }
        } catch {
            report("\(error)", of: .keys, "the key file is broken; the keys stay as they were")
        }
    }

    /// Says once what is wrong; the file is tried again at every look, for not every repair shows from outside.
    private mutating func report(_ problem: String, of part: LiveConfiguration.Part, _ sentence: Logger.Message) {
        live.note(problem, of: part)
        guard reported[part] != problem else { return }
        reported[part] = problem
        logger.error(sentence, metadata: ["cause": .string(problem)])
    }

    private mutating func resolve(_ part: LiveConfiguration.Part) {
        reported[part] = nil
        live.note(nil, of: part)
    }

    private func warn(of parts: [String]) {
        guard !parts.isEmpty else { return }
        logger.warning(
            "some settings take effect at the next start",
            metadata: ["settings": .string(parts.joined(separator: ", "))])
    }

    private func warn(of record: APIKeyRecord) {
        let configuration = live.configuration
        if let limit = record.limitName, !configuration.limits.contains(where: { $0.name == limit }) {
            logger.warning(
                "a key names a limit that is not configured; the default one counts it",
                metadata: ["key": .string(record.id), "limit": .string(limit)])
        }
        for target in record.allowList.targets.patterns(fittingNoneOf: configuration.targetNames) {
            logger.warning(
                "a key names a target that is not configured",
                metadata: ["key": .string(record.id), "target": .string(target)])
        }
    }
}

extension KeySource {
    fileprivate var isFile: Bool {
        if case .file = self { true } else { false }
    }
}
