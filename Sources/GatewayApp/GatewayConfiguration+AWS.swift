import AWSRuntime
import Authentication
import Foundation
import Resilience

extension GatewayConfiguration {
    mutating func readAWS(_ reader: inout ConfigurationReader) async {
        aws.region = await reader.region("aws.region")
        aws.profile = await reader.value("aws.profile", "a profile's name") { $0.isEmpty ? nil : $0 }
        aws.timeout = await reader.duration("aws.timeout") ?? aws.timeout
        aws.connectTimeout = await reader.duration("aws.connectTimeout") ?? aws.connectTimeout
        aws.maxAttempts = await reader.integer("aws.maxAttempts", 1...10)
        aws.caBundle = await reader.value("aws.caBundle", "the path of a PEM file that can be read") { path in
            FileManager.default.isReadableFile(atPath: path) ? path : nil
        }
        if let budget = await reader.budget("aws.budget.dms") { aws.databaseMigrationBudget = budget.settings }
        if let budget = await reader.budget("aws.budget.iottwinmaker") { aws.twinMakerBudget = budget.settings }
        aws.maxSessions = await reader.integer("aws.maxSessions", 1...10_000) ?? aws.maxSessions
        await readBreaker(&reader)
    }

    private mutating func readBreaker(_ reader: inout ConfigurationReader) async {
        let standard = CircuitBreakerSettings()
        let isOn = await reader.value("aws.breaker", "`on` or `off`") { ["on": true, "off": false][$0] }
        let window = await reader.duration("aws.breakerWindow")
        let minimumCalls = await reader.integer("aws.breakerMinimumCalls", 1...100_000)
        let percent = await reader.integer("aws.breakerFailurePercent", 1...100)
        let open = await reader.duration("aws.breakerOpen")
        guard isOn ?? true else {
            aws.breaker = nil
            return
        }
        let openDuration = open ?? standard.openDuration
        aws.breaker = CircuitBreakerSettings(
            window: window ?? standard.window, minimumCalls: minimumCalls ?? standard.minimumCalls,
            failureRatio: percent.map { Double($0) / 100 } ?? standard.failureRatio, openDuration: openDuration,
            longestOpenDuration: openDuration * 2,
            probeLifetime: max(standard.probeLifetime, aws.timeout + openDuration))
    }

    mutating func readTargets(_ reader: inout ConfigurationReader) async {
        let names = await reader.memberNames(of: "targets", called: "target")
        for name in names { targets.append(await Target(name: name, &reader)) }
        // A list of names may leave out some of the file's: what is said of those is checked, and not used.
        for name in reader.memberNamesInFile(of: "targets") where !names.contains(name) {
            _ = await Target(name: name, &reader)
        }
    }
}

extension GatewayConfiguration.Target {
    fileprivate init(name: String, _ reader: inout ConfigurationReader) async {
        self.init(name: name)
        let key = "targets.\(name)"
        region = await reader.region("\(key).region")
        account = await reader.value("\(key).account", "an account id of 12 digits") { text in
            text.utf8.count == 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? text : nil
        }
        roleARN = await reader.value(
            "\(key).roleArn", "a role's ARN such as arn:aws:iam::123456789012:role/jobgate"
        ) { AssumedRole.account(ofRoleARN: $0) == nil ? nil : $0 }
        externalID = await reader.value("\(key).externalId", "2 to 1224 of A-Z, a-z, 0-9 and _+=,.@:/-") {
            AssumedRole.isValid(externalID: $0) ? $0 : nil
        }
        profile = await reader.value("\(key).profile", "a profile's name") { $0.isEmpty ? nil : $0 }
        endpoint = await reader.url("\(key).endpoint")
        databaseMigrationEndpoint = await reader.url("\(key).databaseMigrationEndpoint")
        twinMakerEndpoint = await reader.url("\(key).twinMakerEndpoint")
        securityTokenEndpoint = await reader.url("\(key).securityTokenEndpoint")
        if externalID != nil, roleARN == nil {
            reader.add(problem: "`\(key).externalId` is of no use without `\(key).roleArn`", of: "\(key).externalId")
        }
    }
}

/// A budget as the configuration gives it.
struct ConfiguredBudget {
    /// The settings; `nil` for `off`.
    let settings: BudgetSettings?
}

extension ConfigurationReader {
    /// Reads a budget or `off`.
    mutating func budget(_ key: String) async -> ConfiguredBudget? {
        await value(key, "a budget such as `8/s:200` (RATE/WINDOW:BURST), or `off`") { text in
            if text == "off" { return ConfiguredBudget(settings: nil) }
            return BudgetSettings(text: text).map { ConfiguredBudget(settings: $0) }
        }
    }

    /// Reads a region's name.
    mutating func region(_ key: String) async -> String? {
        await value(key, "a region such as eu-west-1") { EndpointResolver.isValid(region: $0) ? $0 : nil }
    }

    /// Reads an endpoint's URL.
    mutating func url(_ key: String) async -> String? {
        await value(key, "a URL such as https://host:port", isQuotable: false) {
            Endpoint(url: $0, region: "") == nil ? nil : $0
        }
    }

    /// The names of the members of a section of the file, as they stand there.
    func memberNamesInFile(of section: String) -> [String] { file?.names(in: section) ?? [] }

    /// The names of a section's members: those that the flags or the environment list, else those of the file.
    mutating func memberNames(of section: String, called kind: String) async -> [String] {
        let expected = "\(section)' names: 1 to 64 of A-Z, a-z, 0-9, `_` and `-`"
        let listed = await list(section, expected) { $0 }
        if listed?.isEmpty == true { add(problem: "`\(section)` names no \(kind)", of: section) }
        let names = listed ?? memberNamesInFile(of: section)
        var good: [String] = []
        for name in names {
            let place = listed == nil ? "\(section).\(name)" : section
            if !APIKeyFile.isValid(target: name) {
                add(problem: "`\(section)` holds \(expected), not `\(name.prefix(80))`", of: place)
            } else if good.contains(name) {
                add(problem: "the \(kind) `\(name)` stands there twice", of: place)
            } else {
                good.append(name)
            }
        }
        return good
    }
}
