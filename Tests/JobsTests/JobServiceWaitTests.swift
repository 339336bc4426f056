import GatewayCore
import GatewayTestSupport
import Jobs
import Resilience
import Testing

/// `Prefer: wait=N`, on DELETE and on GET.
@Suite("Waiting for a job")
struct JobServiceWaitTests {
    @Test("a cancel that waits ends when the job is cancelled", arguments: JobKind.both)
    func cancelled(kind: JobKind) async throws {
        let cancelling = try kind.word(.cancelling)
        let jobs = try ScriptedJobs(
            kind.cancelled(cancelling), kind.read(cancelling), kind.read(kind.word(.cancelled)), kind.read(cancelling))
        let cancellation = try await jobs.cancel(kind.identifier(), wait: .seconds(30))
        #expect(cancellation.isEnded)
        #expect(cancellation.job.state == .cancelled)
        #expect(jobs.operations == [kind.cancelOperation, kind.readOperation, kind.readOperation])
    }

    @Test(
        "a job that ends otherwise while it is being cancelled ends the wait at once", arguments: JobKind.both,
        [Job.State.succeeded, .failed])
    func endedOtherwise(kind: JobKind, state: Job.State) async throws {
        let jobs = try ScriptedJobs(kind.cancelled(kind.word(.cancelling)), kind.read(kind.word(state)))
        let cancellation = try await jobs.cancel(kind.identifier(), wait: .seconds(30))
        #expect(cancellation.isEnded)
        #expect(cancellation.job.state == state)
        #expect(jobs.clock.slept == [.seconds(1)])
    }

    @Test("a wait that is over answers with the job as it is, under way", arguments: JobKind.both)
    func over(kind: JobKind) async throws {
        let cancelling = try kind.word(.cancelling)
        let read = kind.read(cancelling)
        let jobs = try ScriptedJobs(kind.cancelled(cancelling), read, read, read, read, read)
        let start = jobs.clock.now
        let cancellation = try await jobs.cancel(kind.identifier(), wait: .seconds(10))
        #expect(!cancellation.isEnded)
        #expect(cancellation.job.state == .cancelling)
        #expect(start.duration(to: jobs.clock.now) == .seconds(10))
    }

    @Test("the job is read more seldom the longer the wait, every five seconds at the most, and once at the end")
    func intervals() async throws {
        let read = StubTransport.Step.conversion("IN_PROGRESS")
        let jobs = try ScriptedJobs(read, read, read, read, read, read)
        _ = try await jobs.read(.conversion(), wait: .seconds(15))
        #expect(jobs.clock.slept == [1, 2, 4, 5, 3].map { .seconds($0) })
        #expect(jobs.transport.requests.count == 6)
    }

    @Test("a job that has ended is not waited for", arguments: JobKind.both)
    func endedAlready(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(kind.read(kind.word(.succeeded)), kind.cancelled(kind.word(.cancelled)))
        #expect(try await jobs.read(kind.identifier(), wait: .seconds(30)).state == .succeeded)
        #expect(try await jobs.cancel(kind.identifier(), wait: .seconds(30)).isEnded)
        #expect(jobs.clock.slept.isEmpty)
    }

    @Test("without a wait, or with one of no seconds, the job is read once", arguments: [nil, Duration.zero])
    func noWait(wait: Duration?) async throws {
        let jobs = try ScriptedJobs(.conversion("IN_PROGRESS"), .conversion("SUCCESS"))
        #expect(try await jobs.read(.conversion(), wait: wait).state == .running)
        #expect(jobs.transport.requests.count == 1)
        #expect(jobs.clock.slept.isEmpty)
    }

    @Test(
        "a read that waits ends when the job does", arguments: JobKind.both, [Job.State.succeeded, .failed, .cancelled])
    func read(kind: JobKind, state: Job.State) async throws {
        let jobs = try ScriptedJobs(kind.read(kind.word(.running)), kind.read(kind.word(state)))
        #expect(try await jobs.read(kind.identifier(), wait: .seconds(30)).state == state)
    }

    @Test("an unknown job is not waited for", arguments: JobKind.both)
    func unknownJob(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(kind.notFound, kind.notFound)
        #expect(try await jobs.readFailure(kind.identifier(), wait: .seconds(30)).code == .jobNotFound)
        #expect(try await jobs.cancelFailure(kind.identifier(), wait: .seconds(30)).code == .jobNotFound)
        #expect(jobs.clock.slept.isEmpty)
    }

