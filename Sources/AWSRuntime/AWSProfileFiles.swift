import Foundation

/// AWS's shared config and credentials files: sections of settings.
///
/// Written as botocore reads them: `#` and `;` begin a comment line, names are in any case, a setting without a value
/// that is followed by indented lines holds a nested map (kept as `name.nested`).
package struct AWSProfileFiles: Sendable, Hashable {
    /// The profiles of the credentials file.
    package let credentials: [String: [String: String]]
    /// The profiles of the config file, without the word `profile`.
    package let config: [String: [String: String]]
    /// The `services` sections of the config file.
    package let services: [String: [String: String]]
    /// The `sso-session` sections of the config file.
    package let ssoSessions: [String: [String: String]]

    /// What is wrong with a file: its path, the line, and the fault; never the line's text, which may hold a key.
    package struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// A sentence for the operator.
        package let description: String
    }

    /// Reads both files; one that is not there is empty.
    ///
    /// - Parameter environment: Gives `AWS_CONFIG_FILE`, `AWS_SHARED_CREDENTIALS_FILE` and `HOME`.
    /// - Returns: The sections of both.
    /// - Throws: ``Problem`` for a file that is there and cannot be read or parsed.
    package static func read(environment: [String: String]) throws(Problem) -> AWSProfileFiles {
        let credentialsPath = path(environment["AWS_SHARED_CREDENTIALS_FILE"], default: "credentials", environment)
        let configPath = path(environment["AWS_CONFIG_FILE"], default: "config", environment)
        let credentials = try sections(ofFileAt: credentialsPath)
        let all = try sections(ofFileAt: configPath)
        var config: [String: [String: String]] = [:]
        var services: [String: [String: String]] = [:]
        var ssoSessions: [String: [String: String]] = [:]
        for (title, settings) in all {
            let kind = title.prefix { !$0.isWhitespace }
            switch (kind, name(after: kind, in: title)) {
            case ("default", ""): config["default", default: [:]].merge(settings) { old, _ in old }
            case ("profile", let name?) where !name.isEmpty: config[name, default: [:]].merge(settings) { $1 }
            case ("services", let name?) where !name.isEmpty: services[name] = settings
            case ("sso-session", let name?) where !name.isEmpty: ssoSessions[name] = settings
            default: break
            }
        }
        return AWSProfileFiles(
            credentials: credentials, config: config, services: services, ssoSessions: ssoSessions)
    }

    /// The settings of a profile in both files, those of the credentials file before those of the config file;
    /// `nil` when neither has it.
    package func profile(_ name: String) -> [String: String]? {
        guard let config = config[name] else { return credentials[name] }
        return config.merging(credentials[name] ?? [:]) { $1 }
    }

    /// The name in a section's title: one word, or any text in quotes; `nil` for several words.
    private static func name(after kind: Substring, in title: String) -> String? {
        let text = title.dropFirst(kind.count).trimmingCharacters(in: .whitespaces)
        if text.count >= 2, let quote = text.first, quote == "\"" || quote == "'", text.last == quote {
            return String(text.dropFirst().dropLast())
        }
        return text.contains(where: \.isWhitespace) ? nil : text
    }

    private static func path(_ configured: String?, default name: String, _ environment: [String: String]) -> String? {
        let home = environment["HOME"]
        guard let configured, !configured.isEmpty else { return home.map { "\($0)/.aws/\(name)" } }
        if configured.hasPrefix("~/"), let home { return home + configured.dropFirst() }
        return configured
    }

    private static func sections(ofFileAt path: String?) throws(Problem) -> [String: [String: String]] {
        guard let path, FileManager.default.fileExists(atPath: path) else { return [:] }
        let text: String
        do {
            text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        } catch {
            throw Problem(description: "\(path) cannot be read")
        }
        return try parse(text, path: path)
    }

    /// Reads the sections of a file's text.
    package static func parse(_ text: String, path: String) throws(Problem) -> [String: [String: String]] {
        var sections: [String: [String: String]] = [:]
        var section: String?
        var parent: String?
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let line = raw.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("[") {
                guard let end = line.firstIndex(of: "]") else {
                    throw Problem(description: "\(path):\(index + 1): a section's title has no `]`")
                }
                let title = line[line.index(after: line.startIndex)..<end].trimmingCharacters(in: .whitespaces)
                section = title
                parent = nil
                sections[title, default: [:]] = sections[title] ?? [:]
                continue
            }
            guard let section else {
                throw Problem(description: "\(path):\(index + 1): a setting stands before the first section")
            }
            let isIndented = raw.first == " " || raw.first == "\t"
            guard let separator = line.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                if isIndented { continue }
                throw Problem(description: "\(path):\(index + 1): neither a section nor `name = value`")
            }
            let name = line[..<separator].trimmingCharacters(in: .whitespaces).lowercased()
            let value = line[line.index(after: separator)...].trimmingCharacters(in: .whitespaces)
            if isIndented, let parent {
                sections[section]?["\(parent).\(name)"] = value
            } else {
                sections[section]?[name] = value
                parent = value.isEmpty ? name : nil
            }
        }
        return sections
    }
}
