package import Resilience

/// Finds the credentials that a profile of AWS's shared files describes, as botocore does.
///
/// In this order: a role to take on; a web identity, of the environment or the profile; SSO; keys in the credentials
/// file; `credential_process`; keys in the config file. Both files are read anew at every fetch, and keys in them are
/// to be read again after a minute, so that what was exchanged on disk is taken up.
package struct ProfileCredentialsProvider: CredentialsProvider {
    /// `profile`.
    package let name = "profile"
    private let context: CredentialsContext

    /// Reads the profile that the context's settings name.
    package init(context: CredentialsContext) {
        self.context = context
    }

    /// The profile's credentials.
    ///
    /// - Throws: ``CredentialsError``; ``CredentialsError/noneFound(_:)`` when the profile describes none, a failure
    ///   when it was asked for by name and there is none of that name.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        let files: AWSProfileFiles
        do {
            files = try AWSProfileFiles.read(environment: context.settings.environment)
        } catch {
            throw .failed(provider: name, reason: error.description)
        }
        let profile = context.settings.profile
        if files.profile(profile) == nil, let source = nameSource {
            throw .failed(provider: name, reason: "there is no profile `\(profile)`, which \(source) names")
        }
        let resolution = ProfileResolution(files: files, context: context)
        return try await resolution.credentials(
            ofProfile: profile, readsEnvironment: !context.settings.hasExplicitProfile, by: deadline)
    }

    /// What the profile's name comes from; `nil` when it is `default` for want of another.
    private var nameSource: String? {
        guard !context.settings.hasExplicitProfile else { return "the configuration" }
        return ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"].first { context.settings.environment[$0] != nil }
    }
}
