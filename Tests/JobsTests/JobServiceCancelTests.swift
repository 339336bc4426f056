import AWSRuntime
import GatewayCore
import GatewayTestSupport
import Jobs
import Resilience
import Testing

/// The table "DELETE means: cancel", without waiting.
@Suite("Cancelling a job")
struct JobServiceCancelTests {
    @Test(
        "a cancel that AWS takes is under way while the job has not ended", arguments: JobKind.both,
        [Job.State.cancelling, .running, .queued, .unknown])
    func underway(kind: JobKind, state: Job.State) async throws {
        let jobs = try ScriptedJobs(kind.cancelled(kind.word(state)))
        let cancellation = try await jobs.cancel(kind.identifier(), wait: nil)
        #expect(!cancellation.isEnded)
        #expect(cancellation.job.state == state)
        #expect(jobs.operations == [kind.cancelOperation])
    }

    @Test(
        "a cancel that AWS takes is at its end when the job is", arguments: JobKind.both,
        [Job.State.cancelled, .succeeded, .failed])
    func ended(kind: JobKind, state: Job.State) async throws {
        let jobs = try ScriptedJobs(kind.cancelled(kind.word(state)))
        let cancellation = try await jobs.cancel(kind.identifier(), wait: nil)
        #expect(cancellation.isEnded)
        #expect(cancellation.job.state == state)
        #expect(jobs.operations == [kind.cancelOperation])
    }

    @Test(
        "a job that is being cancelled already is a success: it is read again, and under way", arguments: JobKind.both)
    func alreadyCancelling(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(kind.wrongState, kind.read(kind.word(.cancelling)))
        let cancellation = try await jobs.cancel(kind.identifier(), wait: nil)
        #expect(!cancellation.isEnded)
        #expect(cancellation.job.state == .cancelling)
        #expect(jobs.operations == [kind.cancelOperation, kind.readOperation])
    }

    @Test("a job that is cancelled already is a success: it is read again, and has ended", arguments: JobKind.both)
    func alreadyCancelled(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(kind.wrongState, kind.read(kind.word(.cancelled)))
        let cancellation = try await jobs.cancel(kind.identifier(), wait: nil)
        #expect(cancellation.isEnded)
        #expect(cancellation.job.state == .cancelled)
    }

    @Test(
        "a job that had finished before is already-finished, with the final job", arguments: JobKind.both,
        [Job.State.succeeded, .failed])
    func alreadyFinished(kind: JobKind, state: Job.State) async throws {
        let jobs = try ScriptedJobs(kind.wrongState, kind.read(kind.word(state)))
        let error = try await jobs.cancelFailure(kind.identifier())
        #expect(error.code == .alreadyFinished)
        #expect(error.code.status == 409)
        #expect(error.job?.state == state)
        #expect(error.detail.contains(state.rawValue))
        #expect(error.upstream?.requestID == "aws-1")
        #expect(jobs.operations == [kind.cancelOperation, kind.readOperation])
    }

    @Test(
        "a job that has not ended and whose cancel AWS refuses is a conflict, with the job", arguments: JobKind.both,
        [Job.State.queued, .running, .unknown])
    func conflict(kind: JobKind, state: Job.State) async throws {
        let jobs = try ScriptedJobs(kind.wrongState, kind.read(kind.word(state)))
        let error = try await jobs.cancelFailure(kind.identifier())
        #expect(error.code == .conflict)
        #expect(error.code.status == 409)
        #expect(error.job?.state == state)
    }

    @Test("a job that AWS does not know is not found", arguments: JobKind.both)
    func notFound(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(kind.notFound)
        let error = try await jobs.cancelFailure(kind.identifier())
        #expect(error.code == .jobNotFound)
        #expect(error.code.status == 404)
        #expect(jobs.operations == [kind.cancelOperation])
    }

    @Test("a job that is gone when its state is read again is not found", arguments: JobKind.both)
    func gone(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(kind.wrongState, kind.notFound)
        #expect(try await jobs.cancelFailure(kind.identifier()).code == .jobNotFound)
    }

