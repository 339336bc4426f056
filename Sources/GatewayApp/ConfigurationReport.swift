import AWSRuntime
import Foundation

/// What `jobgate check --json` says of a configuration.
package enum ConfigurationReport {
    /// A good configuration: `targets`, each with `name`, `region`, `account`, `roleArn` and the URLs of its
    /// `endpoints` (`dms`, `iottwinmaker`, `sts`), what is not known or not there being null; and `warnings`.
    package static func json(_ targets: [AWSTarget]) throws -> String {
        try text(Valid(targets: targets.map(Target.init), warnings: targets.flatMap(\.warnings)))
    }

    /// A wrong one: `problems`, one sentence each.
    package static func json(problemsOf error: any Error) throws -> String {
        try text(Wrong(problems: (error as? ConfigurationError)?.problems ?? ["\(error)"]))
    }

    private static func text(_ document: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }

    private struct Valid: Encodable {
        let targets: [Target]
        let warnings: [String]
    }

    private struct Wrong: Encodable {
        let problems: [String]
    }

    /// One target; every member is written, those that are `nil` too.
    private struct Target: Encodable {
        private let target: AWSTarget

        init(_ target: AWSTarget) {
            self.target = target
        }

        private enum CodingKeys: String, CodingKey {
            case name, region, account, roleArn, endpoints
        }

        private enum ServiceKeys: String, CodingKey {
            case dms, iottwinmaker, sts
        }

        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(target.name, forKey: .name)
            try members.encode(target.region, forKey: .region)
            try members.encode(target.account, forKey: .account)
            try members.encode(target.roleARN, forKey: .roleArn)
            var endpoints = members.nestedContainer(keyedBy: ServiceKeys.self, forKey: .endpoints)
            try endpoints.encode(Self.url(target.databaseMigration), forKey: .dms)
            try endpoints.encode(target.twinMaker.map(Self.url), forKey: .iottwinmaker)
            try endpoints.encode(Self.url(target.securityToken), forKey: .sts)
        }

        private static func url(_ endpoint: Endpoint) -> String {
            "\(endpoint.scheme)://\(endpoint.authority)\(endpoint.basePath)"
        }
    }
}
