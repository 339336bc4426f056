import AuditLog
package import Authentication
import GatewayAPI
import Logging
package import NIOCore
import RateLimiting

/// The checks of what a gateway leans on besides AWS: the store of the limits, the issuers' keys, the audit trail.
///
/// What is not configured has no check.
package struct SurroundingsExamination: Sendable {
    private let configuration: GatewayConfiguration
    private let eventLoop: any EventLoop
    private let fetch: @Sendable (_ trustRootsPath: String?) -> DocumentFetch

    /// Prepares the examination of a checked configuration.
    ///
    /// - Parameters:
    ///   - configuration: The configuration.
    ///   - eventLoop: Where a connection to the store lives.
    ///   - fetch: Gives what fetches documents, by the certificate authorities to trust.
    package init(
        _ configuration: GatewayConfiguration, eventLoop: any EventLoop,
        fetch: @escaping @Sendable (_ trustRootsPath: String?) -> DocumentFetch
    ) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.fetch = fetch
    }

    /// Makes every check.
    ///
    /// - Throws: ``ConfigurationError`` when the rules of TLS to the store cannot be set up.
    package func checks() async throws(ConfigurationError) -> [DoctorCheck] {
        var checks: [DoctorCheck] = []
        if let store = configuration.limiter.store { checks.append(try await limiterStore(store.publicName)) }
        for issuer in configuration.issuers { checks.append(await keySet(of: issuer)) }
        if let path = configuration.audit.path { checks.append(Self.auditFile(path)) }
        return checks
    }

    /// Does what a gateway does when it starts: connects, authenticates, and loads the script.
    ///
    /// Nothing is counted.
    private func limiterStore(_ store: String) async throws(ConfigurationError) -> DoctorCheck {
        let name = "limiter-store"
        let logger = Logger(label: "doctor") { _ in SwiftLogNoOpLogHandler() }
        let assembly = try LimiterAssembly(configuration.limiter, eventLoop: eventLoop, logger: logger)
        await assembly.start()
        guard let failure = assembly.health.error else {
            return DoctorCheck(target: nil, name: name, .ok, "\(store) is reached, and takes the script")
        }
        let policy = configuration.limiter.whenDown
        return DoctorCheck(
            target: nil, name: name, policy == .closed ? .fail : .warn, "\(store): \(failure)",
            hint: "Look at the store, at `limiter.url` and at its user and password; until it counts, "
                + "`limiter.whenDown: \(policy.rawValue)` holds.")
    }

    private func keySet(of issuer: TokenIssuer) async -> DoctorCheck {
        let name = "issuer-keys"
        let loader = KeySetLoader(issuer.keySet.source, fetch: fetch(issuer.keySet.trustRootsPath))
        do {
            let keys = try await KeySet(try await loader.load(by: .now + KeySetCache.patience).body)
            let skipped = keys.skipped > 0 ? ", besides \(keys.skipped) that cannot be used" : ""
            return DoctorCheck(target: nil, name: name, .ok, "\(issuer.name): \(keys.count) keys\(skipped)")
        } catch {
            let members = "`issuer`, `keySetUrl`, `keySetFile` and `caBundle`"
            return DoctorCheck(
                target: nil, name: name, .fail, "\(issuer.name): \(error)",
                hint: "Look at the network, and at \(members) of `issuers.\(issuer.name)`: its tokens are refused.")
        }
    }

    private static func auditFile(_ path: String) -> DoctorCheck {
        let name = "audit-file"
        do {
            let rows = try SQLiteAuditLog.examine(path: path)
            let detail = rows.map { "\(path) has \($0) rows" } ?? "\(path) is not there yet, and can be made"
            return DoctorCheck(target: nil, name: name, .ok, detail)
        } catch {
            return DoctorCheck(
                target: nil, name: name, .fail, "\(error)",
                hint: "Let the gateway's user write the file and its folder; `jobgate audit verify` looks at the rows.")
        }
    }
}
