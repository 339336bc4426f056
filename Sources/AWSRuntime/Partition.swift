/// A part of AWS with its own accounts, regions and DNS names.
package enum Partition: String, Sendable, Hashable, CaseIterable {
    /// The commercial regions.
    case aws
    /// China.
    case awsChina = "aws-cn"
    /// AWS GovCloud (US).
    case awsUSGov = "aws-us-gov"
    /// AWS ISO (US).
    case awsISO = "aws-iso"
    /// AWS ISOB (US).
    case awsISOB = "aws-iso-b"
    /// AWS ISOE (Europe).
    case awsISOE = "aws-iso-e"
    /// AWS ISOF.
    case awsISOF = "aws-iso-f"
    /// AWS European Sovereign Cloud.
    case awsEUSC = "aws-eusc"

    /// The partition of a region, told by the region's first label as botocore's partition patterns do.
    ///
    /// A region that no pattern knows is taken for a commercial one, so that new regions work.
    package init(region: String) {
        let known: [(prefix: String, partition: Partition)] = [
            ("cn-", .awsChina), ("us-gov-", .awsUSGov), ("us-isob-", .awsISOB), ("us-isof-", .awsISOF),
            ("eu-isoe-", .awsISOE), ("us-iso-", .awsISO), ("eusc-", .awsEUSC),
        ]
        self = known.first { region.hasPrefix($0.prefix) }?.partition ?? .aws
    }

    /// The end of every plain host name.
    package var dnsSuffix: String {
        switch self {
        case .aws, .awsUSGov: "amazonaws.com"
        case .awsChina: "amazonaws.com.cn"
        case .awsISO: "c2s.ic.gov"
        case .awsISOB: "sc2s.sgov.gov"
        case .awsISOE: "cloud.adc-e.uk"
        case .awsISOF: "csp.hci.ic.gov"
        case .awsEUSC: "amazonaws.eu"
        }
    }

    /// The end of every dual-stack host name; `nil` where the partition has none.
    package var dualStackDNSSuffix: String? {
        switch self {
        case .aws, .awsUSGov: "api.aws"
        case .awsChina: "api.amazonwebservices.com.cn"
        case .awsISO: "api.aws.ic.gov"
        case .awsISOB: "api.aws.scloud"
        case .awsISOE, .awsISOF: nil
        case .awsEUSC: "api.amazonwebservices.eu"
        }
    }
}
