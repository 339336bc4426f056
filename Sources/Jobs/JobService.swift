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
    package func read(_ identifier: JobIdentifier, wait: Duration?) async throws(GatewayError) -> Job {
        let job = try await readOnce(identifier)
        guard let wait, !job.isDone else { return job }
        return await follow(job, identifier, for: wait)
    }

    /// Cancels a job; safe to repeat.
    ///
    /// AWS names every wrong state with one error, so the job is read again before anything is said: a job that is
    /// being cancelled or is cancelled is a success (the cancel, or an earlier one whose answer was lost, took effect).
    ///
    /// - Throws: `already-finished` with the job when it had ended otherwise, `conflict` with the job when AWS refuses
    ///   the cancel though it has not ended, `job-not-found`, or what failed upstream.
    package func cancel(_ identifier: JobIdentifier, wait: Duration?) async throws(GatewayError) -> Cancellation {
        var job: Job
        do {
            job = try await cancelOnce(identifier)
        } catch  where error.code == .conflict {
            job = try await readOnce(identifier)
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
        if let wait, !job.isDone { job = await follow(job, identifier, for: wait) }
        return job.isDone ? .ended(job) : .underway(job)
    }

    /// Reads a job and says what a cancel would do; cancels nothing.
    package func preview(_ identifier: JobIdentifier) async throws(GatewayError) -> (Preview, Job) {
        let job = try await readOnce(identifier)
        switch job.state {
        case .queued, .running, .unknown: return (.wouldCancel, job)
        case .cancelling: return (.alreadyCancelling, job)
        case .cancelled: return (.alreadyCancelled, job)
        case .succeeded, .failed: return (.alreadyFinished, job)
        }
    }

    /// Reads the job again and again until it has ended or `wait` is over; what was known last is never lost to a
    /// failed read.
    private func follow(_ job: Job, _ identifier: JobIdentifier, for wait: Duration) async -> Job {
        var latest = job
        let end = Deadline.after(wait, from: clock.now())
        var interval = Duration.seconds(1)
        while !latest.isDone {
            let remaining = end.remaining(at: clock.now())
            guard remaining > .zero, await clock.sleep(min(interval, remaining)) else { break }
            interval = min(interval * 2, .seconds(5))
            if let job = try? await readOnce(identifier) { latest = job }
        }
        return latest
    }

    private func readOnce(_ identifier: JobIdentifier) async throws(GatewayError) -> Job {
        let deadline = Deadline.after(timeout)
        switch identifier {
        case .conversion(let id): return try await conversions.read(id, deadline: deadline)
        case .transferJob(let id): return try await requireTransferJobs().read(id, deadline: deadline)
        }
    }

    private func cancelOnce(_ identifier: JobIdentifier) async throws(GatewayError) -> Job {
        let deadline = Deadline.after(timeout)
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
