package import AWSRuntime
import AWSServices
import Foundation
import Jobs
import Resilience

/// One account, region and role that the gateway calls, resolved: where, and as whom.
package struct AWSTarget: Sendable {
    /// The name that callers may ask for.
    package var name: String
    /// The region.
    package var region: String
    /// The account, where the configuration says.
    package var account: String?
    /// The ARN of the role that is taken on; `nil` to call as the base identity.
    package var roleARN: String?
    /// The external id that the role asks for.
    package var externalID: String?
    /// Where DMS is called.
    package var databaseMigration: Endpoint
    /// Where TwinMaker is called; `nil` where the region has none.
    package var twinMaker: Endpoint?
    /// Where STS is called.
    package var securityToken: Endpoint
    /// What the environment and the profile say; the base identity is found by it.
    package var settings: AWSSettings
    /// How many attempts a call has.
    package var maxAttempts: Int
    /// What looks like a mistake, for the log.
    package var warnings: [String]

    /// Resolves every target of a configuration and AWS's own sources.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
    package static func resolveAll(
        _ configuration: GatewayConfiguration, environment: [String: String]
    ) throws(ConfigurationError) -> [AWSTarget] {
        var targets: [AWSTarget] = []
        var problems: [String] = []
        let isOnly = configuration.targets.isEmpty
        let configured = isOnly ? [.init(name: TargetTable.defaultName)] : configuration.targets
        for target in configured {
            do {
                var resolved = try resolve(target, configuration.aws, environment: environment)
                // What the environment says wrongly is said once.
                resolved.warnings.removeAll { warning in targets.contains { $0.warnings.contains(warning) } }
                targets.append(resolved)
            } catch {
                problems += error.problems.map { isOnly ? $0 : "the target `\(target.name)`: \($0)" }
            }
        }
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
        _ = try trustRootsPath(configuration.aws, targets: targets)
        return targets
    }

    /// The PEM file of the certificate authorities to trust; `nil` for the system's.
    ///
    /// - Throws: ``ConfigurationError`` when the file holds none.
    package static func trustRootsPath(
        _ configuration: GatewayConfiguration.AWS, targets: [AWSTarget]
    ) throws(ConfigurationError) -> String? {
        let paths = targets.map(\.settings.trustRootsPath)
        // All targets share their connections, and so what these trust.
        if configuration.caBundle == nil, Set(paths).count > 1 {
            throw ConfigurationError(problems: [
                "the profiles of the targets name different `ca_bundle`s: set `aws.caBundle` to one file for all"
            ])
        }
        guard let path = configuration.caBundle ?? paths.first ?? nil else { return nil }
        guard AsyncHTTPClientTransport.canTrust(rootsAt: path) else {
            let setting = configuration.caBundle == nil ? "AWS_CA_BUNDLE or the profile's ca_bundle" : "`aws.caBundle`"
            throw ConfigurationError(problems: ["\(setting): \(path) holds no certificate that can be read"])
        }
        return path
    }

    private static func resolve(
        _ target: GatewayConfiguration.Target, _ aws: GatewayConfiguration.AWS, environment: [String: String]
    ) throws(ConfigurationError) -> AWSTarget {
        let settings = try settings(of: target, aws, environment: environment)
        guard let region = settings.region else {
            throw ConfigurationError(problems: [
                "no AWS region: set `aws.region`, AWS_REGION, AWS_DEFAULT_REGION or the profile's `region`"
            ])
        }
        let endpoints = TargetEndpoints(target: target, settings: settings, region: region)
        var warnings = settings.warnings
        let databaseMigration = try endpoints.databaseMigration()
        let twinMaker = try endpoints.twinMaker()
        if twinMaker == nil {
            warnings.append("IoT TwinMaker does not exist in \(region): the routes of transfer jobs answer 404")
        }
        let roleAccount = target.roleARN.flatMap(AssumedRole.account(ofRoleARN:))
        if let account = target.account, let roleAccount, account != roleAccount {
            warnings.append(
                "the target `\(target.name)` is said to be the account \(account), its role is one of \(roleAccount), "
                    + "and calls go to the role's")
        }
        return AWSTarget(
            name: target.name, region: region, account: target.account ?? roleAccount,
            roleARN: target.roleARN, externalID: target.externalID,
            databaseMigration: databaseMigration, twinMaker: twinMaker,
            securityToken: try endpoints.securityToken(), settings: settings,
            maxAttempts: aws.maxAttempts ?? settings.maxAttempts ?? RetryStrategy().maxAttempts, warnings: warnings)
    }

    private static func settings(
        of target: GatewayConfiguration.Target, _ aws: GatewayConfiguration.AWS, environment: [String: String]
    ) throws(ConfigurationError) -> AWSSettings {
        let profile = target.profile ?? aws.profile
        let settings: AWSSettings
        do {
            settings = try AWSSettings(
                environment: environment, profile: profile, region: target.region ?? aws.region)
        } catch {
            throw ConfigurationError(problems: ["AWS profile: \(error.description)"])
        }
        if !settings.isProfileKnown, let setting = profileSetting(of: target, aws, settings) {
            throw ConfigurationError(problems: [
                "\(setting): there is no profile `\(settings.profile)` in AWS's files"
            ])
        }
        return settings
    }

    /// What names the profile; `nil` when it is `default` for want of another, which need not be there.
    private static func profileSetting(
        of target: GatewayConfiguration.Target, _ aws: GatewayConfiguration.AWS, _ settings: AWSSettings
    ) -> String? {
        if target.profile != nil { return "`targets.\(target.name).profile`" }
        if aws.profile != nil { return "`aws.profile`" }
        return ["AWS_DEFAULT_PROFILE", "AWS_PROFILE"].first { settings.environment[$0] == settings.profile }
    }
}

