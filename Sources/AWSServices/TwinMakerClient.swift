package import AWSRuntime

extension AWSService {
    /// AWS IoT TwinMaker; metadata transfer jobs are of its `api.` host.
    package static let twinMaker = AWSService(
        signingName: "iottwinmaker", hostPrefix: "api.iottwinmaker", fipsHostPrefix: "api.iottwinmaker-fips",
        configurationName: "IOTTWINMAKER",
        regions: [
            "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "eu-central-1",
            "eu-west-1", "us-east-1", "us-west-2", "cn-north-1", "us-gov-west-1",
        ],
        wireProtocol: .restJSON)
}

/// The calls of AWS IoT TwinMaker that Jobgate makes.
package struct TwinMakerClient: Sendable {
    private let client: AWSClient

    /// Creates a client on a pipeline for ``AWSRuntime/AWSService/twinMaker``.
    package init(client: AWSClient) {
        self.client = client
    }

    /// Asks TwinMaker to cancel a metadata transfer job.
    ///
    /// - Parameters:
    ///   - metadataTransferJobId: The job's identifier: letters, digits, `_` and `-` alone, so it needs no encoding.
    ///   - context: By when there is an answer, on whose behalf, and how urgent it is.
    /// - Returns: The job after the cancel was taken; what only a get answers is missing.
    /// - Throws: ``AWSRuntime/AWSError``; TwinMaker's own codes are `ValidationException`, `AccessDeniedException`,
    ///   `ResourceNotFoundException`, `ConflictException`, `ThrottlingException` and `InternalServerException`.
    package func cancelMetadataTransferJob(
        metadataTransferJobId: String, context: InvocationContext
    ) async throws(AWSError) -> AWSAnswer<MetadataTransferJob> {
        try await client.invoke(CancelMetadataTransferJob(id: metadataTransferJobId), in: context)
    }

    /// Reads a metadata transfer job.
    package func getMetadataTransferJob(
        metadataTransferJobId: String, context: InvocationContext
    ) async throws(AWSError) -> AWSAnswer<MetadataTransferJob> {
        try await client.invoke(GetMetadataTransferJob(id: metadataTransferJobId), in: context)
    }
}

private struct CancelMetadataTransferJob: AWSOperation {
    static let name = "CancelMetadataTransferJob"
    static let iamAction = "iottwinmaker:CancelMetadataTransferJob"

    let id: String

    func content() -> AWSRequestContent {
        AWSRequestContent(method: "PUT", path: "/metadata-transfer-jobs/\(id)/cancel")
    }

    static func decode(_ body: [UInt8]) throws -> MetadataTransferJob {
        try JSONProtocols.decode(MetadataTransferJob.self, from: body)
    }
}

private struct GetMetadataTransferJob: AWSOperation {
    static let name = "GetMetadataTransferJob"
    static let iamAction = "iottwinmaker:GetMetadataTransferJob"

    let id: String

    func content() -> AWSRequestContent {
        AWSRequestContent(method: "GET", path: "/metadata-transfer-jobs/\(id)")
    }

    static func decode(_ body: [UInt8]) throws -> MetadataTransferJob {
        try JSONProtocols.decode(MetadataTransferJob.self, from: body)
    }
}
