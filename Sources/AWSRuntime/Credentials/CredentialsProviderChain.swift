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

    /// Every place that botocore looks in, in its order: the environment; the profile, in whose midst the web identity
    /// of the environment stands (see ``ProfileCredentialsProvider``); the container; the instance's metadata.
    ///
    /// A profile that Jobgate's configuration names takes the environment's keys and web identity out; `AWS_PROFILE`
    /// does not.
    package static func standard(_ context: CredentialsContext) -> CredentialsProviderChain {
        let environment = EnvironmentCredentialsProvider(settings: context.settings)
        let others: [any CredentialsProvider] = [
            ProfileCredentialsProvider(context: context), ContainerCredentialsProvider(context: context),
            InstanceMetadataCredentialsProvider(context: context),
        ]
        return CredentialsProviderChain(context.settings.hasExplicitProfile ? others : [environment] + others)
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
                switch error {
                case .failed: throw error
                case .declined: declined.append(error)
                case .noneFound(let errors): declined += errors
                }
            }
        }
        throw .noneFound(declined)
    }
}
