/// The program's version.
package enum GatewayVersion {
    /// As `jobgate --version` prints it; CHANGELOG.md says what is in it.
    package static let current = "0.1.0"
}
