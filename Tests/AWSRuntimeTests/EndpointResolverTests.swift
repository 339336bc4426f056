import AWSRuntime
import AWSServices
import Testing

/// The hosts are those that botocore 1.43.11's clients call; TwinMaker's have the model's host prefix `api.` before
/// them.
@Suite("Endpoints of the compiled table")
struct EndpointResolverTests {
    /// A region and its four hosts.
    struct Row: Sendable, CustomTestStringConvertible {
        let region: String
        let plain: String
        let dualStack: String?
        let fips: String
        let fipsDualStack: String?
        var testDescription: String { region }

        init(_ region: String, _ plain: String, _ dualStack: String?, _ fips: String, _ fipsDualStack: String?) {
            self.region = region
            self.plain = plain
            self.dualStack = dualStack
            self.fips = fips
            self.fipsDualStack = fipsDualStack
        }
    }

    @Test(
        "DMS has botocore's hosts in every partition",
        arguments: [
            Row(
                "us-east-1", "dms.us-east-1.amazonaws.com", "dms.us-east-1.api.aws",
                "dms-fips.us-east-1.amazonaws.com", "dms-fips.us-east-1.api.aws"),
            Row(
                "eu-west-1", "dms.eu-west-1.amazonaws.com", "dms.eu-west-1.api.aws",
                "dms-fips.eu-west-1.amazonaws.com", "dms-fips.eu-west-1.api.aws"),
            Row(
                "mx-central-1", "dms.mx-central-1.amazonaws.com", "dms.mx-central-1.api.aws",
                "dms-fips.mx-central-1.amazonaws.com", "dms-fips.mx-central-1.api.aws"),
            Row(
                "xx-new-9", "dms.xx-new-9.amazonaws.com", "dms.xx-new-9.api.aws", "dms-fips.xx-new-9.amazonaws.com",
                "dms-fips.xx-new-9.api.aws"),
            Row(
                "cn-north-1", "dms.cn-north-1.amazonaws.com.cn", "dms.cn-north-1.api.amazonwebservices.com.cn",
                "dms-fips.cn-north-1.amazonaws.com.cn", "dms-fips.cn-north-1.api.amazonwebservices.com.cn"),
            Row(
                "cn-northwest-1", "dms.cn-northwest-1.amazonaws.com.cn",
                "dms.cn-northwest-1.api.amazonwebservices.com.cn", "dms-fips.cn-northwest-1.amazonaws.com.cn",
                "dms-fips.cn-northwest-1.api.amazonwebservices.com.cn"),
            Row(
                "us-gov-west-1", "dms.us-gov-west-1.amazonaws.com", "dms.us-gov-west-1.api.aws",
                "dms.us-gov-west-1.amazonaws.com", "dms-fips.us-gov-west-1.api.aws"),
            Row(
                "us-gov-east-1", "dms.us-gov-east-1.amazonaws.com", "dms.us-gov-east-1.api.aws",
                "dms.us-gov-east-1.amazonaws.com", "dms-fips.us-gov-east-1.api.aws"),
            Row(
                "us-iso-east-1", "dms.us-iso-east-1.c2s.ic.gov", "dms.us-iso-east-1.api.aws.ic.gov",
                "dms.us-iso-east-1.c2s.ic.gov", "dms-fips.us-iso-east-1.api.aws.ic.gov"),
            Row(
                "us-isob-east-1", "dms.us-isob-east-1.sc2s.sgov.gov", "dms.us-isob-east-1.api.aws.scloud",
                "dms.us-isob-east-1.sc2s.sgov.gov", "dms-fips.us-isob-east-1.api.aws.scloud"),
            Row(
                "eu-isoe-west-1", "dms.eu-isoe-west-1.cloud.adc-e.uk", nil, "dms-fips.eu-isoe-west-1.cloud.adc-e.uk",
                nil),
            Row(
                "us-isof-south-1", "dms.us-isof-south-1.csp.hci.ic.gov", nil,
                "dms-fips.us-isof-south-1.csp.hci.ic.gov", nil),
            Row(
                "eusc-de-east-1", "dms.eusc-de-east-1.amazonaws.eu",
                "dms.eusc-de-east-1.api.amazonwebservices.eu", "dms-fips.eusc-de-east-1.amazonaws.eu",
                "dms-fips.eusc-de-east-1.api.amazonwebservices.eu"),
        ])
    func databaseMigration(row: Row) throws {
        try expect(.databaseMigration, row)
    }

