/// What the environment and the profile say of how to call AWS; read once at the start.
package struct AWSSettings: Sendable {
    /// The environment that was read.
    package let environment: [String: String]
    /// The name of the profile in use.
    package let profile: String
    /// Whether the profile was named by Jobgate's own configuration.
    package let hasExplicitProfile: Bool
    /// The region, where any source names one.
    package let region: String?
    /// Whether FIPS endpoints are asked for.
    package let usesFIPS: Bool
    /// Whether dual-stack endpoints are asked for.
    package let usesDualStack: Bool
    /// The PEM file of certificate authorities to trust.
    package let trustRootsPath: String?
    /// How many attempts a call has; AWS's standard is 3.
    package let maxAttempts: Int?
    /// Settings that look like a mistake, in words for the log.
    package let warnings: [String]
    /// Whether one of the files has the profile.
    package let isProfileKnown: Bool
    private let files: AWSProfileFiles
    private let section: [String: String]

    /// Reads the settings.
    ///
    /// - Parameters:
    ///   - environment: The process's environment.
    ///   - profile: The profile that Jobgate's configuration names; `AWS_PROFILE` or `default` otherwise.
    ///   - region: The region that Jobgate's configuration names; it comes before AWS's own sources.
    /// - Throws: When a profile file is broken.
    package init(
        environment: [String: String], profile: String? = nil, region: String? = nil
    ) throws(AWSProfileFiles.Problem) {
        let environment = environment.filter { !$0.value.isEmpty }
        let files = try AWSProfileFiles.read(environment: environment)
        let profileName = profile ?? environment["AWS_DEFAULT_PROFILE"] ?? environment["AWS_PROFILE"] ?? "default"
        // As botocore merges them: what the credentials file says of a profile goes before the config file.
        let section = (files.config[profileName] ?? [:]).merging(files.credentials[profileName] ?? [:]) { $1 }
        self.section = section
        self.environment = environment
        self.files = files
        self.profile = profileName
        self.isProfileKnown = files.config[profileName] != nil || files.credentials[profileName] != nil
        self.hasExplicitProfile = profile != nil
        self.region = region ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? section["region"]
        self.usesFIPS = Self.isTrue(environment["AWS_USE_FIPS_ENDPOINT"] ?? section["use_fips_endpoint"])
        self.usesDualStack = Self.isTrue(environment["AWS_USE_DUALSTACK_ENDPOINT"] ?? section["use_dualstack_endpoint"])
        self.trustRootsPath = environment["AWS_CA_BUNDLE"] ?? section["ca_bundle"]
        self.maxAttempts = (environment["AWS_MAX_ATTEMPTS"] ?? section["max_attempts"])
            .flatMap { Int($0) }.flatMap { $0 >= 1 ? $0 : nil }
        self.warnings = Self.warnings(environment)
    }

    /// The configured endpoint of a service, in AWS's order: the service's variable, the variable for all, the
    /// profile's `services` section, the profile's `endpoint_url`.
    package func endpointOverride(for service: AWSService) -> EndpointResolver.Override? {
        let ignored = environment["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] ?? section["ignore_configured_endpoint_urls"]
        guard !Self.isTrue(ignored) else { return nil }
        for name in ["AWS_ENDPOINT_URL_\(service.configurationName)", "AWS_ENDPOINT_URL"] {
            if let url = environment[name] { return .init(url: url, source: name) }
        }
        let servicesSection = section["services"].flatMap { files.services[$0] }
        let nested = "\(service.configurationName.lowercased()).endpoint_url"
        if let url = servicesSection?[nested] {
            return .init(url: url, source: "the services section of the profile `\(profile)`")
        }
        return section["endpoint_url"].map { .init(url: $0, source: "endpoint_url of the profile `\(profile)`") }
    }

    /// A setting as AWS looks it up: the variable first, then the profile.
    ///
    /// - Parameters:
    ///   - variable: The environment variable's name.
    ///   - name: The profile's setting that stands for the same.
    /// - Returns: The text, and where it stands, in words; `nil` where neither is set.
    package func value(of variable: String, orInProfile name: String) -> (text: String, source: String)? {
        if let text = environment[variable] { return (text, variable) }
        guard let text = section[name], !text.isEmpty else { return nil }
        return (text, "\(name) of the profile `\(profile)`")
    }

    private static func isTrue(_ value: String?) -> Bool {
        value?.lowercased() == "true"
    }

    private static func warnings(_ environment: [String: String]) -> [String] {
        var warnings: [String] = []
        if environment["AWS_ENDPOINT_URL_DMS"] != nil {
            warnings.append(
                "AWS_ENDPOINT_URL_DMS is set, which AWS does not know; "
                    + "the name is AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE")
        }
        if let attempts = environment["AWS_MAX_ATTEMPTS"], (Int(attempts) ?? 0) < 1 {
            warnings.append("AWS_MAX_ATTEMPTS is not a whole number from 1 on; it is not used")
        }
        if let mode = environment["AWS_RETRY_MODE"], mode != "standard" {
            warnings.append("AWS_RETRY_MODE is `\(mode)`; the standard mode is used")
        }
        return warnings
    }
}
