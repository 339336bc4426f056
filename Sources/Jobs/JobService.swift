import AWSRuntime
package import GatewayCore
import Resilience

/// The use cases: read a job, cancel it, say what a cancel would do.
package struct JobService: Sendable {
    private let targets: TargetTable
    private let timeout: Duration
    private let clock: JobClock

    /// Creates a service.
    ///
    /// - Parameters:
    ///   - targets: Where jobs are read and cancelled.
    ///   - timeout: How long one question to AWS may take, retries included.
    ///   - clock: The clock that waiting goes by.
    package init(targets: TargetTable, timeout: Duration, clock: JobClock = .system) {
        self.targets = targets
        self.timeout = timeout
        self.clock = clock
    }

    /// Settles what a request is about.
    ///
    /// - Parameters:
    ///   - job: Which job.
    ///   - target: The target's name, where the request gives one.
    ///   - caller: Who asks.
    /// - Returns: The subject that the other calls take.
    /// - Throws: What ``TargetTable/choose(for:named:caller:)`` throws, and `resource-not-allowed` when the caller's
    ///   allow-list leaves the project or the transfer job out.
    package func subject(_ job: JobIdentifier, target: String?, caller: Caller) throws(GatewayError) -> JobSubject {
        let jobs = try targets.choose(for: job, named: target, caller: caller)
        try caller.allowList.requireLeave(for: job)
        return JobSubject(job, in: jobs, caller: caller)
    }

    /// What came of a cancel.
    package enum Cancellation: Sendable, Hashable {
        /// AWS took it; the job has not ended yet.
        case underway(Job)
        /// The job has ended, by the cancel or otherwise.
        case ended(Job)
    }

    /// What a cancel would do.
    package enum Preview: String, Sendable, Hashable, CaseIterable {
        /// AWS would be asked to cancel the job.
        case wouldCancel = "would-cancel"
        /// Nothing: the job is being cancelled already.
        case alreadyCancelling = "already-cancelling"
        /// Nothing: the job is cancelled already.
        case alreadyCancelled = "already-cancelled"
        /// It would be refused: the job has ended otherwise.
        case alreadyFinished = "already-finished"
        /// It would be refused, whatever the job's state: cancels are switched off.
        case readOnly = "read-only"
    }

    /// Reads a job; with `wait`, holds the answer until the job has ended or the time is over.
    ///
    /// The wait counts from the call, as RFC 7240 has it, not from AWS's first answer.
    ///
    /// - Parameters:
    ///   - subject: Which job, of which target, for whom.
    ///   - wait: How long to hold the answer; `nil` for not at all.
    ///   - isWanted: Whether someone still waits for the answer; asked before each further look.
    /// - Returns: The job as it was read last.
    /// - Throws: `job-not-found`, or what failed upstream at the first look.
    package func read(
        _ subject: JobSubject, wait: Duration?, isWanted: () -> Bool = { true }
    ) async throws(GatewayError) -> Job {
        let end = wait.map { Deadline.after($0, from: clock.now()) }
        let job = try await readOnce(subject, by: callDeadline())
        guard let end, !job.isDone else { return job }
        return await follow(job, subject, until: end, isWanted: isWanted)
    }

    /// Cancels a job; safe to repeat.
    ///
    /// AWS names every wrong state with one error, so the job is read again before anything is said: a job that is
    /// being cancelled or is cancelled is a success (the cancel, or an earlier one whose answer was lost, took effect).
    ///
    /// - Parameters:
    ///   - subject: Which job, of which target, for whom.
    ///   - wait: How long to hold the answer; `nil` for not at all.
    ///   - isWanted: Whether someone still waits for the answer; the cancel itself is carried out in any case.
    /// - Returns: Whether the job has ended, and the job.
    /// - Throws: `already-finished` with the job when it had ended otherwise, `conflict` with the job when AWS refuses
    ///   the cancel though it has not ended, `job-not-found`, or what failed upstream.
    package func cancel(
        _ subject: JobSubject, wait: Duration?, isWanted: () -> Bool = { true }
    ) async throws(GatewayError) -> Cancellation {
        let end = wait.map { Deadline.after($0, from: clock.now()) }
        var job = try await cancelOnce(subject)
        if let end, !job.isDone { job = await follow(job, subject, until: end, isWanted: isWanted) }
        return job.isDone ? .ended(job) : .underway(job)
    }

    /// Looks at a job before it is cancelled; takes 2 s at most.
    ///
    /// - Returns: The job's state; `nil` when it cannot be had, which is no reason not to cancel.
    package func state(of subject: JobSubject) async -> Job.State? {
        let deadline = min(callDeadline(), lastLook(from: clock.now()))
        return try? await readOnce(subject, by: deadline, priority: .urgent).state
    }

    /// Reads a job and says what a cancel would do; cancels nothing.
    ///
    /// - Parameters:
    ///   - subject: Which job, of which target, for whom.
    ///   - isReadOnly: Whether cancels are switched off.
    /// - Returns: What would happen, and the job as it is.
    /// - Throws: `job-not-found`, or what failed upstream.
    package func preview(
        _ subject: JobSubject, isReadOnly: Bool = false
    ) async throws(GatewayError) -> (Preview, Job) {
        let job = try await readOnce(subject, by: callDeadline())
        guard !isReadOnly else { return (.readOnly, job) }
        switch job.state {
        case .queued, .running, .unknown: return (.wouldCancel, job)
        case .cancelling: return (.alreadyCancelling, job)
        case .cancelled: return (.alreadyCancelled, job)
        case .succeeded, .failed: return (.alreadyFinished, job)
        }
    }

    /// Reads the job again and again until it has ended or the wait is over; what was known last is never lost to a
    /// failed read.
    private func follow(
        _ job: Job, _ subject: JobSubject, until end: Deadline, isWanted: () -> Bool
    ) async -> Job {
        var latest = job
        let lastAnswer = lastLook(from: end.instant)
        var interval = Duration.seconds(1)
        while !latest.isDone {
            let remaining = end.remaining(at: clock.now())
            guard remaining > .zero, await clock.sleep(min(interval, remaining)), isWanted() else { break }
            interval = min(interval * 2, .seconds(5))
            let deadline = min(callDeadline(), lastAnswer)
            // What was read before stands in for a look that fails.
            if let job = try? await readOnce(subject, by: deadline) { latest = job }
        }
        return latest
    }

    private func callDeadline() -> Deadline {
        .after(timeout, from: clock.now())
    }

    /// A look at the job before or after the call itself: an AWS that hangs then must not hold the caller much longer.
    private func lastLook(from instant: ContinuousClock.Instant) -> Deadline {
        .after(min(timeout, .seconds(2)), from: instant)
    }

    /// Cancels, and finds out what that came to where AWS's answer does not say.
    private func cancelOnce(_ subject: JobSubject) async throws(GatewayError) -> Job {
        let deadline = callDeadline()
        var refused: GatewayError
        do {
            return try await send(subject, by: deadline)
        } catch {
            // A request that was given up is given up whole: nobody would be told of what a look finds.
            guard error.code == .conflict || error.mayHaveTakenEffect, !Task.isCancelled else { throw error }
            refused = error
        }
        // One deadline for both questions, but never so little that the answer could not be had.
        let lookDeadline = max(deadline, lastLook(from: clock.now()))
        let job: Job
        do {
            job = try await readOnce(subject, by: lookDeadline, priority: .urgent)
        } catch {
            // Of a lost answer, the loss is what there is to tell; of a refusal, why its reason cannot be had.
            throw refused.mayHaveTakenEffect ? refused : error
        }
        switch job.state {
        case .cancelling, .cancelled: return job
        case .succeeded, .failed:
            throw GatewayError(
                .alreadyFinished,
                "The job had already finished (\(job.state.rawValue)) when the cancel reached it.",
                upstream: refused.upstream, job: job, cause: refused.cause)
        case .queued, .running, .unknown:
            refused.job = job
            throw refused
        }
    }

    private func send(_ subject: JobSubject, by deadline: Deadline) async throws(GatewayError) -> Job {
        let context = InvocationContext(deadline: deadline, caller: subject.caller.id, priority: .urgent)
        switch subject.job {
        case .conversion(let id): return try await subject.jobs.conversions.cancel(id, in: context)
        case .transferJob(let id): return try await Self.transferJobs(of: subject.jobs).cancel(id, in: context)
        }
    }

    private func readOnce(
        _ subject: JobSubject, by deadline: Deadline, priority: BudgetPriority = .ordinary
    ) async throws(GatewayError) -> Job {
        let context = InvocationContext(deadline: deadline, caller: subject.caller.id, priority: priority)
        switch subject.job {
        case .conversion(let id): return try await subject.jobs.conversions.read(id, in: context)
        case .transferJob(let id): return try await Self.transferJobs(of: subject.jobs).read(id, in: context)
        }
    }

    private static func transferJobs(of jobs: TargetJobs) throws(GatewayError) -> TransferJobSource {
        guard let transferJobs = jobs.transferJobs else {
            throw GatewayError(
                .jobNotFound, "IoT TwinMaker does not exist in the target's region, \(jobs.target.region).")
        }
        return transferJobs
    }
}
