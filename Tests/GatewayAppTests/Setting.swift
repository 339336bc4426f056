import AuditLog
import GatewayAPI
import GatewayApp
import HTTPServer
import Logging
import RateLimiting
import Resilience
import Testing

/// A setting with three good values, in the order of their precedence, and some bad ones.
struct Setting: Sendable, CustomTestStringConvertible {
    /// The dotted name.
    let key: String
    /// The environment's variable.
    let variable: String
    /// What holds when nothing is set.
    let standard: String
    /// Values for the file, the environment and the flags.
    let good: [String]
    /// Values that are refused.
    let bad: [String]
    /// The good values as the configuration holds them, where that is another text.
    var normal: [String]?
    /// Whether it is a list.
    var isList = false
    /// What the configuration holds, as text.
    let read: @Sendable (GatewayConfiguration) -> String

    var testDescription: String { key }

    /// The setting in a file, its value on line 2.
    func yaml(_ value: String) -> String {
        let parts = key.split(separator: ".")
        if parts.count == 3 { return "\(parts[0]):\n  \(parts[1]): {\(parts[2]): \"\(value)\"}\n" }
        let text = isList ? "[\"\(value.replacing(",", with: "\", \""))\"]" : "\"\(value)\""
        return parts.count == 1 ? "# \(key)\n\(key): \(text)\n" : "\(parts[0]):\n  \(parts[1]): \(text)\n"
    }

    static let all: [Setting] =
        listen + server + cors + callers + limiter + audit + aws + budgets + breaker + others

    private static let listen = [
        Setting(
            key: "listen.host", variable: "JOBGATE_LISTEN_HOST", standard: "127.0.0.1", good: ["::1", "0.0.0.0", "::"],
            bad: []
        ) { $0.listen.host },
        Setting(
            key: "listen.port", variable: "JOBGATE_LISTEN_PORT", standard: "8080", good: ["0", "443", "65535"],
            bad: ["-1", "65536", "http", "80.5", "8 080", "99999999999999999999"]
        ) { "\($0.listen.port)" },
        Setting(
            key: "listen.backlog", variable: "JOBGATE_LISTEN_BACKLOG", standard: "1024", good: ["1", "2", "65535"],
            bad: ["0", "65536", "many"]
        ) { "\($0.listen.backlog)" },
        Setting(
            key: "admin.host", variable: "JOBGATE_ADMIN_HOST", standard: "127.0.0.1", good: ["::1", "0.0.0.0", "::"],
            bad: []
        ) { $0.admin.host },
        Setting(
            key: "admin.port", variable: "JOBGATE_ADMIN_PORT", standard: "none", good: ["0", "9090", "65535"],
            bad: ["-1", "65536", "off"]
        ) { $0.admin.port.map(String.init) ?? "none" },
    ]

    private static let server = [
        count("maxConnections", "MAX_CONNECTIONS", "1024", ["1", "2", "1000000"], ["0", "1000001"]) {
            $0.server.maxConnections
        },
        count("maxRequestLineBytes", "MAX_REQUEST_LINE_BYTES", "8192", ["128", "129", "65536"], ["127", "65537"]) {
            $0.server.maxRequestLineBytes
        },
        count("maxHeaderBytes", "MAX_HEADER_BYTES", "16384", ["512", "513", "1048576"], ["511", "1048577"]) {
            $0.server.maxHeaderBytes
        },
        count("maxHeaderFields", "MAX_HEADER_FIELDS", "100", ["4", "5", "1000"], ["3", "1001"]) {
            $0.server.maxHeaderFields
        },
        count("maxBodyBytes", "MAX_BODY_BYTES", "65536", ["0", "1", "67108864"], ["-1", "67108865", "1M"]) {
            $0.server.maxBodyBytes
        },
        duration("server.headerTimeout", "SERVER_HEADER_TIMEOUT", 10) { $0.server.headerTimeout },
        duration("server.requestTimeout", "SERVER_REQUEST_TIMEOUT", 30) { $0.server.requestTimeout },
        duration("server.idleTimeout", "SERVER_IDLE_TIMEOUT", 60) { $0.server.idleTimeout },
        duration("server.drainTimeout", "SERVER_DRAIN_TIMEOUT", 25) { $0.server.drainTimeout },
    ]

    private static let cors = [
        Setting(
            key: "cors.origins", variable: "JOBGATE_CORS_ORIGINS", standard: "",
            good: ["https://A.example:443", "http://localhost:3000,https://b.example", "http://[0::1]:8080"],
            bad: [
                "*", "null", "https://a.example/", "https://*.example", "ftp://a.example", "a.example", "https://",
                "https://a.example:0", "https://a.example https://b.example",
            ],
            normal: ["https://a.example", "http://localhost:3000,https://b.example", "http://[::1]:8080"], isList: true
        ) { $0.cors.origins.map(\.text).joined(separator: ",") },
        duration("cors.maxAge", "CORS_MAX_AGE", 600) { $0.cors.maxAge },
    ]

    private static let callers = [
        Setting(
            key: "authentication.failures", variable: "JOBGATE_AUTHENTICATION_FAILURES", standard: "60/60:60",
            good: ["30/60s:10", "off", "5/1m"],
            bad: ["on", "30", "30/60", "0/60s", "failures=30/60s", "30/60s:0", "false"],
            normal: ["30/60:10", "off", "5/60:5"]
        ) { configuration in
            configuration.failureLimit.map { "\($0.quota)/\(Int($0.window / .seconds(1))):\($0.burst)" } ?? "off"
        },
        Setting(
            key: "proxies.trusted", variable: "JOBGATE_PROXIES_TRUSTED", standard: "0",
            good: ["10.0.0.0/8", "192.0.2.7,2001:db8::/32", "10.0.0.0/8,172.16.0.0/12,::1"],
            bad: ["10.0.0.0/0", "0.0.0.0/0", "::/0", "10.0.0.1/8", "10.0.0.0/33", "all", "proxy.example", "10.0.0.*"],
            normal: ["1", "2", "3"], isList: true
        ) { "\($0.addresses.trusted.count)" },
        Setting(
            key: "proxies.header", variable: "JOBGATE_PROXIES_HEADER", standard: "x-forwarded-for",
            good: ["forwarded", "X-Forwarded-For", "Forwarded"],
            bad: ["x-real-ip", "both", "forwarded,x-forwarded-for"],
            normal: ["forwarded", "x-forwarded-for", "forwarded"]
        ) { $0.addresses.field.rawValue },
    ]

    private static let audit = [
        Setting(
            key: "audit.path", variable: "JOBGATE_AUDIT_PATH", standard: "none",
            good: ["/tmp/a.db", "b.db", "./c.db"], bad: ["/", "/tmp", "/no-such-folder/audit.db", "audit.db/"]
        ) { $0.audit.path ?? "none" },
        Setting(
            key: "audit.whenUnwritable", variable: "JOBGATE_AUDIT_WHEN_UNWRITABLE", standard: "refuse",
            good: ["proceed", "refuse", "proceed"], bad: ["on", "ignore", "REFUSE"]
        ) { $0.audit.settings.refusesUnwritten ? "refuse" : "proceed" },
        Setting(
            key: "audit.stateBefore", variable: "JOBGATE_AUDIT_STATE_BEFORE", standard: "off",
            good: ["read", "off", "read"], bad: ["on", "true", "Read"]
        ) { $0.audit.settings.readsStateBefore ? "read" : "off" },
    ]

    private static let aws = [
        Setting(
            key: "aws.region", variable: "JOBGATE_AWS_REGION", standard: "none",
            good: ["eu-west-1", "us-east-1", "cn-north-1"], bad: ["eu west 1", "eu-west-1.evil.test", "-", "EU-WEST-1"]
        ) { $0.aws.region ?? "none" },
        Setting(
            key: "aws.profile", variable: "JOBGATE_AWS_PROFILE", standard: "none", good: ["one", "two", "three"],
            bad: []
        ) { $0.aws.profile ?? "none" },
        duration("aws.timeout", "AWS_TIMEOUT", 20) { $0.aws.timeout },
        duration("aws.connectTimeout", "AWS_CONNECT_TIMEOUT", 2) { $0.aws.connectTimeout },
        Setting(
            key: "aws.maxAttempts", variable: "JOBGATE_AWS_MAX_ATTEMPTS", standard: "none", good: ["1", "2", "10"],
            bad: ["0", "11", "three"]
        ) { $0.aws.maxAttempts.map(String.init) ?? "none" },
        Setting(
            key: "aws.maxSessions", variable: "JOBGATE_AWS_MAX_SESSIONS", standard: "256", good: ["1", "2", "10000"],
            bad: ["0", "10001", "all"]
        ) { "\($0.aws.maxSessions)" },
    ]

    private static let budgets = [
        budget("dms", standard: "8.0/s:200") { $0.aws.databaseMigrationBudget },
        budget("iottwinmaker", standard: "off") { $0.aws.twinMakerBudget },
    ]

    private static let breaker = [
        Setting(
            key: "aws.breaker", variable: "JOBGATE_AWS_BREAKER", standard: "on", good: ["off", "on", "off"],
            bad: ["yes", "ON", "false", "5s"]
        ) { $0.aws.breaker == nil ? "off" : "on" },
        duration("aws.breakerWindow", "AWS_BREAKER_WINDOW", 10, least: 10) { $0.aws.breaker?.window ?? .zero },
        Setting(
            key: "aws.breakerMinimumCalls", variable: "JOBGATE_AWS_BREAKER_MINIMUM_CALLS", standard: "10",
            good: ["1", "20", "100000"], bad: ["0", "100001", "ten"]
        ) { "\($0.aws.breaker?.minimumCalls ?? 0)" },
        Setting(
            key: "aws.breakerFailurePercent", variable: "JOBGATE_AWS_BREAKER_FAILURE_PERCENT", standard: "50",
            good: ["1", "75", "100"], bad: ["0", "101", "50%", "0.5"]
        ) { "\(Int((($0.aws.breaker?.failureRatio ?? 0) * 100).rounded()))" },
        duration("aws.breakerOpen", "AWS_BREAKER_OPEN", 5) { $0.aws.breaker?.openDuration ?? .zero },
    ]

    private static let others = [
        Setting(
            key: "limits", variable: "JOBGATE_LIMITS", standard: "default=60/60",
            good: ["default=1/1s", "default=2/2s:5,batch=3/3m", "default=4/1h"],
            bad: ["default", "default=60", "default=0/60s", "default=60/60", "de fault=60/60s", "default=60/60s:0"],
            normal: ["default=1/1", "default=2/2:5,batch=3/180", "default=4/3600"], isList: true
        ) { configuration in
            configuration.limits.map { limit in
                let burst = limit.burst == limit.quota ? "" : ":\(limit.burst)"
                return "\(limit.name)=\(limit.quota)/\(Int(limit.window / .seconds(1)))\(burst)"
            }.joined(separator: ",")
        },
        Setting(
            key: "readOnly.enabled", variable: "JOBGATE_READ_ONLY_ENABLED", standard: "false",
            good: ["true", "false", "true"], bad: ["yes", "on", "1", "TRUE", "true "]
        ) { $0.readOnly.gatewayMessage == nil ? "false" : "true" },
        Setting(
            key: "log.level", variable: "JOBGATE_LOG_LEVEL", standard: "info", good: ["trace", "warning", "critical"],
            bad: ["verbose", "INFO", "warn"]
        ) { $0.logLevel.rawValue },
    ]

    private static func count(
        _ name: String, _ variable: String, _ standard: String, _ good: [String], _ bad: [String],
        read: @escaping @Sendable (GatewayConfiguration) -> Int
    ) -> Setting {
        Setting(
            key: "server.\(name)", variable: "JOBGATE_SERVER_\(variable)", standard: standard, good: good,
            bad: bad + ["x"]
        ) { "\(read($0))" }
    }

    private static func budget(
        _ service: String, standard: String, read: @escaping @Sendable (GatewayConfiguration) -> BudgetSettings?
    ) -> Setting {
        Setting(
            key: "aws.budget.\(service)", variable: "JOBGATE_AWS_BUDGET_\(service.uppercased())", standard: standard,
            good: ["100/10s:50", "30/m", "off"], bad: ["8", "8/s:0", "none", "0/s", "8/s:200:1"],
            normal: ["10.0/s:50", "0.5/s:1", "off"]
        ) { configuration in
            read(configuration).map { "\($0.refillPerSecond)/s:\($0.burst)" } ?? "off"
        }
    }

    /// A duration that stands at so many seconds, and may be a few milliseconds at least.
    private static func duration(
        _ key: String, _ variable: String, _ standard: Int, least: Int = 1,
        read: @escaping @Sendable (GatewayConfiguration) -> Duration
    ) -> Setting {
        Setting(
            key: key, variable: "JOBGATE_\(variable)", standard: "\(standard * 1_000)ms",
            good: ["\(least)ms", "250ms", "86400000ms"], bad: ["0s", "0ms", "10", "1.5s", "-1s", "25h", "2d", "soon"]
        ) { "\(Int(read($0) / .milliseconds(1)))ms" }
    }
}
