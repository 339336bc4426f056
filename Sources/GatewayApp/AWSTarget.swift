package import AWSRuntime
import AWSServices
import Foundation
import Resilience

/// The account and region that the gateway calls: where, with whose credentials, how patiently.
package struct AWSTarget: Sendable {
    /// The target's name; there is one.
    package static let defaultName = "default"

    /// The region.
    package var region: String
    /// Where DMS is called.
    package var databaseMigration: Endpoint
    /// Where TwinMaker is called; `nil` where the region has none.
    package var twinMaker: Endpoint?
    /// What requests are signed with.
    package var credentials: any CredentialsProvider
    /// A PEM file of the certificate authorities to trust.
    package var trustRootsPath: String?
    /// How many attempts a call has.
    package var maxAttempts: Int
    /// What looks like a mistake, for the log.
    package var warnings: [String]

    /// Resolves a target of the configuration and AWS's own sources.
    ///
    /// - Throws: ``ConfigurationError`` with everything that is wrong.
    package static func resolve(
        _ configuration: GatewayConfiguration.AWS, environment: [String: String]
    ) throws(ConfigurationError) -> AWSTarget {
        let settings: AWSSettings
        do {
            settings = try AWSSettings(
                environment: environment, profile: configuration.profile, region: configuration.region)
        } catch {
            throw ConfigurationError(problems: ["AWS profile: \(error.description)"])
        }
        if let profile = configuration.profile, !settings.isProfileKnown {
            throw ConfigurationError(problems: ["`aws.profile`: there is no profile `\(profile)` in AWS's files"])
        }
        guard let region = settings.region else {
            throw ConfigurationError(problems: [
                "no AWS region: set `aws.region`, AWS_REGION, AWS_DEFAULT_REGION or the profile's `region`"
            ])
        }
        var warnings = settings.warnings
        let resolver = EndpointResolver(
            region: region, usesFIPS: settings.usesFIPS, usesDualStack: settings.usesDualStack)
        let databaseMigration: Endpoint
        var twinMaker: Endpoint?
        do {
            databaseMigration = try resolver.endpoint(
                for: .databaseMigration, override: settings.endpointOverride(for: .databaseMigration))
        } catch {
            throw ConfigurationError(problems: ["DMS endpoint: \(error.description)"])
        }
        do {
            twinMaker = try resolver.endpoint(for: .twinMaker, override: settings.endpointOverride(for: .twinMaker))
        } catch .serviceNotInRegion {
            warnings.append("IoT TwinMaker does not exist in \(region): the routes of transfer jobs answer 404")
        } catch {
            throw ConfigurationError(problems: ["IoT TwinMaker endpoint: \(error.description)"])
        }
        let trustRootsPath = configuration.caBundle ?? settings.trustRootsPath
        if let trustRootsPath, !AsyncHTTPClientTransport.canTrust(rootsAt: trustRootsPath) {
            let setting = configuration.caBundle == nil ? "AWS_CA_BUNDLE" : "`aws.caBundle`"
            throw ConfigurationError(problems: ["\(setting): \(trustRootsPath) holds no certificate that can be read"])
        }
        return AWSTarget(
            region: region, databaseMigration: databaseMigration, twinMaker: twinMaker,
            credentials: CredentialsProviderChain.standard(settings), trustRootsPath: trustRootsPath,
            maxAttempts: configuration.maxAttempts ?? settings.maxAttempts ?? RetryStrategy().maxAttempts,
            warnings: warnings)
    }
}
