import Resilience
import SigV4

extension ProfileResolution {
    /// Takes on the role of a profile.
    ///
    /// - Parameters:
    ///   - profile: The profile with the role.
    ///   - path: The profiles that led here, this one last.
    ///   - deadline: By when there is an answer or an error.
    /// - Returns: The role's credentials.
    /// - Throws: ``CredentialsError``, also when the profiles are each other's source.
    func role(
        ofProfile profile: String, path: [String], by deadline: Deadline
    ) async throws(CredentialsError) -> ResolvedCredentials {
        let section = files.profile(profile) ?? [:]
        guard section["mfa_serial"] == nil else {
            throw .failed(
                provider: Self.name,
                reason: "the profile `\(profile)` has an mfa_serial, and nobody is there to type the code")
        }
        let role = AssumedRole(
            roleARN: section["role_arn"] ?? "",
            sessionName: section["role_session_name"].flatMap { $0.isEmpty ? nil : $0 }
                ?? AssumedRole.defaultSessionName,
            externalID: section["external_id"].flatMap { $0.isEmpty ? nil : $0 },
            // As in botocore, a duration that is no number is none.
            durationSeconds: section["duration_seconds"].flatMap { Int($0) })
        let base: ResolvedCredentials
        switch (section["source_profile"], section["credential_source"]) {
        case (let source?, nil): base = try await self.base(source, ofProfile: profile, path: path, by: deadline)
        case (nil, let source?): base = try await namedSource(source, ofProfile: profile, by: deadline)
        case (nil, nil):
            throw .failed(
                provider: Self.name,
                reason: "the profile `\(profile)` has a role_arn, but no source_profile or credential_source")
        case (_?, _?):
            throw .failed(
                provider: Self.name, reason: "the profile `\(profile)` has both source_profile and credential_source")
        }
        var resolved = try await AssumeRoleCredentialsProvider(
            role: role, base: FixedCredentialsSource(base.credentials), securityTokens: context.securityTokens
        ).resolve(by: deadline)
        resolved.source = "profile `\(profile)`, \(resolved.source)"
        return resolved
    }

    private func base(
        _ source: String, ofProfile profile: String, path: [String], by deadline: Deadline
    ) async throws(CredentialsError) -> ResolvedCredentials {
        guard files.profile(source) != nil else {
            throw .failed(
                provider: Self.name,
                reason: "there is no profile `\(source)`, which is the source_profile of `\(profile)`")
        }
        // A profile may be its own source when it has keys beside its role.
        let isItself = source == profile && hasKeys(source)
        guard isItself || !path.contains(source) else {
            let circle = (path + [source]).map { "`\($0)`" }.joined(separator: " → ")
            throw .failed(provider: Self.name, reason: "the source_profile settings go in a circle: \(circle)")
        }
        return try await sourceCredentials(ofProfile: source, path: path + [source], by: deadline)
    }

    private func namedSource(
        _ source: String, ofProfile profile: String, by deadline: Deadline
    ) async throws(CredentialsError) -> ResolvedCredentials {
        let provider: any CredentialsProvider
        switch source {
        case "Environment": provider = EnvironmentCredentialsProvider(settings: context.settings)
        case "EcsContainer": provider = ContainerCredentialsProvider(context: context)
        case "Ec2InstanceMetadata": provider = InstanceMetadataCredentialsProvider(context: context)
        default:
            throw .failed(
                provider: Self.name,
                reason: "the credential_source of the profile `\(profile)` is not one of Environment, EcsContainer "
                    + "and Ec2InstanceMetadata")
        }
        do {
            return try await provider.resolve(by: deadline)
        } catch {
            guard case .declined = error else { throw error }
            throw .failed(
                provider: Self.name,
                reason: "the credential_source \(source) of the profile `\(profile)` has no credentials (\(error))")
        }
    }
}
