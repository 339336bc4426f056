/// A simulated migration project, which is also what DescribeMigrationProjects says of it: every member of botocore's
/// model of `MigrationProject` (dms, 2016-01-01).
package struct MigrationProject: Sendable, Hashable, Encodable {
    /// A database on one side of the migration.
    package struct DataProvider: Sendable, Hashable, Encodable {
        /// Where its password is kept.
        package let secretIdentifier: String
        /// The role that may read the password.
        package let secretRoleARN: String
        /// Its name.
        package let name: String
        /// Its ARN.
        package let arn: String

        private enum CodingKeys: String, CodingKey {
            case secretIdentifier = "SecretsManagerSecretId"
            case secretRoleARN = "SecretsManagerAccessRoleArn"
            case name = "DataProviderName"
            case arn = "DataProviderArn"
        }
    }

    /// Where the schema conversion keeps its files.
    package struct ApplicationAttributes: Sendable, Hashable, Encodable {
        /// The bucket and folder.
        package let bucketPath: String
        /// The role that may write there.
        package let bucketRoleARN: String

        private enum CodingKeys: String, CodingKey {
            case bucketPath = "S3BucketPath"
            case bucketRoleARN = "S3BucketRoleArn"
        }
    }

    /// Its name.
    package let name: String
    /// Its ARN.
    package let arn: String
    /// When it was made: ISO 8601, as the model says of this one timestamp.
    package let creationTime: String
    /// Where the data comes from.
    package let sources: [DataProvider]
    /// Where the data goes.
    package let targets: [DataProvider]
    /// The ARN of the instance profile that it runs with.
    package let instanceProfileARN: String
    /// The name of that profile.
    package let instanceProfileName: String
    /// Renaming rules, as JSON text.
    package let transformationRules: String
    /// What it is for.
    package let description: String
    /// Where the schema conversion keeps its files.
    package let applicationAttributes: ApplicationAttributes

    private enum CodingKeys: String, CodingKey {
        case name = "MigrationProjectName"
        case arn = "MigrationProjectArn"
        case creationTime = "MigrationProjectCreationTime"
        case sources = "SourceDataProviderDescriptors"
        case targets = "TargetDataProviderDescriptors"
        case instanceProfileARN = "InstanceProfileArn"
        case instanceProfileName = "InstanceProfileName"
        case transformationRules = "TransformationRules"
        case description = "Description"
        case applicationAttributes = "SchemaConversionApplicationAttributes"
    }

    /// Makes a project of the simulated account, with an Oracle database on one side and PostgreSQL on the other.
    ///
    /// - Parameters:
    ///   - name: Its name; the ARN ends with the same letters in capitals, without hyphens.
    ///   - description: What it is for.
    package init(name: String, description: String) {
        let suffix = name.filter { $0 != "-" }.uppercased()
        let account = "arn:aws:dms:\(SimulatedAWS.region):\(SimulatedAWS.accountID)"
        self.name = name
        self.arn = "\(account):migration-project:\(suffix)"
        self.creationTime = "2026-02-03T08:15:30.250000Z"
        self.sources = [DataProvider(name: "\(name)-oracle", arn: "\(account):data-provider:\(suffix)SOURCE")]
        self.targets = [DataProvider(name: "\(name)-postgresql", arn: "\(account):data-provider:\(suffix)TARGET")]
        self.instanceProfileARN = "\(account):instance-profile:SANDBOXPROFILE"
        self.instanceProfileName = "sandbox-profile"
        self.transformationRules = #"{"rules":[]}"#
        self.description = description
        self.applicationAttributes = ApplicationAttributes(
            bucketPath: "s3://jobgate-sandbox-conversions/\(name)",
            bucketRoleARN: "arn:aws:iam::\(SimulatedAWS.accountID):role/sandbox-conversions")
    }

    /// Whether callers who write this mean the project: DMS takes the name and the ARN alike.
    package func isNamed(_ identifier: String) -> Bool {
        identifier == name || identifier == arn
    }
}

extension MigrationProject.DataProvider {
    fileprivate init(name: String, arn: String) {
        self.init(
            secretIdentifier: "sandbox/\(name)",
            secretRoleARN: "arn:aws:iam::\(SimulatedAWS.accountID):role/sandbox-secrets",
            name: name,
            arn: arn
        )
    }
}
