import AWSRuntime

/// A configured account, region and role that jobs belong to.
package struct Target: Sendable, Hashable {
    /// The name that callers may ask for with `?target=`.
    package let name: String
    /// The AWS region.
    package let region: String
    /// The account, 12 digits; `nil` where the configuration does not say.
    package let account: String?
    /// Whether a job's path must name the target, because there are several.
    package let isNamedInPaths: Bool

    /// Describes a target.
    package init(name: String, region: String, account: String? = nil, isNamedInPaths: Bool = false) {
        self.name = name
        self.region = region
        self.account = account
        self.isNamedInPaths = isNamedInPaths
    }

    /// Whether a project may be one of this target: its ARN, if it is one, names the region with its partition, and the
    /// account where that is known.
    package func mayHave(_ project: ProjectIdentifier) -> Bool {
        guard let region = project.region else { return true }
        // With another partition it would be another spelling of an ARN, which denials do not know.
        return region == self.region && project.partition == Partition(region: region).rawValue
            && (account == nil || account == project.account)
    }

    /// A job's path on this gateway.
    package func path(of identifier: JobIdentifier) -> String {
        isNamedInPaths ? "\(identifier.path)?target=\(name)" : identifier.path
    }
}

/// The jobs of one target.
package struct TargetJobs: Sendable {
    /// The target.
    package let target: Target
    /// Its conversions.
    package let conversions: ConversionSource
    /// Its transfer jobs; `nil` where the region has no TwinMaker.
    package let transferJobs: TransferJobSource?

    /// Puts a target's sources together.
    package init(target: Target, conversions: ConversionSource, transferJobs: TransferJobSource?) {
        self.target = target
        self.conversions = conversions
        self.transferJobs = transferJobs
    }
}
