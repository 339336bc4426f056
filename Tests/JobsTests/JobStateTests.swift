import AWSServices
import GatewayCore
import Jobs
import Testing

/// The table of states in the gateway's contract.
@Suite("The states of jobs")
struct JobStateTests {
    @Test(
        "each word of either service is one state; both spellings of cancelled are taken from both",
        arguments: [
            ("RECEIVED", Job.State.queued), ("IN_PROGRESS", .running), ("CANCELING", .cancelling),
            ("CANCELED", .cancelled), ("SUCCESS", .succeeded), ("FAILED", .failed), ("VALIDATING", .queued),
            ("PENDING", .queued), ("RUNNING", .running), ("CANCELLING", .cancelling), ("CANCELLED", .cancelled),
            ("COMPLETED", .succeeded), ("ERROR", .failed),
        ])
    func known(word: String, state: Job.State) throws {
        #expect(Job.State(upstream: word) == state)
        for job in try [Sample.conversion(status: word), Sample.transferJob(state: word)] {
            #expect(job.state == state)
            #expect(job.upstreamState == word)
            #expect(job.isDone == [.succeeded, .failed, .cancelled].contains(state))
        }
    }

    @Test(
        "any other word, or none, is unknown, is told as it was sent, and is not the end",
        arguments: [nil, "", "PAUSED", "received", "SUCCESS ", "SUCCEEDED", "CANCELLE", "UNKNOWN"])
    func unknown(word: String?) throws {
        for job in try [Sample.conversion(status: word), Sample.transferJob(state: word)] {
            #expect(job.state == .unknown)
            #expect(job.upstreamState == word)
            #expect(!job.isDone)
        }
    }
}

/// Jobs that are normalised from what a test says of them.
enum Sample {
    static let arn = "arn:aws:dms:eu-west-1:123456789012:migration-project:ABC"

    static func origin(operation: String, service: String, path: String) -> JobOrigin {
        JobOrigin(
            path: path, target: "default", region: "eu-west-1", observedAt: 1_795_251_600,
            upstream: Job.UpstreamCall(service: service, operation: operation, requestID: "aws-1"))
    }

    static func conversion(
        status: String? = "IN_PROGRESS", project: String = "orders",
        _ change: (inout SchemaConversionRequest) throws -> Void = { _ in }
    ) throws -> Job {
        let identifier = try ConversionIdentifier(project: project, request: "r-1")
        var request = SchemaConversionRequest()
        request.status = status
        try change(&request)
        let path = JobIdentifier.conversion(identifier).path
        return Job(
            request, identifier: identifier,
            origin: origin(operation: "CancelMetadataModelConversion", service: "dms", path: path))
    }

    static func transferJob(
        state: String? = "RUNNING", _ change: (inout MetadataTransferJob) throws -> Void = { _ in }
    ) throws -> Job {
        var job = MetadataTransferJob(metadataTransferJobId: "ab-1", status: MetadataTransferJobStatus(state: state))
        try change(&job)
        return Job(
            job,
            origin: origin(
                operation: "GetMetadataTransferJob", service: "iottwinmaker", path: "/transfer-jobs/ab-1"))
    }
}
