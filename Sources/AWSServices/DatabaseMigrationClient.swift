package import AWSRuntime

extension AWSService {
    /// AWS Database Migration Service.
    package static let databaseMigration = AWSService(
        signingName: "dms", hostPrefix: "dms", fipsHostPrefix: "dms-fips",
        partitionsWithPlainFIPSHost: [.awsUSGov, .awsISO, .awsISOB], configurationName: "DATABASE_MIGRATION_SERVICE",
        wireProtocol: .json11(targetPrefix: "AmazonDMSv20160101"))
}

/// The calls of AWS Database Migration Service that Jobgate makes.
package struct DatabaseMigrationClient: Sendable {
    private let client: AWSClient

    /// Creates a client on a pipeline for ``AWSRuntime/AWSService/databaseMigration``.
    package init(client: AWSClient) {
        self.client = client
    }

    /// Asks DMS to cancel a metadata model conversion.
    ///
    /// - Parameters:
    ///   - migrationProjectIdentifier: The project's name or ARN, at most 255 characters.
    ///   - requestIdentifier: The conversion's request identifier.
    ///   - context: By when there is an answer, on whose behalf, and how urgent it is.
    /// - Returns: The conversion after the cancel was taken.
    /// - Throws: ``AWSRuntime/AWSError``; DMS's own codes are `ResourceNotFoundFault`, `InvalidResourceStateFault` and
    ///   `AccessDeniedFault`.
    package func cancelMetadataModelConversion(
        migrationProjectIdentifier: String, requestIdentifier: String, context: InvocationContext
    ) async throws(AWSError) -> AWSAnswer<SchemaConversionRequest> {
        let operation = CancelMetadataModelConversion(
            migrationProjectIdentifier: migrationProjectIdentifier, requestIdentifier: requestIdentifier)
        return try await client.invoke(operation, in: context)
    }

    /// Reads one page of a project's metadata model conversions.
    ///
    /// - Parameters:
    ///   - migrationProjectIdentifier: The project's name or ARN.
    ///   - requestIdentifiers: Which conversions; all of them when empty.
    ///   - marker: Where the page begins; `nil` for the first.
    ///   - context: By when there is an answer, on whose behalf, and how urgent it is.
    /// - Returns: The page; its marker leads to the next one.
    /// - Throws: ``AWSRuntime/AWSError``; DMS's own code is `ResourceNotFoundFault`.
    package func describeMetadataModelConversions(
        migrationProjectIdentifier: String, requestIdentifiers: [String], marker: String?, context: InvocationContext
    ) async throws(AWSError) -> AWSAnswer<SchemaConversionPage> {
        let filters =
            requestIdentifiers.isEmpty ? nil : [RequestFilter(name: "request-id", values: requestIdentifiers)]
        let operation = DescribeMetadataModelConversions(
            migrationProjectIdentifier: migrationProjectIdentifier, filters: filters, marker: marker)
        return try await client.invoke(operation, in: context)
    }
}

/// One page of schema conversion requests.
package struct SchemaConversionPage: Sendable, Hashable, Decodable {
    /// The requests.
    package let requests: [SchemaConversionRequest]
    /// Where the next page begins.
    package let marker: String?

    private enum CodingKeys: String, CodingKey {
        case requests = "Requests"
        case marker = "Marker"
    }

    /// Reads a page; an object that has neither member is not one, whatever else it says.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        let requests = try members.decodeIfPresent([SchemaConversionRequest].self, forKey: .requests)
        marker = try members.decodeIfPresent(String.self, forKey: .marker)
        guard requests != nil || marker != nil else {
            throw DecodingError.keyNotFound(
                CodingKeys.requests, .init(codingPath: decoder.codingPath, debugDescription: "no page of requests"))
        }
        self.requests = requests ?? []
    }
}

private struct CancelMetadataModelConversion: AWSOperation, Encodable {
    static let name = "CancelMetadataModelConversion"
    static let iamAction = "dms:CancelMetadataModelConversion"

    let migrationProjectIdentifier: String
    let requestIdentifier: String

    private enum CodingKeys: String, CodingKey {
        case migrationProjectIdentifier = "MigrationProjectIdentifier"
        case requestIdentifier = "RequestIdentifier"
    }

    func content() throws -> AWSRequestContent {
        AWSRequestContent(method: "POST", path: "/", body: try JSONProtocols.body(self))
    }

    static func decode(_ body: [UInt8]) throws -> SchemaConversionRequest {
        // The model lets `Request` be missing; an answer to a cancel that says nothing of the job is of no use.
        try JSONProtocols.decode(Answer.self, from: body).request
    }

    private struct Answer: Decodable {
        let request: SchemaConversionRequest

        private enum CodingKeys: String, CodingKey {
            case request = "Request"
        }
    }
}

private struct DescribeMetadataModelConversions: AWSOperation, Encodable {
    static let name = "DescribeMetadataModelConversions"
    // The IAM action is not called as the operation is.
    static let iamAction = "dms:ListMetadataModelConversions"

    let migrationProjectIdentifier: String
    let filters: [RequestFilter]?
    let marker: String?

    private enum CodingKeys: String, CodingKey {
        case migrationProjectIdentifier = "MigrationProjectIdentifier"
        case filters = "Filters"
        case marker = "Marker"
    }

    func content() throws -> AWSRequestContent {
        AWSRequestContent(method: "POST", path: "/", body: try JSONProtocols.body(self))
    }

    static func decode(_ body: [UInt8]) throws -> SchemaConversionPage {
        try JSONProtocols.decode(SchemaConversionPage.self, from: body)
    }
}

private struct RequestFilter: Encodable, Sendable {
    let name: String
    let values: [String]

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case values = "Values"
    }
}
