package import Authentication
import Foundation
package import GatewayAPI
import Synchronization

/// The rules in force: a policy that is exchanged whole, and whether the files still say the same.
///
/// A request reads the policy once. What is not good never gets here, so there is always one that works.
package final class LiveConfiguration: Sendable {
    private struct State {
        var configuration: GatewayConfiguration
        var keys: [APIKeyRecord]
        var policy: RequestPolicy
        var adoptedAt: Date
        var problems: [Part: String] = [:]
    }

    /// A file, or what belongs together with it.
    enum Part: Sendable, Hashable, CaseIterable {
        /// The configuration file and what it names.
        case configuration
        /// The key file.
        case keys
    }

    private let assembly: PolicyAssembly
    private let state: Mutex<State>

    /// Takes a configuration that works.
    ///
    /// - Throws: ``ConfigurationError`` when no policy can be made of it.
    package init(
        _ configuration: GatewayConfiguration, keys: [APIKeyRecord], assembly: PolicyAssembly
    ) throws(ConfigurationError) {
        self.assembly = assembly
        let policy = try assembly.policy(of: configuration, keys: keys)
        state = Mutex(State(configuration: configuration, keys: keys, policy: policy, adoptedAt: Date()))
    }

    /// The rules in force.
    package var policy: RequestPolicy { state.withLock { $0.policy } }

    /// The configuration that the rules were made of.
    var configuration: GatewayConfiguration { state.withLock { $0.configuration } }

    /// How the files stand, for `/healthz`.
    package var status: HealthReport.Configuration {
        state.withLock { state in
            HealthReport.Configuration(
                adoptedAt: state.adoptedAt, problems: Part.allCases.compactMap { state.problems[$0] })
        }
    }

    /// Puts other rules in the place of those in force.
    ///
    /// - Parameters:
    ///   - configuration: A checked configuration; `nil` to stay with the one in force.
    ///   - keys: The keys.
    /// - Throws: ``ConfigurationError`` when no policy can be made of them; then nothing has changed.
    func adopt(
        _ configuration: GatewayConfiguration?, keys: [APIKeyRecord]
    ) throws(ConfigurationError) {
        let (before, served) = state.withLock { ($0.configuration, $0.policy.targetNames) }
        var configuration = configuration ?? before
        configuration.keepReadOnly(targetsOf: before, among: served)
        let policy = try assembly.policy(of: configuration, keys: keys)
        state.withLock { state in
            state.configuration = configuration
            state.keys = keys
            state.policy = policy
            state.adoptedAt = Date()
        }
    }

    /// Notes what is wrong with a file, or `nil` that it is good again; the rules stay as they are.
    func note(_ problem: String?, of part: Part) {
        state.withLock { $0.problems[part] = problem }
    }
}
