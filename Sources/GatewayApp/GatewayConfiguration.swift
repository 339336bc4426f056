package import HTTPServer
package import Logging
package import RateLimiting

/// Everything that an operator can set, read and checked; a value of this type is a configuration that works.
package struct GatewayConfiguration: Sendable {
    /// Where the gateway listens.
    package struct Listen: Sendable, Hashable {
        /// The address: an IPv4 or IPv6 address or `localhost`.
        package var host = "127.0.0.1"
        /// The port; 0 for any.
        package var port = 8_080
        /// How many connections the system may hold that are not yet accepted.
        package var backlog = 1_024

        /// The defaults.
        package init() {}
    }

    /// How AWS is called.
    package struct AWS: Sendable, Hashable {
        /// The region; AWS's own sources are asked when `nil`.
        package var region: String?
        /// The profile; `AWS_PROFILE` is asked when `nil`.
        package var profile: String?
        /// How long one question to AWS may take, retries included.
        package var timeout = Duration.seconds(20)
        /// How long a TCP connection may take to be made.
        package var connectTimeout = Duration.seconds(2)
        /// How many attempts a call has; `AWS_MAX_ATTEMPTS` is asked when `nil`, then 3.
        package var maxAttempts: Int?
        /// A PEM file of the certificate authorities to trust; `AWS_CA_BUNDLE` is asked when `nil`.
        package var caBundle: String?

        /// The defaults.
        package init() {}
    }

    /// Where the gateway listens.
    package var listen = Listen()
    /// What a connection and a request may cost.
    package var server = ServerLimits()
    /// The API key file.
    package var keysFile: String?
    /// The named rate limits; one of them is called `default`.
    package var limits: [RateLimit] = []
    /// How AWS is called.
    package var aws = AWS()
    /// The least level that is logged.
    package var logLevel = Logger.Level.info

    /// The defaults.
    package init() {}

    /// The limit of callers that name none.
    package static let defaultLimitName = "default"
}

/// Everything that is wrong with a configuration, one sentence each, with the place where it stands.
package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sentences.
    package let problems: [String]

    /// Collects sentences.
    package init(problems: [String]) {
        self.problems = problems
    }

    /// A sentence a line.
    package var description: String { problems.joined(separator: "\n") }
}
