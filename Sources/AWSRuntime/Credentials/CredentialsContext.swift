/// What the credential providers work with: the settings, the network and the clocks.
package struct CredentialsContext: Sendable {
    /// What the environment and the profile say.
    package var settings: AWSSettings
    /// Sends to the container endpoint, the instance metadata and the SSO portal.
    package var transport: any HTTPTransport
    /// Exchanges identities for roles.
    package var securityTokens: any SecurityTokenService
    /// The clocks.
    package var time: AWSClientTime

    /// Puts a context together.
    package init(
        settings: AWSSettings, transport: any HTTPTransport, securityTokens: any SecurityTokenService,
        time: AWSClientTime = .system
    ) {
        self.settings = settings
        self.transport = transport
        self.securityTokens = securityTokens
        self.time = time
    }
}
