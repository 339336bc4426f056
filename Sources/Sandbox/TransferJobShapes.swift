package import Foundation

/// What TwinMaker says of a metadata transfer job: the members of botocore's model (iottwinmaker, 2021-11-29), of
/// which each operation's answer has some.
package struct TransferJobDescription: Sendable, Hashable {
    /// The words of TwinMaker for a job's state.
    package enum State: String, Sendable, Hashable, Codable, CaseIterable {
        /// The request is being checked.
        case validating = "VALIDATING"
        /// Waiting for its turn.
        case pending = "PENDING"
        /// At work.
        case running = "RUNNING"
        /// Told to stop.
        case cancelling = "CANCELLING"
        /// Ended with an error.
        case error = "ERROR"
        /// Ended well.
        case completed = "COMPLETED"
        /// Stopped.
        case cancelled = "CANCELLED"
    }

    /// Why a job failed.
    package struct Failure: Sendable, Hashable, Encodable {
        /// One of the model's codes, such as `PROCESSING_ERROR`.
        package let code: String
        /// The reason, for people.
        package let message: String
    }

    /// A job's state and what belongs to it.
    package struct Status: Sendable, Hashable, Encodable {
        /// The state.
        package let state: State
        /// Why it failed, where it did.
        package let error: Failure?
        /// Its place in the queue, from 1, while it is pending.
        package let queuedPosition: Int?
    }

    /// How many items are done.
    package struct Progress: Sendable, Hashable, Encodable {
        /// Items in the whole job; 0 until they are counted.
        package let totalCount: Int
        /// Items transferred.
        package let succeededCount: Int
        /// Items left out.
        package let skippedCount: Int
        /// Items that could not be transferred.
        package let failedCount: Int
    }

    /// The identifier.
    package let metadataTransferJobId: String
    /// The ARN.
    package let arn: String
    /// What it is for.
    package let description: String
    /// Where the metadata comes from.
    package let sources: [TransferEndpoint]
    /// Where it goes.
    package let destination: TransferEndpoint
    /// The role that the job works with.
    package let metadataTransferJobRole: String
    /// Where its report is, once it is over.
    package let reportUrl: String?
    /// When it was made.
    package let creationDateTime: Date
    /// When it last changed.
    package let updateDateTime: Date
    /// Its state.
    package let status: Status
    /// How far it is.
    package let progress: Progress
}

/// One side of a metadata transfer, in the form of the model's source and destination configurations.
package enum TransferEndpoint: Sendable, Hashable, Encodable {
    /// A file or folder in a bucket, as an S3 ARN.
    case s3(location: String)
    /// The assets of one AWS IoT SiteWise model, by the model's UUID.
    case siteWise(assetModelID: String)
    /// A TwinMaker workspace, by its id.
    case twinMaker(workspaceID: String)

    /// The word for it in `sourceType` and `destinationType`.
    package var type: String {
        switch self {
        case .s3: "s3"
        case .siteWise: "iotsitewise"
        case .twinMaker: "iottwinmaker"
        }
    }

    /// The types that the model knows.
    package static let types = ["s3", "iotsitewise", "iottwinmaker"]

    private enum CodingKeys: String, CodingKey {
        case type, s3Configuration, iotSiteWiseConfiguration, iotTwinMakerConfiguration
    }

    /// Writes the configuration that the type calls for, and the type.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type, forKey: .type)
        switch self {
        case .s3(let location):
            try container.encode(["location": location], forKey: .s3Configuration)
        case .siteWise(let assetModelID):
            let filter = ["filterByAssetModel": ["assetModelId": assetModelID]]
            try container.encode(["filters": [filter]], forKey: .iotSiteWiseConfiguration)
        case .twinMaker(let workspaceID):
            let arn = "arn:aws:iottwinmaker:\(SimulatedAWS.region):\(SimulatedAWS.accountID):workspace/\(workspaceID)"
            try container.encode(["workspace": arn], forKey: .iotTwinMakerConfiguration)
        }
    }
}

/// A transfer job, as far as an operation tells of it.
struct TransferJobAnswer: Encodable {
    private let job: TransferJobDescription
    private let detail: Detail

    /// How much of a job an operation tells.
    enum Detail {
        /// CancelMetadataTransferJob: what changed.
        case cancelled
        /// ListMetadataTransferJobs: what changed and when it was made.
        case summary
        /// GetMetadataTransferJob: everything.
        case full
    }

    init(_ job: TransferJobDescription, detail: Detail) {
        self.job = job
        self.detail = detail
    }

    private enum CodingKeys: String, CodingKey {
        case metadataTransferJobId, arn, description, sources, destination, metadataTransferJobRole, reportUrl
        case creationDateTime, updateDateTime, status, progress
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(job.metadataTransferJobId, forKey: .metadataTransferJobId)
        try container.encode(job.arn, forKey: .arn)
        try container.encode(job.updateDateTime.epochSeconds, forKey: .updateDateTime)
        try container.encode(job.status, forKey: .status)
        try container.encode(job.progress, forKey: .progress)
        if detail == .cancelled { return }
        try container.encode(job.creationDateTime.epochSeconds, forKey: .creationDateTime)
        if detail == .summary { return }
        try container.encode(job.description, forKey: .description)
        try container.encode(job.sources, forKey: .sources)
        try container.encode(job.destination, forKey: .destination)
        try container.encode(job.metadataTransferJobRole, forKey: .metadataTransferJobRole)
        try container.encodeIfPresent(job.reportUrl, forKey: .reportUrl)
    }
}

extension Date {
    /// Seconds since 1970 to the millisecond: how REST-JSON writes a timestamp.
    fileprivate var epochSeconds: Double {
        (timeIntervalSince1970 * 1_000).rounded() / 1_000
    }
}