    @Test("when the state cannot be read again, that is what failed", arguments: JobKind.both)
    func unreadable(kind: JobKind) async throws {
        let denied = try ScriptedJobs(kind.wrongState, .error(400, "AccessDeniedException"))
        #expect(try await denied.cancelFailure(kind.identifier()).code == .upstreamDenied)
        let confused = try ScriptedJobs(kind.wrongState, kind.wrongState)
        #expect(try await confused.cancelFailure(kind.identifier()).code == .upstreamError)
    }

    @Test("a cancel whose answer was lost is sent again, and its conflict resolved by reading", arguments: JobKind.both)
    func lostAnswer(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(
            .failure(.connectionLost("reset")), kind.wrongState, kind.read(kind.word(.cancelling)))
        let cancellation = try await jobs.cancel(kind.identifier(), wait: nil)
        #expect(cancellation.job.state == .cancelling)
        #expect(jobs.operations == [kind.cancelOperation, kind.cancelOperation, kind.readOperation])
    }

    @Test("a lost answer after which the job is seen to have finished is already-finished", arguments: JobKind.both)
    func lostAnswerThenFinished(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(
            .failure(.malformedAnswer("cut short")), kind.wrongState, kind.read(kind.word(.succeeded)))
        #expect(try await jobs.cancelFailure(kind.identifier()).code == .alreadyFinished)
    }

    @Test("a cancel that AWS refuses otherwise is not read again", arguments: JobKind.both)
    func otherFailures(kind: JobKind) async throws {
        for (step, code) in [
            (StubTransport.Step.error(400, "AccessDeniedException"), ProblemCode.upstreamDenied),
            (.error(400, "SomethingNew"), .upstreamError), (.failure(.tlsFailed("untrusted")), .upstreamUnavailable),
        ] {
            let jobs = try ScriptedJobs(step)
            #expect(try await jobs.cancelFailure(kind.identifier()).code == code)
            #expect(jobs.operations == [kind.cancelOperation])
        }
    }

    /// The ways in which an answer can be lost for good, and what the caller is told of each.
    private static let losses: [([StubTransport.Step], ProblemCode)] = [
        ([.failure(.timedOut)], .upstreamTimeout), ([.json(200, "")], .upstreamInvalidResponse),
        (.init(repeating: .failure(.connectionLost("reset")), count: 3), .upstreamUnavailable),
        (.init(repeating: .failure(.malformedAnswer("cut short")), count: 3), .upstreamInvalidResponse),
    ]

    @Test(
        "a cancel whose answer is lost for good has succeeded if the job is seen to be cancelled",
        arguments: JobKind.both)
    func lostForGood(kind: JobKind) async throws {
        for (loss, _) in Self.losses {
            for state in [Job.State.cancelling, .cancelled] {
                let script = loss + [kind.read(try kind.word(state))]
                let jobs = try ScriptedJobs(transport: StubTransport(script))
                #expect(try await jobs.cancel(kind.identifier()).job.state == state)
                #expect(jobs.operations.last == kind.readOperation)
            }
        }
    }

    @Test("a cancel whose answer is lost and that had no effect fails as it did, with the job", arguments: JobKind.both)
    func lostWithoutEffect(kind: JobKind) async throws {
        for (loss, code) in Self.losses {
            let script = loss + [kind.read(try kind.word(.running))]
            let error = try await ScriptedJobs(transport: StubTransport(script)).cancelFailure(kind.identifier())
            #expect(error.code == code)
            #expect(error.job?.state == .running)
        }
    }

    @Test("where the state cannot be read after a lost answer, the loss is what is told", arguments: JobKind.both)
    func lostAndUnreadable(kind: JobKind) async throws {
        for (loss, code) in Self.losses {
            let script = loss + [.error(400, "AccessDeniedException")]
            let error = try await ScriptedJobs(transport: StubTransport(script)).cancelFailure(kind.identifier())
            #expect(error.code == code)
            #expect(error.job == nil)
        }
    }

