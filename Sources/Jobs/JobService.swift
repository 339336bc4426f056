package import GatewayCore
import Resilience

/// The use cases: read a job, cancel it, say what a cancel would do.
package struct JobService: Sendable {
    private let conversions: ConversionSource
    private let transferJobs: TransferJobSource?
    private let timeout: Duration
    private let clock: JobClock

    /// Creates the service of one target.
    ///
    /// - Parameters:
    ///   - conversions: Where conversions are read and cancelled.
    ///   - transferJobs: The same for transfer jobs; `nil` where the region has no TwinMaker.
    ///   - timeout: How long one question to AWS may take, retries included.
    ///   - clock: The clock that waiting goes by.
    package init(
        conversions: ConversionSource, transferJobs: TransferJobSource?, timeout: Duration, clock: JobClock = .system
    ) {
        self.conversions = conversions
        self.transferJobs = transferJobs
        self.timeout = timeout
        self.clock = clock
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
    }

    /// Reads a job; with `wait`, holds the answer until the job has ended or the time is over.
    ///
    /// The wait counts from the call, as RFC 7240 has it, not from AWS's first answer.
    ///
    /// - Parameters:
    ///   - identifier: Which job.
    ///   - wait: How long to hold the answer; `nil` for not at all.
    ///   - isWanted: Whether someone still waits for the answer; asked before each further look.
    /// - Returns: The job as it was read last.
    /// - Throws: `job-not-found`, or what failed upstream at the first look.
    package func read(
        _ identifier: JobIdentifier, wait: Duration?, isWanted: () -> Bool = { true }
    ) async throws(GatewayError) -> Job {
        let end = wait.map { Deadline.after($0, from: clock.now()) }
        let job = try await readOnce(identifier, by: callDeadline())
        guard let end, !job.isDone else { return job }
        return await follow(job, identifier, until: end, isWanted: isWanted)
    }

    /// Cancels a job; safe to repeat.
    ///
    /// AWS names every wrong state with one error, so the job is read again before anything is said: a job that is
    /// being cancelled or is cancelled is a success (the cancel, or an earlier one whose answer was lost, took effect).
    ///
    /// - Parameters:
    ///   - identifier: Which job.
    ///   - wait: How long to hold the answer; `nil` for not at all.
    ///   - isWanted: Whether someone still waits for the answer; the cancel itself is carried out in any case.
    /// - Returns: Whether the job has ended, and the job.
    /// - Throws: `already-finished` with the job when it had ended otherwise, `conflict` with the job when AWS refuses
    ///   the cancel though it has not ended, `job-not-found`, or what failed upstream.
    package func cancel(
        _ identifier: JobIdentifier, wait: Duration?, isWanted: () -> Bool = { true }
    ) async throws(GatewayError) -> Cancellation {
        let end = wait.map { Deadline.after($0, from: clock.now()) }
        let deadline = callDeadline()
        var job: Job
        do {
            job = try await cancelOnce(identifier, by: deadline)
        } catch let error where error.code == .conflict {
            // One deadline for both questions, but never so little that the answer could not be had.
            job = try await readOnce(identifier, by: max(deadline, lastLook(from: clock.now())))
            switch job.state {
            case .cancelling, .cancelled: break
            case .succeeded, .failed:
                throw GatewayError(
                    .alreadyFinished,
                    "The job had already finished (\(job.state.rawValue)) when the cancel reached it.",
                    upstream: error.upstream, job: job, cause: error.cause)
            case .queued, .running, .unknown:
                var refused = error
                refused.job = job
                throw refused
            }
        }
        if let end, !job.isDone { job = await follow(job, identifier, until: end, isWanted: isWanted) }
        return job.isDone ? .ended(job) : .underway(job)
    }

    /// Reads a job and says what a cancel would do; cancels nothing.
    package func preview(_ identifier: JobIdentifier) async throws(GatewayError) -> (Preview, Job) {
        let job = try await readOnce(identifier, by: callDeadline())
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
        _ job: Job, _ identifier: JobIdentifier, until end: Deadline, isWanted: () -> Bool
    ) async -> Job {
        var latest = job
        let lastAnswer = lastLook(from: end.instant)
        var interval = Duration.seconds(1)
        while !latest.isDone {
            let remaining = end.remaining(at: clock.now())
            guard remaining > .zero, await clock.sleep(min(interval, remaining)), isWanted() else { break }
            interval = min(interval * 2, .seconds(5))
            let deadline = min(callDeadline(), lastAnswer)
            if let job = try? await readOnce(identifier, by: deadline) { latest = job }
        }
        return latest
    }

    private func callDeadline() -> Deadline {
        .after(timeout, from: clock.now())
    }

    /// A look at the job that begins when time is up: an AWS that hangs then must not hold the caller much longer.
    private func lastLook(from instant: ContinuousClock.Instant) -> Deadline {
        .after(min(timeout, .seconds(2)), from: instant)
    }

    private func readOnce(_ identifier: JobIdentifier, by deadline: Deadline) async throws(GatewayError) -> Job {
        switch identifier {
        case .conversion(let id): return try await conversions.read(id, deadline: deadline)
        case .transferJob(let id): return try await requireTransferJobs().read(id, deadline: deadline)
        }
    }

    private func cancelOnce(_ identifier: JobIdentifier, by deadline: Deadline) async throws(GatewayError) -> Job {
        switch identifier {
        case .conversion(let id): return try await conversions.cancel(id, deadline: deadline)
        case .transferJob(let id): return try await requireTransferJobs().cancel(id, deadline: deadline)
        }
    }

    private func requireTransferJobs() throws(GatewayError) -> TransferJobSource {
        guard let transferJobs else {
            throw GatewayError(.jobNotFound, "IoT TwinMaker does not exist in the gateway's region.")
        }
        return transferJobs
    }
}
