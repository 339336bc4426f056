import AWSRuntime
import Authentication
import Foundation
import GatewayAPI
import GatewayCore
import HTTPServer
import Jobs
import Logging
import RateLimiting

extension GatewayConfiguration {
    /// Reads and checks everything: flags over environment over file over defaults.
    ///
    /// - Parameters:
    ///   - flags: Settings of the command line, by dotted name.
    ///   - environment: The process's environment.
    ///   - path: The configuration file, where there is one.
    ///   - needsKeys: Whether a key file or an issuer of tokens must be there; what is there is checked in any case.
    /// - Returns: A configuration that works.
    /// - Throws: ``ConfigurationError`` with everything that is wrong, not only the first.
    package static func load(
        flags: [String: String], environment: [String: String], file path: String?, needsKeys: Bool = true
    ) async throws -> GatewayConfiguration {
        var file: ConfigurationFile?
        if let path { file = try await ConfigurationFile(path: path) }
        var reader = ConfigurationReader(flags: flags, environment: environment, file: file)
        var configuration = GatewayConfiguration()
        await configuration.readListen(&reader)
        await configuration.readServer(&reader)
        await configuration.readLimits(&reader)
        await configuration.readLimiter(&reader)
        await configuration.readCORS(&reader)
        await configuration.readAudit(&reader)
        await configuration.readAWS(&reader)
        await configuration.readTargets(&reader)
        await configuration.readReadOnly(&reader)
        await configuration.readIssuers(&reader)
        let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        if let level = await reader.value("log.level", "one of \(levels)", parse: Logger.Level.init(rawValue:)) {
            configuration.logLevel = level
        }
        configuration.keysFile = await reader.value("keys.file", "a path") { $0.isEmpty ? nil : $0 }
        await configuration.readCallers(&reader)
        let hasIssuers = !configuration.issuers.isEmpty || !reader.memberNamesInFile(of: "issuers").isEmpty
        if needsKeys && !hasIssuers || configuration.keysFile != nil { configuration.checkKeys(&reader) }
        reader.refuseUnknown(flags: flags, environment: environment)
        let problems = reader.problems + configuration.targetProblems(besides: reader.problems, environment)
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
        return configuration
    }

    /// What is wrong with the targets as a whole, besides what is said of single settings already.
    ///
    /// A region or a bundle that is wrong is named with its place; what follows from it is not said again.
    private func targetProblems(besides problems: [String], _ environment: [String: String]) -> [String] {
        func isNamed(_ text: String) -> Bool { problems.contains { $0.contains(text) } }
        var sound = self
        sound.targets.removeAll { isNamed("`targets.\($0.name).") }
        let areAllNamed = sound.targets.isEmpty && (!targets.isEmpty || isNamed("`targets`"))
        guard !areAllNamed, !isNamed("`aws.region`"), !isNamed("`aws.caBundle`") else { return [] }
        do {
            _ = try AWSTarget.resolveAll(sound, environment: environment)
            return []
        } catch {
            return error.problems
        }
    }

    private mutating func readListen(_ reader: inout ConfigurationReader) async {
        let host = await reader.value("listen.host", "an address of this machine, or a name that resolves to one") {
            ListeningSocket.resolves(host: $0) ? $0 : nil
        }
        listen.host = host ?? listen.host
        listen.port = await reader.integer("listen.port", 0...65_535) ?? listen.port
        listen.backlog = await reader.integer("listen.backlog", 1...65_535) ?? listen.backlog
        let adminHost = await reader.value("admin.host", "an address of this machine, or a name that resolves to one") {
            ListeningSocket.resolves(host: $0) ? $0 : nil
        }
        admin.host = adminHost ?? admin.host
        admin.port = await reader.integer("admin.port", 0...65_535)
    }

    private mutating func readServer(_ reader: inout ConfigurationReader) async {
        let sizes: [(String, WritableKeyPath<ServerLimits, Int>, ClosedRange<Int>)] = [
            ("maxConnections", \.maxConnections, 1...1_000_000),
            ("maxRequestLineBytes", \.maxRequestLineBytes, 128...65_536),
            ("maxHeaderBytes", \.maxHeaderBytes, 512...1_048_576),
            ("maxHeaderFields", \.maxHeaderFields, 4...1_000),
            ("maxBodyBytes", \.maxBodyBytes, 0...67_108_864),
        ]
        for (name, path, range) in sizes {
            if let value = await reader.integer("server.\(name)", range) { server[keyPath: path] = value }
        }
        let durations: [(String, WritableKeyPath<ServerLimits, Duration>)] = [
            ("headerTimeout", \.headerTimeout), ("requestTimeout", \.requestTimeout), ("idleTimeout", \.idleTimeout),
            ("drainTimeout", \.drainTimeout),
        ]
        for (name, path) in durations {
            if let value = await reader.duration("server.\(name)") { server[keyPath: path] = value }
        }
    }

    private mutating func readLimits(_ reader: inout ConfigurationReader) async {
        let expected = "limits such as `default=60/60s` (NAME=QUOTA/WINDOW[:BURST])"
        limits = await reader.list("limits", expected, parse: RateLimit.init(text:)) ?? []
        for (index, limit) in limits.enumerated() where limits[..<index].contains(where: { $0.name == limit.name }) {
            reader.add(problem: "the limit `\(limit.name)` stands there twice", of: "limits")
        }
        if !limits.contains(where: { $0.name == Self.defaultLimitName }),
            let standard = RateLimit(name: Self.defaultLimitName, quota: 60, window: .seconds(60))
        {
            limits.append(standard)
        }
    }

    private mutating func readCORS(_ reader: inout ConfigurationReader) async {
        let expected =
            "origins such as https://app.example.com or http://localhost:3000"
            + " (scheme, host, port, and no slash behind them; neither `*` nor `null`)"
        // A URL that was taken for an origin may hold a password, which stands before an `@`.
        let origins = await reader.list(
            "cors.origins", expected, isQuotable: { !$0.contains("@") }, parse: Origin.init(text:))
        cors.origins = origins ?? []
        cors.maxAge = await reader.duration("cors.maxAge") ?? cors.maxAge
    }

    private func checkKeys(_ reader: inout ConfigurationReader) {
        guard let keysFile else {
            reader.add(
                problem: "`keys.file` is missing: the path of a file made by `jobgate keys create --file`",
                of: "keys.file")
            return
        }
        do {
            let records = try APIKeyFile(path: keysFile).read()
            for record in records {
                guard let name = record.limitName, !limits.contains(where: { $0.name == name }) else { continue }
                reader.add(
                    problem: "\(keysFile): the key `\(record.id)` names a limit `\(name)` that is not configured",
                    of: "limits")
            }
            for record in records {
                for pattern in record.allowList.targets.patterns(fittingNoneOf: targetNames) {
                    reader.add(
                        problem:
                            "\(keysFile): the key `\(record.id)` names a target `\(pattern)` that is not configured",
                        of: "targets")
                }
            }
        } catch {
            reader.add(problem: "`keys.file`: \(error.description)", of: "keys.file")
        }
    }
}

extension ConfigurationReader {
    /// Reads a whole number within a range.
    mutating func integer(_ key: String, _ range: ClosedRange<Int>) async -> Int? {
        await value(key, "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// Reads a duration of at least a millisecond and at most a day.
    mutating func duration(_ key: String) async -> Duration? {
        await value(key, "a duration from 1ms to 1d, such as 10s") { text in
            DurationText.parse(text).flatMap { $0 >= .milliseconds(1) && $0 <= .seconds(86_400) ? $0 : nil }
        }
    }
}
