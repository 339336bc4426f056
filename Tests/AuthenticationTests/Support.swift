import Authentication
import Foundation
import GatewayCore

/// The bytes that a text of hexadecimal digits stands for.
func bytes(fromHex text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

/// The digest of 0 to 31, as a key file writes it.
let exampleDigest = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/// A key file with one record; `keys:` is line 1, `id` line 2, what is added line 6.
func keyFileText(
    id: String = "k3f9a2bd", name: String = "dashboard", sha256: String = exampleDigest,
    scopes: String = "[conversions:read]", more: String? = nil
) -> String {
    "keys:\n  - id: \(id)\n    name: \(name)\n    sha256: \(sha256)\n    scopes: \(scopes)\n"
        + (more.map { "    \($0)\n" } ?? "")
}

/// A folder of its own for one test, removed at its end.
final class TemporaryFolder {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("jobgate-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        path = url.path
    }

    deinit {
        // What a test leaves behind harms nobody: the folder's name is never used again.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The key file that the tests use.
    var keyFile: APIKeyFile { APIKeyFile(path: path + "/keys.yaml") }

    /// The names of what is in the folder.
    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path) }
    }

    func write(_ text: String, to name: String = "keys.yaml") throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    func text(of name: String = "keys.yaml") throws -> String {
        try String(contentsOf: URL(fileURLWithPath: path + "/" + name), encoding: .utf8)
    }
}

extension Authenticator {
    /// Checks a credential for whose check nothing is too dear.
    func authenticate(_ credential: PresentedCredential, at now: Date) async throws(AuthenticationFailure) -> Caller? {
        try await authenticate(credential, at: now, mayVerify: true)
    }
}

extension AuthenticatorChain {
    /// Checks a credential for whose check nothing is too dear.
    func authenticate(_ credential: PresentedCredential, at now: Date) async throws(AuthenticationFailure) -> Caller {
        try await authenticate(credential, at: now, mayVerify: true)
    }
}

/// Patterns of these texts; those that are none are left out.
func globs(_ patterns: [String]) -> [Glob] { patterns.compactMap(Glob.init) }

extension Date {
    /// 2026-11-21T09:00:00Z.
    static let start = Date(timeIntervalSince1970: 1_795_251_600)
}

extension APIKeyRecord {
    /// A record with this identifier and a digest that no text is known for.
    static func example(
        _ id: String, name: String = "dashboard", limitName: String? = nil, targets: [String]? = nil
    ) -> APIKeyRecord {
        APIKeyRecord(
            id: id, name: name, digest: Array(0..<32), scopes: [.conversionsRead], limitName: limitName,
            allowList: AllowList(targets: AccessRule(allowed: targets.map(globs))), createdAt: .start)
    }
}
