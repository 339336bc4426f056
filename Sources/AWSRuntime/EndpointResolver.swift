/// Why no endpoint could be made; each is a fault of the configuration, told at the start.
package enum EndpointError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The region is not a host name's label.
    case invalidRegion(String)
    /// The service does not exist in the region.
    case serviceNotInRegion(service: String, region: String)
    /// The partition has no dual-stack host names.
    case noDualStack(region: String)
    /// The override is not an `http` or `https` URL with a host.
    case invalidOverride(source: String)
    /// An override and FIPS together: AWS refuses the pair, for nobody can tell whether the override is FIPS.
    case overrideWithFIPS(source: String)

    /// A sentence for the operator.
    package var description: String {
        switch self {
        case .invalidRegion(let region): "`\(region)` is not an AWS region's name, such as eu-west-1"
        case .serviceNotInRegion(let service, let region): "\(service) does not exist in the region \(region)"
        case .noDualStack(let region): "there are no dual-stack endpoints in the region \(region)"
        case .invalidOverride(let source): "\(source) is not a URL such as https://host:port"
        case .overrideWithFIPS(let source): "\(source) and FIPS endpoints cannot be used together"
        }
    }
}

/// Makes endpoints of the compiled table and the configuration, never of anything that a client sent.
package struct EndpointResolver: Sendable {
    /// A configured endpoint URL and the setting that it comes from.
    package struct Override: Sendable, Hashable {
        /// The URL.
        package let url: String
        /// The setting's name, for error messages.
        package let source: String

        /// Creates an override.
        package init(url: String, source: String) {
            self.url = url
            self.source = source
        }
    }

    private let region: String
    private let usesFIPS: Bool
    private let usesDualStack: Bool

    /// Creates a resolver for one region.
    package init(region: String, usesFIPS: Bool = false, usesDualStack: Bool = false) {
        self.region = region
        self.usesFIPS = usesFIPS
        self.usesDualStack = usesDualStack
    }

    /// Resolves the endpoint of a service.
    ///
    /// With an override its host is used as it stands: no `api.` is put before it.
    package func endpoint(for service: AWSService, override: Override?) throws(EndpointError) -> Endpoint {
        guard Self.isValid(region: region) else { throw .invalidRegion(region) }
        if let override {
            guard !usesFIPS else { throw .overrideWithFIPS(source: override.source) }
            guard let endpoint = Endpoint(url: override.url, region: region) else {
                throw .invalidOverride(source: override.source)
            }
            return endpoint
        }
        if let regions = service.regions, !regions.contains(region) {
            throw .serviceNotInRegion(service: service.signingName, region: region)
        }
        let partition = Partition(region: region)
        var suffix = partition.dnsSuffix
        if usesDualStack {
            guard let dualStack = partition.dualStackDNSSuffix else { throw .noDualStack(region: region) }
            suffix = dualStack
        }
        let isPlain = !usesFIPS || (!usesDualStack && service.partitionsWithPlainFIPSHost.contains(partition))
        let prefix = isPlain ? service.hostPrefix : service.fipsHostPrefix
        return Endpoint(
            scheme: "https", host: "\(prefix).\(region).\(suffix)", port: nil, basePath: "", region: region,
            isOverride: false)
    }

    /// Whether `region` can be a host name's label: letters, digits and hyphens, 1 to 63.
    package static func isValid(region: String) -> Bool {
        (1...63).contains(region.utf8.count) && !region.hasPrefix("-") && !region.hasSuffix("-")
            && region.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
