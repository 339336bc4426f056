import Foundation
import GatewayCore
import GatewayTestSupport
import Jobs
import Testing

@Suite("Reading and cancelling a transfer job")
struct TransferJobSourceTests {
    private let identifier: TransferJobIdentifier

    init() throws {
        identifier = try TransferJobIdentifier("ab-1")
    }

    @Test("a job tells when and by which call it was read")
    func origin() async throws {
        let headers = [(name: "x-amzn-RequestId", value: "aws-9")]
        let answer = StubTransport.Step.json(
            200, #"{"metadataTransferJobId":"ab-1","status":{"state":"RUNNING"}}"#, headers: headers)
        let jobs = try ScriptedJobs(answer, answer)
        let read = try await jobs.transferJobs.read(identifier, in: jobs.context)
        let cancelled = try await jobs.transferJobs.cancel(identifier, in: jobs.context)
        func call(_ operation: String) -> Job.UpstreamCall {
            Job.UpstreamCall(service: "iottwinmaker", operation: operation, requestID: "aws-9")
        }
        #expect(read.upstream == call("GetMetadataTransferJob"))
        #expect(cancelled.upstream == call("CancelMetadataTransferJob"))
        #expect(read.observedAt == jobs.clock.date.timeIntervalSince1970)
        #expect(read.target == "default" && read.region == "eu-west-1")
        #expect(read.path == "/transfer-jobs/ab-1")
    }

    @Test(
        "each of TwinMaker's errors is one problem, of a read and of a cancel",
        arguments: [
            (400, "ValidationException", ProblemCode.invalidRequest),
            (403, "AccessDeniedException", .upstreamDenied), (404, "ResourceNotFoundException", .jobNotFound),
            (429, "ThrottlingException", .upstreamThrottled),
            (500, "InternalServerException", .upstreamError),
        ])
    func errors(status: Int, code: String, problem: ProblemCode) async throws {
        let answer = StubTransport.Step.error(status, code)
        let jobs = try ScriptedJobs(answer, answer, maxAttempts: 1)
        let read = await #expect(throws: GatewayError.self) {
            _ = try await jobs.transferJobs.read(identifier, in: jobs.context)
        }
        let cancelled = await #expect(throws: GatewayError.self) {
            _ = try await jobs.transferJobs.cancel(identifier, in: jobs.context)
        }
        #expect(read?.code == problem)
        #expect(cancelled?.code == problem)
        #expect(read?.upstream?.errorCode == code)
        #expect(read?.upstream?.httpStatus == status)
    }

    @Test("a wrong state is a conflict of a cancel; a read, which has no such error, failed")
    func conflict() async throws {
        let jobs = try ScriptedJobs(.wrongTransferState, .wrongTransferState, .wrongConversionState)
        let cancelled = await #expect(throws: GatewayError.self) {
            _ = try await jobs.transferJobs.cancel(identifier, in: jobs.context)
        }
        let read = await #expect(throws: GatewayError.self) {
            _ = try await jobs.transferJobs.read(identifier, in: jobs.context)
        }
        #expect(cancelled?.code == .conflict)
        #expect(read?.code == .upstreamError)
        #expect(try await jobs.readFailure(.conversion()).code == .upstreamError)
    }

    @Test("a refusal names the IAM action of the call that was refused")
    func iamActions() async throws {
        let denied = StubTransport.Step.error(403, "AccessDeniedException")
        let jobs = try ScriptedJobs(denied, denied)
        let read = await #expect(throws: GatewayError.self) {
            _ = try await jobs.transferJobs.read(identifier, in: jobs.context)
        }
        let cancelled = await #expect(throws: GatewayError.self) {
            _ = try await jobs.transferJobs.cancel(identifier, in: jobs.context)
        }
        #expect(read?.hint?.contains("iottwinmaker:GetMetadataTransferJob") == true)
        #expect(cancelled?.hint?.contains("iottwinmaker:CancelMetadataTransferJob") == true)
    }
}