    @Test("a job that had finished before is already-finished at once, wait or not", arguments: JobKind.both)
    func finishedBefore(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(kind.wrongState, kind.read(kind.word(.failed)))
        #expect(try await jobs.cancelFailure(kind.identifier(), wait: .seconds(30)).code == .alreadyFinished)
        #expect(jobs.clock.slept.isEmpty)
    }

    @Test("a repeated cancel waits for the cancel that is under way", arguments: JobKind.both)
    func repeated(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(
            kind.wrongState, kind.read(kind.word(.cancelling)), kind.read(kind.word(.cancelled)))
        #expect(try await jobs.cancel(kind.identifier(), wait: .seconds(30)).job.state == .cancelled)
    }

    @Test("a read that fails during the wait loses nothing: the wait goes on", arguments: JobKind.both)
    func failingRead(kind: JobKind) async throws {
        let jobs = try ScriptedJobs(
            kind.cancelled(kind.word(.cancelling)), .error(400, "AccessDeniedException"), .json(200, "<html>"),
            kind.read(kind.word(.cancelled)))
        #expect(try await jobs.cancel(kind.identifier(), wait: .seconds(30)).job.state == .cancelled)
        #expect(jobs.transport.requests.count == 4)
    }

    @Test("when every read of the wait fails, the job is answered as it was known last", arguments: JobKind.both)
    func onlyFailingReads(kind: JobKind) async throws {
        let denied = StubTransport.Step.error(400, "AccessDeniedException")
        let jobs = try ScriptedJobs(kind.cancelled(kind.word(.cancelling)), denied, denied, denied, denied)
        let cancellation = try await jobs.cancel(kind.identifier(), wait: .seconds(5))
        #expect(!cancellation.isEnded)
        #expect(cancellation.job.state == .cancelling)
    }

    @Test("a wait counts from the call, not from AWS's first answer", arguments: JobKind.both)
    func countsFromTheCall(kind: JobKind) async throws {
        let running = try kind.read(kind.word(.running))
        let jobs = try ScriptedJobs(running, running, running, running, sendTakes: .seconds(4))
        let start = jobs.clock.now
        _ = try await jobs.read(kind.identifier(), wait: .seconds(9))
        // 4 s for the first read, 1 s of sleep, 4 s for the second.
        #expect(start.duration(to: jobs.clock.now) == .seconds(9))
        #expect(jobs.clock.slept == [.seconds(1)])
    }

    @Test("the wait's last read may hold the answer for two seconds more, however long a question may take")
    func lastRead() async throws {
        let read = StubTransport.Step.conversion("IN_PROGRESS")
        let jobs = try ScriptedJobs(read, read, read, timeout: .seconds(20))
        let start = jobs.clock.now
        _ = try await jobs.read(.conversion(), wait: .seconds(2))
        #expect(jobs.transport.deadlines.map { start.duration(to: $0.instant) } == [20, 4, 4].map { .seconds($0) })
    }

    @Test("a retry during the wait has its time, too")
    func retryDuringTheWait() async throws {
        let jobs = try ScriptedJobs(.conversion("IN_PROGRESS"), .error(503, ""), .conversion("SUCCESS"))
        #expect(try await jobs.read(.conversion(), wait: .seconds(30)).state == .succeeded)
        #expect(jobs.clock.slept == [.seconds(1), .milliseconds(50)])
    }

    @Test("a wait that nobody wants any more ends with the job as it is known", arguments: JobKind.both)
    func unwanted(kind: JobKind) async throws {
        let running = try kind.read(kind.word(.running))
        let cancelling = try kind.cancelled(kind.word(.cancelling))
        let jobs = try ScriptedJobs(running, cancelling, kind.read(kind.word(.succeeded)))
        #expect(
            try await jobs.read(kind.identifier(), wait: .seconds(30), isWanted: { false }).state == .running)
        let cancellation = try await jobs.cancel(kind.identifier(), wait: .seconds(30), isWanted: { false })
        #expect(cancellation.job.state == .cancelling)
        #expect(jobs.operations == [kind.readOperation, kind.cancelOperation])
    }

    @Test("the system's clock tells at once that a wait was cut short")
    func systemClock() async {
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await JobClock.system.sleep(.seconds(3600))
        }
        #expect(await task.value == false)
    }

    @Test("a wait whose task is cancelled ends with the job as it is known")
    func cancelledTask() async throws {
        let jobs = try ScriptedJobs(.conversion("IN_PROGRESS"), .conversion("SUCCESS"))
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await jobs.read(.conversion(), wait: .seconds(30))
        }
        #expect(try await task.value.state == .running)
        #expect(jobs.transport.requests.count == 1)
    }
}
