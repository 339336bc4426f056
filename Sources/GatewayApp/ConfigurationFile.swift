import Configuration
import Foundation
import GatewayCore
import Yams

/// A YAML configuration file, and where in it each key stands.
struct ConfigurationFile {
    let path: String
    /// Gives the values; `nil` for an empty file.
    let provider: FileProvider<YAMLSnapshot>?
    private let entries: [String: Entry]
    private let sections: [String: [String]]
    private let lines: [String: Int]

    /// How many bytes a file may have: far more than a configuration needs, far less than would hurt to read.
    private static let maxBytes: Int64 = 4 << 20

    private struct Entry {
        let line: Int
        let isEmpty: Bool
    }

    /// Reads a file.
    ///
    /// - Throws: ``ConfigurationError`` when it cannot be read, is no YAML mapping, or has a key twice.
    init(path: String) async throws {
        self.path = path
        do {
            // One that is not there is told of by the reading.
            if let status = try? FileStatus(of: path), status.size > Self.maxBytes {
                throw ConfigurationError(problems: ["\(path): is larger than \(Self.maxBytes) bytes"])
            }
            let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
            let root = try Yams.compose(yaml: text).flatMap { Self.isEmpty($0) ? nil : $0 }
            entries = root.map { Self.entries(in: $0, below: []) } ?? [:]
            sections = root.map(Self.sections) ?? [:]
            lines = root.map { Self.lines(in: $0, below: []) } ?? [:]
            if let root, root.mapping == nil {
                let line = root.mark?.line ?? 1
                throw ConfigurationError(problems: ["\(path):\(line): the file is a mapping of sections"])
            }
            // An empty file has nothing to be parsed, which the provider takes for a fault.
            let source = InMemoryProvider(values: ["filePath": ConfigValue(.string(path), isSecret: false)])
            provider = root == nil ? nil : try await FileProvider<YAMLSnapshot>(config: ConfigReader(provider: source))
        } catch let error as ConfigurationError {
            throw error
        } catch let error as YamlError {
            throw ConfigurationError(problems: ["\(path): is not YAML: \(Self.reason(error))"])
        } catch let error as CocoaError {
            let isMissing = error.code == .fileReadNoSuchFile
            throw ConfigurationError(problems: ["\(path): \(isMissing ? "no such file" : "cannot be read")"])
        } catch {
            throw ConfigurationError(problems: ["\(path): \(error)"])
        }
    }

    /// Whether the file has a key, be it a setting's or a section's.
    func has(_ key: String) -> Bool { lines[key] != nil }

    /// Whether a key stands there without a value.
    func isEmpty(_ key: String) -> Bool { entries[key]?.isEmpty == true }

    /// Where a key stands, for a message.
    func place(of key: String) -> String {
        lines[key].map { "\(path):\($0)" } ?? path
    }

    /// The keys of the file that are none of `known`, in the order of the file.
    ///
    /// A section of which every member is commented out is none of them.
    func keys(besides known: Set<String>) -> [String] {
        let sections = Set(known.flatMap(Self.sections(above:)))
        let unknown = entries.filter { key, entry in
            !known.contains(key) && !(entry.isEmpty && sections.contains(key))
        }
        return unknown.sorted { $0.value.line < $1.value.line }.map(\.key)
    }

    /// Every section that a key stands in: of `a.b.c`, `a` and `a.b`.
    private static func sections(above key: String) -> [String] {
        let parts = key.split(separator: ".")
        return (1..<max(parts.count, 1)).map { parts[..<$0].joined(separator: ".") }
    }

    /// The names of a section's members, in the order of the file.
    func names(in section: String) -> [String] { sections[section] ?? [] }

    private static func sections(of root: Node) -> [String: [String]] {
        var sections: [String: [String]] = [:]
        for (key, value) in root.mapping ?? [:] {
            guard let name = key.string, let members = value.mapping else { continue }
            sections[name] = members.keys.map { $0.string ?? "?" }
        }
        return sections
    }

    /// The line of each key, settings and sections alike.
    private static func lines(in node: Node, below path: [String]) -> [String: Int] {
        var lines: [String: Int] = [:]
        for (key, value) in node.mapping ?? [:] {
            let name = path + [key.string ?? "?"]
            lines[name.joined(separator: ".")] = key.mark?.line ?? 0
            lines.merge(Self.lines(in: value, below: name)) { $1 }
        }
        return lines
    }

    private static func entries(in node: Node, below path: [String]) -> [String: Entry] {
        guard let mapping = node.mapping else { return [:] }
        var entries: [String: Entry] = [:]
        for (key, value) in mapping {
            let name = path + [key.string ?? "?"]
            if value.mapping != nil {
                entries.merge(Self.entries(in: value, below: name)) { $1 }
            } else {
                entries[name.joined(separator: ".")] = Entry(line: key.mark?.line ?? 0, isEmpty: isEmpty(value))
            }
        }
        return entries
    }

    private static func isEmpty(_ node: Node) -> Bool { node.tag == Tag(.null) }

    private static func reason(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
            "line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let duplicates, _):
            "a key stands there twice: \(duplicates.joined(separator: ", "))"
        default: "syntax"
        }
    }
}
