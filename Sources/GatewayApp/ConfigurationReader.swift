import Configuration
import Foundation
import Synchronization

/// Reads settings one by one, and gathers what is wrong with them, each with the place where it stands.
struct ConfigurationReader {
    private let reader: ConfigReader
    private let places: PlaceRecorder
    let file: ConfigurationFile?
    private(set) var problems: [String] = []
    private(set) var known: Set<String> = []

    /// Reads flags over environment over file.
    init(flags: [String: String], environment: [String: String], file: ConfigurationFile?) {
        let places = PlaceRecorder()
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (key, value) in flags {
            let content: ConfigContent =
                Self.isList(key) ? .stringArray(value.split(separator: ",").map(String.init)) : .string(value)
            values[AbsoluteConfigKey(ConfigKey(key))] = ConfigValue(content, isSecret: false)
        }
        var providers: [any ConfigProvider] = [InMemoryProvider(name: PlaceRecorder.flags, values: values)]
        let variables = EnvironmentVariablesProvider(environmentVariables: environment.filter { !$0.value.isEmpty })
        providers.append(variables.prefixKeys(with: "jobgate"))
        if let provider = file?.provider { providers.append(provider) }
        self.reader = ConfigReader(providers: providers, accessReporter: places)
        self.places = places
        self.file = file
    }

    /// The settings that are lists.
    private static let lists: Set<String> = ["limits", "targets", "issuers", "cors.origins", "proxies.trusted"]

    /// Those of each issuer.
    private static let issuerLists: Set<String> = [
        "audience", "algorithms", "scopes", "targets", "projects", "transferJobs", "denyTargets", "denyProjects",
        "denyTransferJobs",
    ]

    private static func isList(_ key: String) -> Bool {
        if lists.contains(key) { return true }
        let parts = key.split(separator: ".")
        return parts.count == 3 && parts[0] == "issuers" && issuerLists.contains(String(parts[2]))
    }

    /// Reads a setting as text, and makes a value of it.
    ///
    /// - Parameters:
    ///   - key: The setting's dotted name.
    ///   - expected: What it should be, to end the sentence "`key` is …".
    ///   - isQuotable: Whether a wrong value may be shown; one that may hold a password is not.
    ///   - parse: Makes the value; `nil` when the text is not one.
    /// - Returns: `nil` when the setting is not given or not good.
    mutating func value<Value>(
        _ key: String, _ expected: String, isQuotable: Bool = true, parse: (String) -> Value?
    ) async -> Value? {
        known.insert(key)
        let text: String?
        do {
            text = try await reader.fetchString(forKey: ConfigKey(key))
        } catch {
            problems.append("\(place(of: key)): `\(key)` is \(expected)")
            return nil
        }
        guard let text else { return nil }
        guard let value = parse(text) else {
            let found = isQuotable ? ", not `\(text.prefix(80))`" : ""
            problems.append("\(place(of: key)): `\(key)` is \(expected)\(found)")
            return nil
        }
        return value
    }

    /// Reads a list of texts, and makes a value of each.
    ///
    /// - Parameters:
    ///   - key: The setting's dotted name.
    ///   - expected: What its elements should be, to end the sentence "`key` is a list of …".
    ///   - isQuotable: Whether a wrong element may be shown; one that may hold a password is not.
    ///   - parse: Makes a value of an element; `nil` when the text is not one.
    /// - Returns: The values, without those that are not good; `nil` when the setting is not given.
    mutating func list<Value>(
        _ key: String, _ expected: String, isQuotable: (String) -> Bool = { _ in true }, parse: (String) -> Value?
    ) async -> [Value]? {
        known.insert(key)
        let texts: [String]?
        do {
            texts = try await reader.fetchStringArray(forKey: ConfigKey(key))
        } catch {
            // As for any section: one of which every member is commented out says nothing.
            if isOfFile(key), file?.isEmpty(key) == true { return nil }
            problems.append("\(place(of: key)): `\(key)` is a list of \(expected)")
            return nil
        }
        return texts?.compactMap { text in
            if let value = parse(text.trimmingCharacters(in: .whitespaces)) { return value }
            let found = isQuotable(text) ? ", not `\(text.prefix(80))`" : ""
            problems.append("\(place(of: key)): `\(key)` is a list of \(expected)\(found)")
            return nil
        }
    }

    /// Adds a sentence about a setting.
    mutating func add(problem: String, of key: String) {
        problems.append("\(place(of: key)): \(problem)")
    }

    /// Adds a sentence for each setting that was given and that nothing reads.
    mutating func refuseUnknown(flags: [String: String], environment: [String: String]) {
        for key in flags.keys.sorted() where !known.contains(key) {
            problems.append("flags: there is no setting `\(key)`")
        }
        let variables = Set(known.map(Self.variable))
        let sections = Set(known.map { Self.variable(String($0.prefix { $0 != "." })) })
        for name in environment.keys.sorted() where name.hasPrefix("JOBGATE_") && !variables.contains(name) {
            // Other tools set variables of this prefix too; only one that begins like a section is a slip.
            guard sections.contains(where: { name.hasPrefix($0 + "_") }) else { continue }
            problems.append("environment: there is no setting \(name)")
        }
        for key in file?.keys(besides: known) ?? [] {
            problems.append("\(file?.place(of: key) ?? ""): there is no setting `\(key)`")
        }
    }

    private static func variable(_ key: String) -> String {
        var name = "JOBGATE_"
        var previous: Character = "."
        for character in key {
            if character == "." || character == "-" {
                name += "_"
            } else {
                if character.isUppercase && previous.isLowercase { name += "_" }
                name += character.uppercased()
            }
            previous = character
        }
        return name
    }

    /// Whether a setting that was read came from the command line, where other users of the machine can read it.
    func isOfFlags(_ key: String) -> Bool {
        places.provider(of: key)?.contains(PlaceRecorder.flags) == true
    }

    private func isOfFile(_ key: String) -> Bool {
        file.map { places.provider(of: key) == $0.provider?.providerName } ?? false
    }

    private func place(of key: String) -> String {
        switch places.provider(of: key) {
        case .none: file.flatMap { $0.has(key) ? $0.place(of: key) : nil } ?? "defaults"
        case .some(let name) where name.contains(PlaceRecorder.flags): "flags"
        case .some(let name) where name.contains("EnvironmentVariables"): "environment \(Self.variable(key))"
        case .some: file?.place(of: key) ?? "file"
        }
    }
}

/// Notes which provider each setting came from.
private final class PlaceRecorder: AccessReporter {
    static let flags = "flags"
    private let providers = Mutex<[String: String]>([:])

    func report(_ event: AccessEvent) {
        let source = event.providerResults.first { result in
            switch result.result {
            case .success(let lookup): lookup.value != nil
            case .failure: true
            }
        }
        guard let source else { return }
        let key = event.metadata.key.components.joined(separator: ".")
        providers.withLock { $0[key] = source.providerName }
    }

    func provider(of key: String) -> String? {
        providers.withLock { $0[key] }
    }
}
