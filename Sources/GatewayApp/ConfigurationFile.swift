import Configuration
import Foundation
import Yams

/// A YAML configuration file, and where in it each key stands.
struct ConfigurationFile {
    let path: String
    /// Gives the values; `nil` for an empty file.
    let provider: FileProvider<YAMLSnapshot>?
    private let lines: [String: Int]

    /// Reads a file.
    ///
    /// - Throws: ``ConfigurationError`` when it cannot be read, is no YAML mapping, or has a key twice.
    init(path: String) async throws {
        self.path = path
        do {
            let text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
            let root = try Yams.compose(yaml: text)
            lines = root.map { Self.lines(in: $0, below: []) } ?? [:]
            if let root, root.mapping == nil {
                throw ConfigurationError(problems: ["\(path):1: the file is a mapping of sections"])
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

    /// Where a key stands, for a message.
    func place(of key: String) -> String {
        lines[key].map { "\(path):\($0)" } ?? path
    }

    /// The keys of the file that are none of `known`, in the order of the file.
    func keys(besides known: Set<String>) -> [String] {
        lines.filter { !known.contains($0.key) }.sorted { $0.value < $1.value }.map(\.key)
    }

    private static func lines(in node: Node, below path: [String]) -> [String: Int] {
        guard let mapping = node.mapping else { return [:] }
        var lines: [String: Int] = [:]
        for (key, value) in mapping {
            let name = path + [key.string ?? "?"]
            if value.mapping != nil {
                lines.merge(Self.lines(in: value, below: name)) { $1 }
            } else {
                lines[name.joined(separator: ".")] = key.mark?.line ?? 0
            }
        }
        return lines
    }

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
