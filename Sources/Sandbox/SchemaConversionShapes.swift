/// The answer of DMS about one conversion or creation, member by member as botocore's model of
/// `SchemaConversionRequest` (dms, 2016-01-01) names them.
package struct SchemaConversionRequest: Sendable, Hashable, Encodable {
    /// What DMS calls the state of a request.
    package enum Status: String, Sendable, Hashable, Encodable {
        /// Accepted, not begun.
        case received = "RECEIVED"
        /// At work.
        case inProgress = "IN_PROGRESS"
        /// Ended well.
        case success = "SUCCESS"
        /// Ended with an error.
        case failed = "FAILED"
        /// Told to stop; it may still succeed or fail.
        case canceling = "CANCELING"
        /// Stopped.
        case canceled = "CANCELED"
    }

    /// The error union, which has one member today.
    package struct ErrorDetails: Sendable, Hashable, Encodable {
        /// The union's only member.
        package struct DefaultErrorDetails: Sendable, Hashable, Encodable {
            /// What went wrong, for people.
            package let message: String

            private enum CodingKeys: String, CodingKey { case message = "Message" }
        }

        /// What went wrong.
        package let defaultErrorDetails: DefaultErrorDetails
    }

    /// Where the generated SQL was put.
    package struct ExportSqlDetails: Sendable, Hashable, Encodable {
        /// The object's key in its bucket.
        package let objectKey: String
        /// The object's address.
        package let objectURL: String

        private enum CodingKeys: String, CodingKey {
            case objectKey = "S3ObjectKey"
            case objectURL = "ObjectURL"
        }
    }

    /// How far the request is.
    package struct Progress: Sendable, Hashable, Encodable {
        /// The object that is being worked on.
        package struct ProcessedObject: Sendable, Hashable, Encodable {
            /// Schema and name.
            package let name: String
            /// `table`, `view`, `procedure` and the like.
            package let type: String
            /// `SOURCE` or `TARGET`.
            package let endpointType: String

            private enum CodingKeys: String, CodingKey {
                case name = "Name"
                case type = "Type"
                case endpointType = "EndpointType"
            }
        }

        /// Percent of the current step, from 0 to 100.
        package let percent: Double
        /// Objects in the whole request, once they are counted.
        package let totalObjects: Int?
        /// The step, `LOADING_METADATA` to `FINISHED`.
        package let step: String
        /// The object in hand, while there is one.
        package let processedObject: ProcessedObject?

        private enum CodingKeys: String, CodingKey {
            case percent = "ProgressPercent"
            case totalObjects = "TotalObjects"
            case step = "ProgressStep"
            case processedObject = "ProcessedObject"
        }
    }

    /// The state.
    package let status: Status
    /// The request's identifier, unique within its project.
    package let requestIdentifier: String
    /// The project's ARN, however the project was asked for.
    package let migrationProjectARN: String
    /// What went wrong, on a failed request.
    package let error: ErrorDetails?
    /// Where the generated SQL is, on a successful conversion.
    package let exportSqlDetails: ExportSqlDetails?
    /// How far it is; absent until it begins.
    package let progress: Progress?

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case requestIdentifier = "RequestIdentifier"
        case migrationProjectARN = "MigrationProjectArn"
        case error = "Error"
        case exportSqlDetails = "ExportSqlDetails"
        case progress = "Progress"
    }
}
