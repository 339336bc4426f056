/// A metadata transfer job as IoT TwinMaker describes it; what only the get answers is missing after a cancel.
package struct MetadataTransferJob: Sendable, Hashable, Decodable {
    /// The job's identifier.
    package var metadataTransferJobId: String
    /// The job's ARN.
    package var arn: String?
    /// When it was created.
    package var creationDateTime: EpochSeconds?
    /// When it last changed.
    package var updateDateTime: EpochSeconds?
    /// Its state.
    package var status: MetadataTransferJobStatus
    /// How far it is.
    package var progress: MetadataTransferJobProgress?

    /// Creates a job of which only identifier and state are known.
    package init(metadataTransferJobId: String, status: MetadataTransferJobStatus) {
        self.metadataTransferJobId = metadataTransferJobId
        self.status = status
    }
}

/// The state of a transfer job.
package struct MetadataTransferJobStatus: Sendable, Hashable, Decodable {
    /// VALIDATING, PENDING, RUNNING, CANCELLING, ERROR, COMPLETED, CANCELLED, or one that is newer than this program.
    package var state: String?
    /// Why it failed.
    package var error: MetadataTransferJobError?
    /// Its position in the queue.
    package var queuedPosition: Int?

    private enum CodingKeys: String, CodingKey {
        case state, error, queuedPosition
    }

    /// Creates a status.
    package init(state: String?, error: MetadataTransferJobError? = nil, queuedPosition: Int? = nil) {
        self.state = state
        self.error = error
        self.queuedPosition = queuedPosition
    }

    /// Reads a status.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        state = try members.decodeIfPresent(String.self, forKey: .state)
        error = try members.decodeIfPresent(MetadataTransferJobError.self, forKey: .error)
        queuedPosition = try members.decodeIfPresent(WholeNumber.self, forKey: .queuedPosition)?.value
    }
}

/// Why a transfer job failed.
package struct MetadataTransferJobError: Sendable, Hashable, Decodable {
    /// The code, for example VALIDATION_ERROR.
    package var code: String?
    /// The message.
    package var message: String?

    /// Creates an error.
    package init(code: String?, message: String?) {
        self.code = code
        self.message = message
    }
}

/// How far a transfer job is.
package struct MetadataTransferJobProgress: Sendable, Hashable, Decodable {
    /// How many items there are.
    package var totalCount: Int?
    /// How many were done well.
    package var succeededCount: Int?
    /// How many were passed over.
    package var skippedCount: Int?
    /// How many failed.
    package var failedCount: Int?

    private enum CodingKeys: String, CodingKey {
        case totalCount, succeededCount, skippedCount, failedCount
    }

    /// Creates a progress.
    package init(totalCount: Int?, succeededCount: Int?, skippedCount: Int?, failedCount: Int?) {
        self.totalCount = totalCount
        self.succeededCount = succeededCount
        self.skippedCount = skippedCount
        self.failedCount = failedCount
    }

    /// Reads a progress.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        func count(_ key: CodingKeys) throws -> Int? {
            try members.decodeIfPresent(WholeNumber.self, forKey: key)?.value
        }
        totalCount = try count(.totalCount)
        succeededCount = try count(.succeededCount)
        skippedCount = try count(.skippedCount)
        failedCount = try count(.failedCount)
    }
}
