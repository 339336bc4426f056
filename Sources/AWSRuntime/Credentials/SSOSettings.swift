/// What a profile says of its SSO role, with what the `sso-session` section that it refers to adds.
struct SSOSettings {
    /// The account that the role is in.
    let accountID: String
    /// The role's name.
    let roleName: String
    /// The portal's address, which tells tokens apart.
    let startURL: String
    /// The region of the portal.
    let region: String
    /// Whether the profile refers to a session.
    let hasSession: Bool
    /// What the cached token's file is named after: the session's name, or the address where there is no session.
    let cacheKey: String

    /// Reads a profile's settings.
    ///
    /// - Throws: ``CredentialsError``; declines when the profile names neither account nor role.
    init(profile: String, files: AWSProfileFiles) throws(CredentialsError) {
        var section = files.profile(profile) ?? [:]
        guard section["sso_account_id"] != nil || section["sso_role_name"] != nil else {
            throw .declined(provider: "sso", reason: "there is no profile `\(profile)` with an sso_account_id")
        }
        let session = section["sso_session"]
        if let session {
            guard let shared = files.ssoSessions[session] else {
                throw .failed(
                    provider: "sso", reason: "there is no `[sso-session \(session)]`, to which `\(profile)` refers")
            }
            for (setting, value) in shared.sorted(by: { $0.key < $1.key }) {
                guard section[setting, default: value] == value else {
                    throw .failed(
                        provider: "sso",
                        reason: "\(setting) is one thing in the profile `\(profile)` and another in its sso-session")
                }
                section[setting] = value
            }
        }
        let names = ["sso_role_name", "sso_account_id", "sso_start_url", "sso_region"]
        let missing = names.filter { section[$0, default: ""].isEmpty }
        guard missing.isEmpty, let roleName = section["sso_role_name"], let accountID = section["sso_account_id"],
            let startURL = section["sso_start_url"], let region = section["sso_region"]
        else {
            throw .failed(
                provider: "sso", reason: "the profile `\(profile)` lacks \(missing.joined(separator: ", "))")
        }
        self.accountID = accountID
        self.roleName = roleName
        self.startURL = startURL
        self.region = region
        self.hasSession = session != nil
        self.cacheKey = session ?? startURL
    }
}
