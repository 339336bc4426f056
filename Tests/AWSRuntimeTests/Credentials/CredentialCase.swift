import Foundation
import GatewayTestSupport
import Testing

/// A folder of `CredentialCases`: an environment, files, the network's answers, and what comes of them.
///
/// `Tests/EndToEnd/credential_cases.py` plays the same folders through botocore and says more of the format.
struct CredentialCase: Sendable, CustomTestStringConvertible {
    /// The folder's name, which is the case's.
    let name: String
    /// The environment and what the configuration adds to it.
    let setting: Setting
    /// What the network answers.
    let exchanges: [ScriptedExchange]
    /// What comes of it.
    let expected: Expected

    private let folder: URL

    /// `env.json`.
    struct Setting: Decodable {
        let environment: [String: String]
        let profile: String?
        let region: String?
        let withinSeconds: Int?
    }

    /// `expected.json`.
    struct Expected: Decodable {
        /// What comes of the first round.
        let first: Outcome
        /// What comes of the second, after the files of `fs2` are laid over the others; `nil` where there is none.
        let then: Outcome?

        private enum Key: CodingKey { case then }

        init(from decoder: any Decoder) throws {
            first = try Outcome(from: decoder)
            then = try decoder.container(keyedBy: Key.self).decodeIfPresent(Outcome.self, forKey: .then)
        }
    }

    /// What comes of one round.
    enum Outcome: Decodable {
        case keys(Keys)
        /// An error whose sentence has these parts.
        case error([String])

        private enum Key: CodingKey { case error }

        init(from decoder: any Decoder) throws {
            let parts = try decoder.container(keyedBy: Key.self).decodeIfPresent([String].self, forKey: .error)
            self = if let parts { .error(parts) } else { .keys(try Keys(from: decoder)) }
        }
    }

    /// The credentials, and a part of what they say of where they come from.
    struct Keys: Decodable {
        let accessKeyId: String
        let secretAccessKey: String
        let sessionToken: String?
        let expiration: String?
        let provider: String
    }

    var testDescription: String { name }

    private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "CredentialCases")

    /// Every case, in order of name.
    static func all() throws -> [CredentialCase] {
        try FileManager.default
            .contentsOfDirectory(at: directory, includingPropertiesForKeys: [.isDirectoryKey])
            .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
            .map(CredentialCase.init(folder:))
            .sorted { $0.name < $1.name }
    }

    private init(folder: URL) throws {
        self.folder = folder
        name = folder.lastPathComponent
        let decoder = JSONDecoder()
        setting = try decoder.decode(Setting.self, from: Data(contentsOf: folder.appending(path: "env.json")))
        expected = try decoder.decode(Expected.self, from: Data(contentsOf: folder.appending(path: "expected.json")))
        let script = folder.appending(path: "http.json")
        exchanges =
            FileManager.default.fileExists(atPath: script.path)
            ? try decoder.decode([ScriptedExchange].self, from: Data(contentsOf: script)) : []
    }

    /// The environment, for files that lie in a directory.
    func environment(in directory: TemporaryDirectory) -> [String: String] {
        setting.environment.mapValues { $0.replacing("${FS}", with: directory.path) }
    }

    /// Copies the files of `fs` or `fs2`; `${FS}` in them becomes the directory, and their modes stay.
    func layOut(_ source: String, in directory: TemporaryDirectory) throws {
        let files = FileManager.default
        let root = folder.appending(path: source)
        guard files.fileExists(atPath: root.path) else { return }
        for name in try files.subpathsOfDirectory(atPath: root.path) {
            let original = root.appending(path: name)
            guard try original.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
            let copy = URL(filePath: directory.path).appending(path: name)
            try files.createDirectory(at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
            let bytes = try Data(contentsOf: original)
            // A file that is no text is copied as it is.
            let text = String(data: bytes, encoding: .utf8)?.replacing("${FS}", with: directory.path)
            try (text.map { Data($0.utf8) } ?? bytes).write(to: copy)
            let mode = try files.attributesOfItem(atPath: original.path)[.posixPermissions]
            try files.setAttributes([.posixPermissions: mode ?? 0o600], ofItemAtPath: copy.path)
        }
    }
}
