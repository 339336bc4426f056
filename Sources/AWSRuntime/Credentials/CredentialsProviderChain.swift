package import Resilience

/// Asks several providers in order; the first that does not decline decides.
package struct CredentialsProviderChain: CredentialsProvider {
    /// `chain`.
    package let name = "chain"
    private let providers: [any CredentialsProvider]

    /// Creates a chain.
    package init(_ providers: [any CredentialsProvider]) {
        self.providers = providers
    }

    /// AWS's order for what the settings name: the environment, then the profile.
    ///
    /// An explicitly named profile takes the environment's keys out.
    package static func standard(_ context: CredentialsContext) -> CredentialsProviderChain {
        let settings = context.settings
        let profile = ProfileCredentialsProvider(settings: settings)
        guard !settings.hasExplicitProfile else { return CredentialsProviderChain([profile]) }
        return CredentialsProviderChain([EnvironmentCredentialsProvider(settings: settings), profile])
    }

    /// The credentials of the first provider that has any.
    ///
    /// - Throws: What the first broken provider says; ``CredentialsError/noneFound(_:)`` when all of them decline.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        var declined: [CredentialsError] = []
        for provider in providers {
            do {
                return try await provider.resolve(by: deadline)
            } catch {
                guard case .declined = error else { throw error }
                declined.append(error)
            }
        }
        throw .noneFound(declined)
    }
}
