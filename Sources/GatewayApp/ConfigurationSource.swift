/// Where a configuration comes from, so that it can be read again while the gateway runs.
package struct ConfigurationSource: Sendable {
    /// Settings of the command line, by dotted name.
    package let flags: [String: String]
    /// The process's environment, as it was at the start.
    package let environment: [String: String]
    /// The configuration file, where there is one.
    package let path: String?

    /// Names the three sources, the strongest first.
    package init(flags: [String: String] = [:], environment: [String: String], path: String?) {
        self.flags = flags
        self.environment = environment
        self.path = path
    }

    /// Reads and checks everything anew.
    ///
    /// - Parameter needsKeys: Whether a key file must be there; what is there is checked in any case.
    /// - Returns: A configuration that works.
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
    package func load(needsKeys: Bool = true) async throws -> GatewayConfiguration {
        try await GatewayConfiguration.load(flags: flags, environment: environment, file: path, needsKeys: needsKeys)
    }
}
