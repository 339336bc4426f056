import AWSRuntime
import AWSServices
import Foundation
import GatewayCore
import GatewayTestSupport
import Jobs
import Resilience
import SigV4
import Synchronization
import Testing

/// The job service of one target on a script of AWS's answers, with a clock that a test holds.
struct ScriptedJobs {
    static let target = Target(name: "default", region: "eu-west-1")

    let clock: ManualClock
    let transport: StubTransport
    let conversions: ConversionSource
    let transferJobs: TransferJobSource
    let service: JobService

    init(
        _ script: StubTransport.Step..., timeout: Duration = .seconds(20), maxAttempts: Int = 3,
        hasTwinMaker: Bool = true,
        sendTakes duration: Duration = .zero
    ) throws {
        let clock = ManualClock()
        try self.init(
            transport: StubTransport(script) { clock.advance(by: duration) }, clock: clock, timeout: timeout,
            maxAttempts: maxAttempts, hasTwinMaker: hasTwinMaker)
    }

    init(
        transport: StubTransport, clock: ManualClock = ManualClock(), timeout: Duration = .seconds(20),
        maxAttempts: Int = 3, hasTwinMaker: Bool = true
    ) throws {
        let credentials = StaticCredentialsProvider(
            Credentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "hunter2"))
        let resolver = EndpointResolver(region: Self.target.region)
        func client(_ service: AWSService) throws -> AWSClient {
            AWSClient(
                service: service, endpoint: try resolver.endpoint(for: service, override: nil),
                credentials: credentials, transport: transport,
                retries: AWSClientRetries(strategy: RetryStrategy(maxAttempts: maxAttempts)),
                time: clock.time())
        }
        self.clock = clock
        self.transport = transport
        conversions = ConversionSource(
            client: DatabaseMigrationClient(client: try client(.databaseMigration)), target: Self.target,
            now: { clock.date })
        transferJobs = TransferJobSource(
            client: TwinMakerClient(client: try client(.twinMaker)), target: Self.target, now: { clock.date })
        service = JobService(
            targets: TargetTable([
                TargetJobs(
                    target: Self.target, conversions: conversions, transferJobs: hasTwinMaker ? transferJobs : nil)
            ]), timeout: timeout,
            clock: JobClock(
                now: { clock.now },
                sleep: { duration in
                    guard !Task.isCancelled else { return false }
                    clock.sleep(duration)
                    return true
                }))
    }

    /// The operations that AWS was asked for, in order.
    var operations: [String] {
        transport.requests.map { request in
            request.values("X-Amz-Target").first.map { String($0.drop { $0 != "." }.dropFirst()) }
                ?? "\(request.method) \(request.target)"
        }
    }

    /// A call whose deadline no test reaches.
    var context: InvocationContext { InvocationContext(deadline: .after(.seconds(600), from: clock.now)) }

    /// A caller that may do everything.
    static let caller = Caller(id: "caller-1", name: "one", proof: .apiKey(id: "caller-1"), scopes: [])

    /// Cancels a job.
    func cancel(
        _ identifier: JobIdentifier, wait: Duration? = nil, isWanted: () -> Bool = { true }
    ) async throws(GatewayError) -> JobService.Cancellation {
        try await service.cancel(
            service.subject(identifier, target: nil, caller: Self.caller), wait: wait, isWanted: isWanted)
    }

    /// Reads a job.
    func read(
        _ identifier: JobIdentifier, wait: Duration? = nil, isWanted: () -> Bool = { true }
    ) async throws(GatewayError) -> Job {
        try await service.read(
            service.subject(identifier, target: nil, caller: Self.caller), wait: wait, isWanted: isWanted)
    }

    /// Says what a cancel would do.
    func preview(_ identifier: JobIdentifier) async throws(GatewayError) -> (JobService.Preview, Job) {
        try await service.preview(service.subject(identifier, target: nil, caller: Self.caller))
    }

    /// Cancels and gives the error that it must end with.
    func cancelFailure(_ identifier: JobIdentifier, wait: Duration? = nil) async throws -> GatewayError {
        try await #require(throws: GatewayError.self) { _ = try await cancel(identifier, wait: wait) }
    }

    /// Reads and gives the error that it must end with.
    func readFailure(_ identifier: JobIdentifier, wait: Duration? = nil) async throws -> GatewayError {
        try await #require(throws: GatewayError.self) { _ = try await read(identifier, wait: wait) }
    }
}

