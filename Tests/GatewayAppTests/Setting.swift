import GatewayApp
import HTTPServer
import Logging
import RateLimiting
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
    /// What the configuration holds, as text.
    let read: @Sendable (GatewayConfiguration) -> String

    var testDescription: String { key }

    /// The setting in a file, its value on line 2.
    func yaml(_ value: String) -> String {
        let parts = key.split(separator: ".")
        if parts.count == 1 { return "# limits\n\(key): [\"\(value.replacing(",", with: "\", \""))\"]\n" }
        return "\(parts[0]):\n  \(parts[1]): \"\(value)\"\n"
    }

    static let all: [Setting] = listen + server + aws + others

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
    ]

    private static let others = [
        Setting(
            key: "limits", variable: "JOBGATE_LIMITS", standard: "default=60/60",
            good: ["default=1/1s", "default=2/2s:5,batch=3/3m", "default=4/1h"],
            bad: ["default", "default=60", "default=0/60s", "default=60/60", "de fault=60/60s", "default=60/60s:0"]
        ) { configuration in
            configuration.limits.map { limit in
                let burst = limit.burst == limit.quota ? "" : ":\(limit.burst)"
                return "\(limit.name)=\(limit.quota)/\(Int(limit.window / .seconds(1)))\(burst)"
            }.joined(separator: ",")
        },
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

    private static func duration(
        _ key: String, _ variable: String, _ standard: Int,
        read: @escaping @Sendable (GatewayConfiguration) -> Duration
    ) -> Setting {
        Setting(
            key: key, variable: "JOBGATE_\(variable)", standard: "\(standard * 1_000)ms",
            good: ["1ms", "250ms", "86400000ms"], bad: ["0s", "0ms", "10", "1.5s", "-1s", "25h", "2d", "soon"]
        ) { "\(Int(read($0) / .milliseconds(1)))ms" }
    }
}
