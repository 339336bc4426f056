import Resilience
import SigV4

/// One search for a profile's credentials, in the files as they are now.
struct ProfileResolution {
    let files: AWSProfileFiles
    let context: CredentialsContext

    static let name = "profile"

    /// The credentials of the profile that was asked for.
    ///
    /// - Parameters:
    ///   - profile: Its name.
    ///   - readsEnvironment: Whether a web identity of the environment counts.
    ///   - deadline: By when there is an answer or an error.
    /// - Returns: The credentials, and how long they serve.
    /// - Throws: ``CredentialsError``; ``CredentialsError/noneFound(_:)`` when the profile describes none.
    func credentials(
        ofProfile profile: String, readsEnvironment: Bool, by deadline: Deadline
    ) async throws(CredentialsError) -> ResolvedCredentials {
        if hasRole(profile) { return try await role(ofProfile: profile, path: [profile], by: deadline) }
        let providers = providers(ofProfile: profile, readsEnvironment: readsEnvironment)
        return try await CredentialsProviderChain(providers).resolve(by: deadline)
    }

    /// The credentials that another profile takes its role on with; the environment does not count any more.
    func sourceCredentials(
        ofProfile profile: String, path: [String], by deadline: Deadline
    ) async throws(CredentialsError) -> ResolvedCredentials {
        if hasRole(profile), !hasKeys(profile) {
            return try await role(ofProfile: profile, path: path, by: deadline)
        }
        let providers = providers(ofProfile: profile, readsEnvironment: false)
        do {
            return try await CredentialsProviderChain(providers).resolve(by: deadline)
        } catch {
            guard case .noneFound = error else { throw error }
            throw .failed(
                provider: Self.name, reason: "the profile `\(profile)` is a source_profile and has no credentials")
        }
    }

    /// Whether the profile has one of the two keys: half a pair is a fault, not an absence.
    func hasKeys(_ profile: String) -> Bool {
        let section = files.profile(profile) ?? [:]
        return section["aws_access_key_id"] != nil || section["aws_secret_access_key"] != nil
    }

    /// Whether the profile is a role that other credentials take on; with a web identity it is none.
    private func hasRole(_ profile: String) -> Bool {
        let section = files.profile(profile) ?? [:]
        return section["role_arn"] != nil && section["web_identity_token_file"] == nil
    }

    private func providers(ofProfile profile: String, readsEnvironment: Bool) -> [any CredentialsProvider] {
        let section = files.profile(profile) ?? [:]
        var providers: [any CredentialsProvider] = [
            WebIdentityCredentialsProvider(
                context: context, profile: profile, section: section, readsEnvironment: readsEnvironment),
            SSOCredentialsProvider(context: context, profile: profile, files: files),
        ]
        if let section = files.credentials[profile], section[ProfileKeysProvider.accessKeyID] != nil {
            providers.append(ProfileKeysProvider(profile: profile, section: section))
        }
        if section["login_session"] != nil { providers.append(LoginSessionProvider(profile: profile)) }
        if let command = section["credential_process"] {
            providers.append(ProcessCredentialsProvider(command: command, profile: profile, context: context))
        }
        // The last one declines for all that are not here.
        return providers + [ProfileKeysProvider(profile: profile, section: files.config[profile])]
    }
}

/// The keys that stand in a profile of one of the two files.
private struct ProfileKeysProvider: CredentialsProvider {
    let name = ProfileResolution.name
    let profile: String
    /// The profile's settings; `nil` where the file has no such profile.
    let section: [String: String]?

    static let accessKeyID = "aws_access_key_id"

    func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        guard let section else {
            throw .declined(provider: name, reason: "there is no profile `\(profile)` in the AWS files")
        }
        guard let accessKeyID = section[Self.accessKeyID] else {
            throw .declined(
                provider: name, reason: "the profile `\(profile)` has no role_arn, SSO, keys or credential_process")
        }
        guard let secret = section["aws_secret_access_key"] else {
            throw .failed(provider: name, reason: "the profile `\(profile)` has no aws_secret_access_key")
        }
        let credentials = try CredentialsText.credentials(
            accessKeyID: accessKeyID, secretAccessKey: secret,
            sessionToken: section["aws_security_token"] ?? section["aws_session_token"], provider: name)
        return ResolvedCredentials(credentials, source: "profile `\(profile)`", rereadAfter: .seconds(60))
    }
}

/// Stands where botocore looks for the session of `aws login`, which Jobgate does not know how to use.
private struct LoginSessionProvider: CredentialsProvider {
    let name = ProfileResolution.name
    let profile: String

    func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        throw .failed(
            provider: name,
            reason: "the profile `\(profile)` has a login_session, which is not supported; a credential_process of "
                + "`aws configure export-credentials --profile \(profile)` is")
    }
}