extension JobIdentifier {
    /// The conversion `r-1` of a project.
    static func conversion(of project: String = "orders") throws -> JobIdentifier {
        .conversion(try ConversionIdentifier(project: project, request: "r-1"))
    }

    /// The transfer job `ab-1`.
    static func transferJob() throws -> JobIdentifier {
        .transferJob(try TransferJobIdentifier("ab-1"))
    }
}

extension StubTransport.Step {
    /// DMS's answer to a cancel.
    static func cancelledConversion(_ status: String) -> Self {
        .json(200, #"{"Request":{"Status":"\#(status)","RequestIdentifier":"r-1"}}"#)
    }

    /// DMS's answer to a describe of one conversion.
    static func conversion(_ status: String) -> Self {
        .json(200, #"{"Requests":[{"Status":"\#(status)","RequestIdentifier":"r-1"}]}"#)
    }

    /// TwinMaker's answer to a cancel or a get.
    static func transferJob(_ state: String) -> Self {
        .json(200, #"{"metadataTransferJobId":"ab-1","status":{"state":"\#(state)"}}"#)
    }

    /// An error answer with a code.
    static func error(_ status: Int, _ code: String, _ message: String = "m") -> Self {
        .json(status, #"{"__type":"\#(code)","message":"\#(message)"}"#, headers: [("x-amzn-RequestId", "aws-1")])
    }

    static let wrongConversionState = Self.error(400, "InvalidResourceStateFault")
    static let wrongTransferState = Self.error(409, "ConflictException")
}

/// One of the two kinds of jobs, with AWS's words for it, so that one test covers both.
struct JobKind: Sendable, CustomTestStringConvertible {
    let name: String
    let cancelOperation: String
    let readOperation: String
    let wrongState: StubTransport.Step
    let notFound: StubTransport.Step
    /// AWS's word for each state.
    let words: [Job.State: [String]]
    let cancelled: @Sendable (String) -> StubTransport.Step
    let read: @Sendable (String) -> StubTransport.Step
    let identifier: @Sendable () throws -> JobIdentifier
    var testDescription: String { name }

    func word(_ state: Job.State) throws -> String {
        try #require(words[state]?.first)
    }

    static let conversion = JobKind(
        name: "conversion", cancelOperation: "CancelMetadataModelConversion",
        readOperation: "DescribeMetadataModelConversions", wrongState: .wrongConversionState,
        notFound: .error(400, "ResourceNotFoundFault"),
        words: [
            .queued: ["RECEIVED"], .running: ["IN_PROGRESS"], .cancelling: ["CANCELING", "CANCELLING"],
            .cancelled: ["CANCELED", "CANCELLED"], .succeeded: ["SUCCESS"], .failed: ["FAILED"], .unknown: ["PAUSED"],
        ],
        cancelled: { .cancelledConversion($0) }, read: { .conversion($0) }, identifier: { try .conversion() })

    static let transfer = JobKind(
        name: "transfer", cancelOperation: "PUT /metadata-transfer-jobs/ab-1/cancel",
        readOperation: "GET /metadata-transfer-jobs/ab-1", wrongState: .wrongTransferState,
        notFound: .error(404, "ResourceNotFoundException"),
        words: [
            .queued: ["VALIDATING", "PENDING"], .running: ["RUNNING"], .cancelling: ["CANCELLING", "CANCELING"],
            .cancelled: ["CANCELLED", "CANCELED"], .succeeded: ["COMPLETED"], .failed: ["ERROR"],
            .unknown: ["PAUSED"],
        ],
        cancelled: { .transferJob($0) }, read: { .transferJob($0) }, identifier: { try .transferJob() })

    static let both = [conversion, transfer]
}

extension JobService.Cancellation {
    /// The job, whatever came of the cancel.
    var job: Job {
        switch self {
        case .underway(let job), .ended(let job): job
        }
    }

    /// Whether the job has ended.
    var isEnded: Bool {
        switch self {
        case .underway: false
        case .ended: true
        }
    }
}