/// The endpoints of one target: its own settings go before AWS's.
private struct TargetEndpoints {
    let target: GatewayConfiguration.Target
    let settings: AWSSettings
    let region: String

    func databaseMigration() throws(ConfigurationError) -> Endpoint {
        let own = own(target.databaseMigrationEndpoint, "databaseMigrationEndpoint", orAll: true)
        do {
            return try endpoint(of: .databaseMigration, own: own)
        } catch {
            throw ConfigurationError(problems: ["DMS endpoint: \(error.description)"])
        }
    }

    func twinMaker() throws(ConfigurationError) -> Endpoint? {
        let own = own(target.twinMakerEndpoint, "twinMakerEndpoint", orAll: true)
        do {
            return try endpoint(of: .twinMaker, own: own)
        } catch .serviceNotInRegion {
            return nil
        } catch {
            throw ConfigurationError(problems: ["IoT TwinMaker endpoint: \(error.description)"])
        }
    }

    func securityToken() throws(ConfigurationError) -> Endpoint {
        do {
            return try endpoint(
                of: .securityToken, own: own(target.securityTokenEndpoint, "securityTokenEndpoint", orAll: false))
        } catch {
            throw ConfigurationError(problems: ["STS endpoint: \(error.description)"])
        }
    }

    private func own(_ url: String?, _ member: String, orAll: Bool) -> EndpointResolver.Override? {
        if let url { return .init(url: url, source: "`targets.\(target.name).\(member)`") }
        guard orAll, let url = target.endpoint else { return nil }
        return .init(url: url, source: "`targets.\(target.name).endpoint`")
    }

    private func endpoint(
        of service: AWSService, own: EndpointResolver.Override?
    ) throws(EndpointError) -> Endpoint {
        let resolver = EndpointResolver(
            region: region, usesFIPS: settings.usesFIPS, usesDualStack: settings.usesDualStack)
        return try resolver.endpoint(for: service, override: own ?? settings.endpointOverride(for: service))
    }
}