    @Test(
        "TwinMaker has botocore's hosts, with api. before them, in every region that has it",
        arguments: [
            "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "eu-central-1",
            "eu-west-1", "us-east-1", "us-west-2", "us-gov-west-1",
        ])
    func twinMaker(region: String) throws {
        try expect(
            .twinMaker,
            Row(
                region, "api.iottwinmaker.\(region).amazonaws.com", "api.iottwinmaker.\(region).api.aws",
                "api.iottwinmaker-fips.\(region).amazonaws.com", "api.iottwinmaker-fips.\(region).api.aws"))
    }

    @Test("TwinMaker has botocore's hosts in China")
    func twinMakerInChina() throws {
        try expect(
            .twinMaker,
            Row(
                "cn-north-1", "api.iottwinmaker.cn-north-1.amazonaws.com.cn",
                "api.iottwinmaker.cn-north-1.api.amazonwebservices.com.cn",
                "api.iottwinmaker-fips.cn-north-1.amazonaws.com.cn",
                "api.iottwinmaker-fips.cn-north-1.api.amazonwebservices.com.cn"))
    }

    private func expect(_ service: AWSService, _ row: Row) throws {
        for (fips, dualStack, host) in [
            (false, false, row.plain), (false, true, row.dualStack), (true, false, row.fips),
            (true, true, row.fipsDualStack),
        ] {
            let resolver = EndpointResolver(region: row.region, usesFIPS: fips, usesDualStack: dualStack)
            guard let host else {
                #expect(throws: EndpointError.noDualStack(region: row.region)) {
                    try resolver.endpoint(for: service, override: nil)
                }
                continue
            }
            let endpoint = try resolver.endpoint(for: service, override: nil)
            #expect(endpoint.host == host)
            #expect(endpoint.authority == host)
            #expect(endpoint.scheme == "https")
            #expect(endpoint.port == nil)
            #expect(endpoint.basePath.isEmpty)
            #expect(endpoint.region == row.region)
            #expect(!endpoint.isOverride)
        }
    }

    @Test(
        "TwinMaker is refused where it does not exist",
        arguments: ["eu-north-1", "cn-northwest-1", "us-gov-east-1", "us-iso-east-1", "eusc-de-east-1", "eu-west-9"])
    func noTwinMaker(region: String) {
        #expect(throws: EndpointError.serviceNotInRegion(service: "iottwinmaker", region: region)) {
            try EndpointResolver(region: region).endpoint(for: .twinMaker, override: nil)
        }
    }

    @Test("TwinMaker behind an override may be in any region")
    func overriddenTwinMaker() throws {
        let endpoint = try EndpointResolver(region: "eu-north-1")
            .endpoint(for: .twinMaker, override: .init(url: "http://127.0.0.1:4566", source: "s"))
        #expect(endpoint.host == "127.0.0.1")
        #expect(endpoint.region == "eu-north-1")
    }

    @Test(
        "a region that is no host name's label is refused, with or without an override",
        arguments: [
            "", " ", "EU-WEST-1", "eu_west_1", "eu-west-1.", "eu-west-1.evil.example", "evil.example/",
            "eu-west-1@evil",
            "eu-west-1:80", "-eu", "eu-", "eu west", "eu\nwest", "régión", String(repeating: "a", count: 64),
        ])
    func invalidRegion(region: String) {
        for override in [nil, EndpointResolver.Override(url: "http://127.0.0.1", source: "s")] {
            #expect(throws: EndpointError.invalidRegion(region)) {
                try EndpointResolver(region: region).endpoint(for: .databaseMigration, override: override)
            }
        }
    }

    @Test("FIPS together with an override is refused, and the source is named")
    func overrideWithFIPS() {
        let error = #expect(throws: EndpointError.self) {
            try EndpointResolver(region: "eu-west-1", usesFIPS: true)
                .endpoint(
                    for: .databaseMigration,
                    override: .init(url: "http://127.0.0.1", source: "AWS_ENDPOINT_URL"))
        }
        #expect(error == .overrideWithFIPS(source: "AWS_ENDPOINT_URL"))
        #expect(error?.description.contains("AWS_ENDPOINT_URL") == true)
    }

    @Test("dual-stack does not touch an override")
    func overrideWithDualStack() throws {
        let endpoint = try EndpointResolver(region: "eu-west-1", usesDualStack: true)
            .endpoint(for: .databaseMigration, override: .init(url: "https://dms.example", source: "s"))
        #expect(endpoint.authority == "dms.example")
    }
}
