package import Authentication
package import GatewayAPI
package import HTTPServer
package import Logging
package import RateLimiting
package import Resilience

/// Everything that an operator can set, read and checked; a value of this type is a configuration that works.
package struct GatewayConfiguration: Sendable {
    /// Where the gateway listens.
    package struct Listen: Sendable, Hashable {
        /// The address: an IPv4 or IPv6 address, or a name that resolves to one.
        package var host = "127.0.0.1"
        /// The port; 0 for any.
        package var port = 8_080
        /// How many connections the system may hold that are not yet accepted.
        package var backlog = 1_024

        /// The defaults.
        package init() {}
    }

    /// Where the gateway tells of itself, apart from its callers.
    package struct Admin: Sendable, Hashable {
        /// The address.
        package var host = "127.0.0.1"
        /// The port, 0 for any; `nil` for no such listener.
        package var port: Int?

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
        /// The bound on calls to DMS, for each target; `nil` for none.
        package var databaseMigrationBudget: BudgetSettings? = BudgetSettings()
        /// The bound on calls to TwinMaker, for each target; `nil` for none: AWS names no single figure for it.
        package var twinMakerBudget: BudgetSettings?
        /// When calls to a failing service are stopped, for each target and service; `nil` for never.
        package var breaker: CircuitBreakerSettings? = CircuitBreakerSettings()
        /// How many role sessions are kept for each target.
        package var maxSessions = 256

        /// The defaults.
        package init() {}
    }

    /// One account, region and role; what is `nil` comes from ``AWS``.
    package struct Target: Sendable, Hashable {
        /// The name, 1 to 64 of `[A-Za-z0-9_-]`.
        package var name: String
        /// The region.
        package var region: String?
        /// The account, 12 digits; the role's when `nil`.
        package var account: String?
        /// The role that is taken on; the base identity's own permissions when `nil`.
        package var roleARN: String?
        /// The external id that the role asks for.
        package var externalID: String?
        /// The profile of the base identity.
        package var profile: String?
        /// The endpoint of all but STS.
        package var endpoint: String?
        /// The endpoint of DMS.
        package var databaseMigrationEndpoint: String?
        /// The endpoint of TwinMaker.
        package var twinMakerEndpoint: String?
        /// The endpoint of STS.
        package var securityTokenEndpoint: String?

        /// A target of which only the name is known.
        package init(name: String) {
            self.name = name
        }
    }

    /// Where the gateway listens.
    package var listen = Listen()
    /// Where it tells of itself.
    package var admin = Admin()
    /// What a connection and a request may cost.
    package var server = ServerLimits()
    /// The API key file.
    package var keysFile: String?
    /// Where it is kept when each key was last used; `nil` for nowhere.
    package var keyUsageFile: String?
    /// How often one address may fail to authenticate; `nil` for as often as it likes.
    package var failureLimit = RateLimit(name: Self.failureLimitName, quota: 60, window: .seconds(60))
    /// Which proxies are believed when they say where a request comes from.
    package var addresses = ClientAddressPolicy()
    /// The named rate limits; one of them is called `default`.
    package var limits: [RateLimit] = []
    /// Where the requests are counted.
    package var limiter = Limiter()
    /// Which pages may call the gateway from a browser.
    package var cors = CORSPolicy()
    /// Where cancels are switched off.
    package var readOnly = ReadOnlyPolicy()
    /// How the audit trail is kept.
    package var audit = Audit()
    /// How AWS is called.
    package var aws = AWS()
    /// The targets; one called `default` when there is none.
    package var targets: [Target] = []
    /// Whose tokens are taken.
    package var issuers: [TokenIssuer] = []
    /// The least level that is logged.
    package var logLevel = Logger.Level.info

    /// The defaults.
    package init() {}

    /// The limit of callers that name none.
    package static let defaultLimitName = "default"

    /// What the limit of failed authentications is called; callers never see it.
    static let failureLimitName = "failures"
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
