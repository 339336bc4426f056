/// The state of one schema conversion request, as DMS describes it; every member may be missing.
package struct SchemaConversionRequest: Sendable, Hashable, Decodable {
    /// The state: RECEIVED, IN_PROGRESS, SUCCESS, FAILED, CANCELING, CANCELED, or one that is newer than this program.
    package var status: String?
    /// The request's identifier.
    package var requestIdentifier: String?
    /// The ARN of its migration project.
    package var migrationProjectArn: String?
    /// Why it failed.
    package var error: SchemaConversionError?
    /// Where the exported SQL lies.
    package var exportSqlDetails: ExportSqlDetails?
    /// How far it is.
    package var progress: SchemaConversionProgress?

    /// Creates a request of which nothing is known.
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case requestIdentifier = "RequestIdentifier"
        case migrationProjectArn = "MigrationProjectArn"
        case error = "Error"
        case exportSqlDetails = "ExportSqlDetails"
        case progress = "Progress"
    }
}

/// Why a conversion failed: a tagged union.
package enum SchemaConversionError: Sendable, Hashable, Decodable {
    /// The one member that the model has.
    case defaultErrorDetails(message: String?)
    /// A member that this program does not know, by its name.
    case unknownMember(String)
    /// No member is set.
    case empty

    private enum CodingKeys: String, CodingKey {
        case defaultErrorDetails
    }

    private struct Details: Decodable {
        let message: String?

        private enum CodingKeys: String, CodingKey {
            case message = "Message"
        }
    }

    /// Reads the union; an unknown member never fails.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        if let details = try members.decodeIfPresent(Details.self, forKey: .defaultErrorDetails) {
            self = .defaultErrorDetails(message: details.message)
        } else if let name = try UnionTag(from: decoder).name {
            self = .unknownMember(name)
        } else {
            self = .empty
        }
    }
}

/// Where a conversion's exported SQL lies.
package struct ExportSqlDetails: Sendable, Hashable, Decodable {
    /// The key of the S3 object.
    package var s3ObjectKey: String?
    /// The URL of the object.
    package var objectURL: String?

    private enum CodingKeys: String, CodingKey {
        case s3ObjectKey = "S3ObjectKey"
        case objectURL = "ObjectURL"
    }
}

/// How far a conversion is.
package struct SchemaConversionProgress: Sendable, Hashable, Decodable {
    /// From 0 to 100.
    package var progressPercent: Double?
    /// How many objects there are.
    package var totalObjects: Int?
    /// The step it is at, for example ANALYZING.
    package var progressStep: String?
    /// The object it works on.
    package var processedObject: ProcessedObject?

    /// The object that a conversion works on.
    package struct ProcessedObject: Sendable, Hashable, Decodable {
        /// The object's name.
        package var name: String?
        /// The object's type.
        package var type: String?
        /// The side it belongs to.
        package var endpointType: String?

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case type = "Type"
            case endpointType = "EndpointType"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case progressPercent = "ProgressPercent"
        case totalObjects = "TotalObjects"
        case progressStep = "ProgressStep"
        case processedObject = "ProcessedObject"
    }

    /// Reads the progress.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        progressPercent = try members.decodeIfPresent(FloatingPointNumber.self, forKey: .progressPercent)?.value
        totalObjects = try members.decodeIfPresent(WholeNumber.self, forKey: .totalObjects)?.value
        progressStep = try members.decodeIfPresent(String.self, forKey: .progressStep)
        processedObject = try members.decodeIfPresent(ProcessedObject.self, forKey: .processedObject)
    }
}
