import Authentication
import Foundation
import GatewayApp
import GatewayCore

/// A directory of a test's own with a key file in it; it goes when the test does.
final class Workspace: Sendable {
    /// The directory's path.
    let path: String

    /// Makes a directory with `keys.yaml`, whose keys name these limits.
    init(limits: [String?] = [nil]) throws {
        path = FileManager.default.temporaryDirectory.appending(path: "jobgate-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let records = limits.enumerated().map { index, limit in
            APIKeyRecord(
                id: "key0000\(index)", name: "key \(index)", digest: [UInt8](repeating: 7, count: 32),
                scopes: [.conversionsRead], limitName: limit)
        }
        try APIKeyFile(path: path + "/keys.yaml").write(records)
        try FileManager.default.createDirectory(atPath: path + "/.aws", withIntermediateDirectories: false)
        try write(".aws/config", "[profile one]\n[profile two]\n[profile three]\n")
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("\(path) stays: \(error)")
        }
    }

    /// A certificate authority that has signed nothing and whose key was never kept.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBjzCCATWgAwIBAgIUJHLImJqjCKe0V/BIF8tigDnVKqQwCgYIKoZIzj0EAwIw
        HDEaMBgGA1UEAwwRam9iZ2F0ZSB0ZXN0IHJvb3QwIBcNMjYxMTIxMDMzMjUwWhgP
        MjEyNjEwMjgwMzMyNTBaMBwxGjAYBgNVBAMMEWpvYmdhdGUgdGVzdCByb290MFkw
        EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEgLWGOmrq2LUMLXxf9g8tz39r7NmxU3HE
        03WiiLlFSTJ1zDvA7t0TFwCoeWXsbtLoYgc7s6v7Ap3NjGexZGYuDqNTMFEwHQYD
        VR0OBBYEFMiFRbiE47Wh019ZXRpO7SXRv0R4MB8GA1UdIwQYMBaAFMiFRbiE47Wh
        019ZXRpO7SXRv0R4MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIh
        AMZt8yqS8HqUNff5z1mOV9uiwRPXmfsOKDS7bgbO6sM8AiBEJwbI4Gmvxv/Xr88R
        LXizd6v5UXIlDf3HgDZVdMf3yA==
        -----END CERTIFICATE-----

        """

    /// Writes a file and gives its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Loads a configuration; `{dir}` in any text is this directory.
    ///
    /// The key file is given by a flag and the region by the environment, so that nothing else is missing.
    func load(
        flags: [String: String] = [:], environment: [String: String] = [:], yaml: String? = nil
    ) async throws -> GatewayConfiguration {
        let file = try yaml.map { try write("jobgate.yaml", expanded($0)) }
        var allFlags = ["keys.file": path + "/keys.yaml"]
        if environment["JOBGATE_KEYS_FILE"] != nil || yaml?.contains("keys:") == true { allFlags = [:] }
        allFlags.merge(flags.mapValues(expanded)) { $1 }
        let variables = ["HOME": path, "AWS_REGION": "eu-central-1"].merging(environment.mapValues(expanded)) { $1 }
        return try await GatewayConfiguration.load(flags: allFlags, environment: variables, file: file)
    }

    /// What is wrong with a configuration, without this directory's path; nothing when it is good.
    func problems(
        flags: [String: String] = [:], environment: [String: String] = [:], yaml: String? = nil
    ) async throws -> [String] {
        do {
            _ = try await load(flags: flags, environment: environment, yaml: yaml)
            return []
        } catch let error as ConfigurationError {
            return error.problems.map { $0.replacing(path + "/", with: "") }
        }
    }

    private func expanded(_ text: String) -> String { text.replacing("{dir}", with: path) }
}
