import GatewayAPI
import GatewayCore
import RateLimiting

extension GatewayConfiguration {
    /// Reads where callers come from and what is noted of them; `keys.file` has been read before.
    mutating func readCallers(_ reader: inout ConfigurationReader) async {
        let usageFile = await reader.value("keys.usageFile", "a path, or `off`") { $0.isEmpty ? nil : $0 }
        keyUsageFile = usageFile == "off" ? nil : usageFile ?? keysFile.map { $0 + Self.usageSuffix }
        if let keyUsageFile, keyUsageFile == keysFile {
            reader.add(problem: "`keys.usageFile` is another file than `keys.file`", of: "keys.usageFile")
        }
        await readFailureLimit(&reader)
        await readProxies(&reader)
    }

    /// What the name of a key file's file of last-used times ends in, unless the configuration gives it another.
    package static let usageSuffix = ".used"

    private mutating func readFailureLimit(_ reader: inout ConfigurationReader) async {
        let expected = "a limit such as `60/60s` (QUOTA/WINDOW[:BURST]), or `off`"
        let limit: RateLimit?? = await reader.value("authentication.failures", expected) { text in
            if text == "off" { return .some(nil) }
            return RateLimit(text: "\(Self.failureLimitName)=\(text)").map { .some($0) }
        }
        if let limit { failureLimit = limit }
    }

    private mutating func readProxies(_ reader: inout ConfigurationReader) async {
        let expected =
            "addresses and ranges such as 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32"
            + " (no bits set behind the prefix, which is at least 1: who trusts everyone knows no one's address)"
        addresses.trusted = await reader.list("proxies.trusted", expected, parse: AddressRange.init) ?? []
        let fields = ClientAddressPolicy.Field.allCases.map { "`\($0.rawValue)`" }.joined(separator: " or ")
        let field = await reader.value("proxies.header", fields) {
            ClientAddressPolicy.Field(rawValue: $0.lowercased())
        }
        addresses.field = field ?? addresses.field
    }
}