    @Test("a cancel that is given up while its answer is out is not followed by a look", arguments: JobKind.both)
    func givenUp(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(.failure(.cancelled), kind.read(kind.word(.cancelling)))
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await jobs.cancel(kind.identifier())
        }
        await #expect(throws: GatewayError.self) { try await task.value }
        #expect(!jobs.operations.contains(kind.readOperation))
    }

    @Test("where the region has no TwinMaker, its jobs are not found and AWS is not asked")
    func noTwinMaker() async throws {
        let jobs = try ScriptedJobs(hasTwinMaker: false)
        #expect(try await jobs.cancelFailure(.transferJob()).code == .jobNotFound)
        #expect(try await jobs.readFailure(.transferJob()).code == .jobNotFound)
        #expect(jobs.operations.isEmpty)
    }

    @Test("the ARN of a project of another region is not found and AWS is not asked")
    func otherRegion() async throws {
        let jobs = try ScriptedJobs()
        let identifier = try JobIdentifier.conversion(
            of: "arn:aws:dms:us-east-1:123456789012:migration-project:ABC")
        #expect(try await jobs.cancelFailure(identifier).code == .jobNotFound)
        #expect(try await jobs.readFailure(identifier).code == .jobNotFound)
        await #expect(throws: GatewayError.self) { _ = try await jobs.preview(identifier) }
        #expect(jobs.operations.isEmpty)
    }

    @Test("the ARN of a project of this region is passed to AWS as it is")
    func sameRegion() async throws {
        let arn = "arn:aws:dms:eu-west-1:123456789012:migration-project:ABC"
        let jobs = try ScriptedJobs(.cancelledConversion("CANCELING"))
        _ = try await jobs.cancel(.conversion(of: arn), wait: nil)
        let body = #"{"MigrationProjectIdentifier":"\#(arn)","RequestIdentifier":"r-1"}"#
        #expect(jobs.transport.requests.map(\.bodyText) == [body])
    }

    @Test(
        "a preview reads the job, says what a cancel would do, and cancels nothing", arguments: JobKind.both,
        [
            (Job.State.queued, JobService.Preview.wouldCancel), (.running, .wouldCancel), (.unknown, .wouldCancel),
            (.cancelling, .alreadyCancelling), (.cancelled, .alreadyCancelled), (.succeeded, .alreadyFinished),
            (.failed, .alreadyFinished),
        ])
    func preview(kind: JobKind, row: (Job.State, JobService.Preview)) async throws {
        let jobs = try ScriptedJobs(kind.read(kind.word(row.0)))
        let (preview, job) = try await jobs.preview(kind.identifier())
        #expect(preview == row.1)
        #expect(job.state == row.0)
        #expect(jobs.operations == [kind.readOperation])
    }

    @Test("a cancel and the look after it share one deadline, and the look has two seconds in any case")
    func sharedDeadline() async throws {
        for (duration, deadline) in [(Duration.seconds(1), Duration.seconds(20)), (.seconds(19), .seconds(21))] {
            let jobs = try ScriptedJobs(.wrongConversionState, .conversion("CANCELED"), sendTakes: duration)
            let start = jobs.clock.now
            _ = try await jobs.cancel(.conversion(), wait: nil)
            #expect(jobs.transport.deadlines.map { start.duration(to: $0.instant) } == [.seconds(20), deadline])
        }
    }

    @Test("one question to AWS has the configured time, its retries included")
    func timeout() async throws {
        let jobs = try ScriptedJobs(
            .error(400, "ThrottlingException"), .error(400, "ThrottlingException"), timeout: .milliseconds(2500))
        let start = jobs.clock.now
        #expect(try await jobs.cancelFailure(.conversion()).code == .upstreamThrottled)
        #expect(
            jobs.transport.deadlines.map { start.duration(to: $0.instant) } == [
                .milliseconds(2500), .milliseconds(2500),
            ])
        #expect(jobs.clock.slept == [.seconds(1)])
    }
}
