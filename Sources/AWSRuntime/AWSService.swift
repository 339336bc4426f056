/// What the runtime must know of an AWS service to call it.
package struct AWSService: Sendable, Hashable {
    /// How the service writes requests and answers.
    package enum WireProtocol: Sendable, Hashable {
        /// AWS JSON 1.1: every call is `POST /`, the operation is named by `X-Amz-Target: <prefix>.<operation>`.
        case json11(targetPrefix: String)
        /// REST-JSON: the operation is named by method and path.
        case restJSON
        /// The query protocol: every call is a form `POST /` with `Action` and `Version`, the answer is XML.
        case query(version: String)
    }

    /// The name that signatures carry, also the short name in errors: `dms`, `iottwinmaker`.
    package let signingName: String
    /// The host name's first labels, before the region: `dms`, `api.iottwinmaker`.
    package let hostPrefix: String
    /// The same for FIPS endpoints.
    package let fipsHostPrefix: String
    /// The partitions in which the FIPS host name is the plain one.
    package let partitionsWithPlainFIPSHost: Set<Partition>
    /// The service's part of `AWS_ENDPOINT_URL_<…>` and of the profile's `services` section, for example
    /// `IOTTWINMAKER`.
    package let configurationName: String
    /// The regions that have the service; `nil` for all of them.
    package let regions: Set<String>?
    /// How the service writes requests and answers.
    package let wireProtocol: WireProtocol

    /// Describes a service.
    package init(
        signingName: String, hostPrefix: String, fipsHostPrefix: String,
        partitionsWithPlainFIPSHost: Set<Partition> = [], configurationName: String, regions: Set<String>? = nil,
        wireProtocol: WireProtocol
    ) {
        self.signingName = signingName
        self.hostPrefix = hostPrefix
        self.fipsHostPrefix = fipsHostPrefix
        self.partitionsWithPlainFIPSHost = partitionsWithPlainFIPSHost
        self.configurationName = configurationName
        self.regions = regions
        self.wireProtocol = wireProtocol
    }
}
