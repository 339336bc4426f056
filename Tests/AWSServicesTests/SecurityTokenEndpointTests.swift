import AWSRuntime
import AWSServices
import Testing

/// The hosts are those that botocore 1.43.11's client of STS calls.
@Suite("Endpoints of STS")
struct SecurityTokenEndpointTests {
    /// A region and its four hosts.
    struct Row: Sendable, CustomTestStringConvertible {
        let region: String
        let hosts: [String?]
        var testDescription: String { region }

        init(_ region: String, _ plain: String?, _ dualStack: String?, _ fips: String?, _ fipsDualStack: String?) {
            self.region = region
            self.hosts = [plain, dualStack, fips, fipsDualStack]
        }
    }

    @Test(
        "STS has botocore's regional hosts in every partition",
        arguments: [
            Row(
                "us-east-1", "sts.us-east-1.amazonaws.com", "sts.us-east-1.api.aws", "sts-fips.us-east-1.amazonaws.com",
                "sts-fips.us-east-1.api.aws"),
            Row(
                "eu-west-1", "sts.eu-west-1.amazonaws.com", "sts.eu-west-1.api.aws", "sts-fips.eu-west-1.amazonaws.com",
                "sts-fips.eu-west-1.api.aws"),
            Row(
                "xx-new-9", "sts.xx-new-9.amazonaws.com", "sts.xx-new-9.api.aws", "sts-fips.xx-new-9.amazonaws.com",
                "sts-fips.xx-new-9.api.aws"),
            Row(
                "cn-north-1", "sts.cn-north-1.amazonaws.com.cn", "sts.cn-north-1.api.amazonwebservices.com.cn",
                "sts-fips.cn-north-1.amazonaws.com.cn", "sts-fips.cn-north-1.api.amazonwebservices.com.cn"),
            Row(
                "us-gov-west-1", "sts.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.api.aws",
                "sts.us-gov-west-1.amazonaws.com", "sts-fips.us-gov-west-1.api.aws"),
            Row(
                "us-gov-east-1", "sts.us-gov-east-1.amazonaws.com", "sts.us-gov-east-1.api.aws",
                "sts.us-gov-east-1.amazonaws.com", "sts-fips.us-gov-east-1.api.aws"),
            Row(
                "us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov", "sts.us-iso-east-1.api.aws.ic.gov",
                "sts-fips.us-iso-east-1.c2s.ic.gov", "sts-fips.us-iso-east-1.api.aws.ic.gov"),
            Row(
                "us-isob-east-1", "sts.us-isob-east-1.sc2s.sgov.gov", "sts.us-isob-east-1.api.aws.scloud",
                "sts-fips.us-isob-east-1.sc2s.sgov.gov", "sts-fips.us-isob-east-1.api.aws.scloud"),
            Row(
                "eu-isoe-west-1", "sts.eu-isoe-west-1.cloud.adc-e.uk", nil, "sts-fips.eu-isoe-west-1.cloud.adc-e.uk",
                nil),
            Row(
                "us-isof-south-1", "sts.us-isof-south-1.csp.hci.ic.gov", nil, "sts-fips.us-isof-south-1.csp.hci.ic.gov",
                nil),
            Row(
                "eusc-de-east-1", "sts.eusc-de-east-1.amazonaws.eu", "sts.eusc-de-east-1.api.amazonwebservices.eu",
                "sts-fips.eusc-de-east-1.amazonaws.eu", "sts-fips.eusc-de-east-1.api.amazonwebservices.eu"),
        ])
    func hosts(row: Row) {
        let variants = [(false, false), (false, true), (true, false), (true, true)]
        for ((usesFIPS, usesDualStack), host) in zip(variants, row.hosts) {
            let resolver = EndpointResolver(region: row.region, usesFIPS: usesFIPS, usesDualStack: usesDualStack)
            if let host {
                #expect(throws: Never.self) {
                    let endpoint = try resolver.endpoint(for: .securityToken, override: nil)
                    #expect(endpoint.authority == host && endpoint.region == row.region)
                }
            } else {
                #expect(throws: EndpointError.noDualStack(region: row.region)) {
                    try resolver.endpoint(for: .securityToken, override: nil)
                }
            }
        }
    }
}
