package import Authentication

/// Where the API keys come from.
package enum KeySource: Sendable {
    /// Keys that live as long as the process.
    case memory([APIKeyRecord])
    /// The keys of the file that the configuration names; none where it names none.
    case file
}

extension KeySource {
    /// The keys of a configuration.
    ///
    /// - Throws: When the file is broken.
    func records(for configuration: GatewayConfiguration) throws(APIKeyFile.Problem) -> [APIKeyRecord] {
        switch self {
        case .memory(let records): return records
        case .file: return try configuration.keysFile.map(APIKeyFile.init)?.read() ?? []
        }
    }
}
