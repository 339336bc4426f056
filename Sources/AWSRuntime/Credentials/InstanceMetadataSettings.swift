/// How the instance metadata service is to be asked, as the environment and the profile tell it.
struct InstanceMetadataSettings {
    /// Where it is.
    let endpoint: Endpoint
    /// How long one attempt may take.
    let attemptTimeout: Duration
    /// How many times each question is asked.
    let maxAttempts: Int

    private static let defaults = ["ipv4": "http://169.254.169.254", "ipv6": "http://[fd00:ec2::254]"]

    /// Reads the settings.
    ///
    /// A configured endpoint goes before the mode, the environment before the profile.
    ///
    /// - Throws: ``CredentialsError`` that names the setting; declines when `AWS_EC2_METADATA_DISABLED` is `true`.
    init(_ settings: AWSSettings, provider: String) throws(CredentialsError) {
        guard settings.environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else {
            throw .declined(provider: provider, reason: "AWS_EC2_METADATA_DISABLED is true")
        }
        endpoint = try Self.endpoint(settings, provider: provider)
        let seconds = try Self.number(
            settings.value(of: "AWS_METADATA_SERVICE_TIMEOUT", orInProfile: "metadata_service_timeout"),
            provider: provider)
        attemptTimeout = .seconds(seconds ?? 1)
        maxAttempts =
            try Self.number(
                settings.value(of: "AWS_METADATA_SERVICE_NUM_ATTEMPTS", orInProfile: "metadata_service_num_attempts"),
                provider: provider) ?? 1
    }

    private static func endpoint(_ settings: AWSSettings, provider: String) throws(CredentialsError) -> Endpoint {
        let mode = settings.value(
            of: "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", orInProfile: "ec2_metadata_service_endpoint_mode")
        guard let standard = defaults[mode?.text.lowercased() ?? "ipv4"] else {
            throw .failed(provider: provider, reason: "\(mode?.source ?? "the mode") is neither IPv4 nor IPv6")
        }
        let configured = settings.value(
            of: "AWS_EC2_METADATA_SERVICE_ENDPOINT", orInProfile: "ec2_metadata_service_endpoint")
        guard let endpoint = Endpoint(url: configured?.text ?? standard, region: "") else {
            throw .failed(
                provider: provider, reason: "\(configured?.source ?? "the endpoint") is not a URL such as \(standard)")
        }
        return endpoint
    }

    private static func number(
        _ value: (text: String, source: String)?, provider: String
    ) throws(CredentialsError) -> Int? {
        guard let value else { return nil }
        guard let number = Int(value.text), (1...3600).contains(number) else {
            throw .failed(provider: provider, reason: "\(value.source) is not a whole number from 1 to 3600")
        }
        return number
    }
}
