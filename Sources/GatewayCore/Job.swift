/// A long-running job of any upstream service, in the one schema that callers see.
///
/// What the upstream service does not say is `nil`, never a made-up value.
package struct Job: Sendable, Hashable {
    /// The identifier by which the upstream service knows the job.
    package var id: String
    /// What sort of job it is.
    package var kind: Kind
    /// The job's path on this gateway, percent-encoded.
    package var path: String
    /// The name of the configured target that the job belongs to.
    package var target: String
    /// The AWS region, for example `eu-west-1`.
    package var region: String
    /// The migration project as AWS names it (its ARN where known, else as it was asked for); `nil` for transfer jobs.
    package var project: String?
    /// The job's own ARN, where it has one.
    package var arn: String?
    /// The normalised state.
    package var state: State
    /// The state as the upstream service sent it.
    package var upstreamState: String?
    /// How far the job is.
    package var progress: Progress?
    /// The job's position in the queue, where it waits in one.
    package var queuePosition: Int?
    /// Why the job failed, where it says so.
    package var error: Failure?
    /// Where the exported SQL lies, where there is any.
    package var export: Export?
    /// When the job was created, in seconds since 1970-01-01T00:00:00Z.
    package var createdAt: Double?
    /// When the job last changed, in seconds since 1970-01-01T00:00:00Z.
    package var updatedAt: Double?
    /// When the gateway read this, in seconds since 1970-01-01T00:00:00Z.
    package var observedAt: Double
    /// The upstream call that this was read from.
    package var upstream: UpstreamCall

    /// Creates a job with everything optional left out.
    package init(
        id: String, kind: Kind, path: String, target: String, region: String, state: State, observedAt: Double,
        upstream: UpstreamCall
    ) {
        self.id = id
        self.kind = kind
        self.path = path
        self.target = target
        self.region = region
        self.state = state
        self.observedAt = observedAt
        self.upstream = upstream
    }

    /// Whether the job has come to its end, well or badly.
    package var isDone: Bool { state.isFinal }
}

extension Job {
    /// The sort of a job.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// A DMS metadata model conversion.
        case conversion
        /// An IoT TwinMaker metadata transfer job.
        case transfer
    }

    /// The normalised state of a job.
    package enum State: String, Sendable, Hashable, CaseIterable {
        /// Accepted, not yet begun.
        case queued
        /// At work.
        case running
        /// A cancel was taken; the job may still end otherwise.
        case cancelling
        /// Ended by a cancel.
        case cancelled
        /// Ended well.
        case succeeded
        /// Ended with an error.
        case failed
        /// A state that this program does not know, or none at all.
        case unknown

        /// Whether a job in this state changes no more.
        package var isFinal: Bool {
            switch self {
            case .succeeded, .failed, .cancelled: true
            case .queued, .running, .cancelling, .unknown: false
            }
        }
    }

    /// How far a job is; each figure is there only where the upstream service gives it.
    package struct Progress: Sendable, Hashable {
        /// How much is done, from 0 to 100.
        package var percent: Double?
        /// How many objects there are in all.
        package var total: Int?
        /// How many objects were done well.
        package var succeeded: Int?
        /// How many objects were passed over.
        package var skipped: Int?
        /// How many objects failed.
        package var failed: Int?
        /// The step that the job is at, as the upstream service names it.
        package var step: String?
        /// The object that the job works on.
        package var object: ProcessedObject?

        /// Creates a progress of which nothing is known.
        package init() {}
    }

    /// The database object that a conversion works on.
    package struct ProcessedObject: Sendable, Hashable {
        /// The object's name.
        package var name: String?
        /// The object's type, for example `table`.
        package var type: String?
        /// The side it belongs to, `SOURCE` or `TARGET`.
        package var endpoint: String?

        /// Creates a processed object.
        package init(name: String?, type: String?, endpoint: String?) {
            self.name = name
            self.type = type
            self.endpoint = endpoint
        }
    }

    /// Why a job failed.
    package struct Failure: Sendable, Hashable {
        /// The upstream service's code, or the name of a kind of error that this program does not know.
        package var code: String?
        /// The upstream service's words.
        package var message: String?

        /// Creates a failure.
        package init(code: String?, message: String?) {
            self.code = code
            self.message = message
        }
    }

    /// Where a conversion's exported SQL lies.
    package struct Export: Sendable, Hashable {
        /// The key of the S3 object.
        package var s3Key: String?
        /// The URL of the object.
        package var url: String?

        /// Creates an export.
        package init(s3Key: String?, url: String?) {
            self.s3Key = s3Key
            self.url = url
        }
    }

    /// The upstream call that a job was read from.
    package struct UpstreamCall: Sendable, Hashable {
        /// The service's signing name, `dms` or `iottwinmaker`.
        package var service: String
        /// The operation, for example `CancelMetadataTransferJob`.
        package var operation: String
        /// AWS's own request id, for a support case.
        package var requestID: String?

        /// Creates an upstream call.
        package init(service: String, operation: String, requestID: String?) {
            self.service = service
            self.operation = operation
            self.requestID = requestID
        }
    }
}
