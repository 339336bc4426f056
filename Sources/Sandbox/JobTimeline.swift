package import Foundation

/// The dates and durations from which the state of a simulated job follows at any moment.
///
/// Nothing ticks: a job's phase is computed from the time that is asked about, and a cancel only notes when it came.
/// All durations are in seconds.
package struct JobTimeline: Sendable, Hashable {
    /// How a job ends when nobody cancels it.
    package enum Ending: Sendable, Hashable {
        /// All of the work is done.
        case success
        /// The job stops with an error after this share of its work, from 0 to 1.
        case failure(afterShare: Double)
    }

    /// What a cancel does to a job.
    package enum CancelResponse: Sendable, Hashable {
        /// The job is cancelling for this many seconds, then cancelled.
        case stops(after: TimeInterval)
        /// The job is cancelling for this many seconds, then succeeds all the same, as AWS reserves the right to.
        case finishesAnyway(after: TimeInterval)
        /// The caller lacks the permission: the cancel is refused in every state.
        case denied
    }

    /// What a job is doing; `done` is the share of its work that is behind it, from 0 to 1.
    package enum Phase: Sendable, Hashable {
        /// Not begun; `elapsed` seconds since it was received, `remaining` seconds to go.
        case waiting(elapsed: TimeInterval, remaining: TimeInterval)
        /// At work.
        case working(done: Double)
        /// Told to stop and not yet stopped.
        case cancelling(done: Double)
        /// Ended with all its work done.
        case succeeded
        /// Ended with an error.
        case failed(done: Double)
        /// Ended because it was told to.
        case cancelled(done: Double)
    }

    /// What came of an attempt to cancel.
    package enum CancelDecision: Sendable, Hashable {
        /// The job is cancelling from now on.
        case accepted
        /// The caller may not.
        case denied
        /// The job is cancelling already, or over.
        case wrongState
    }

    /// When the job was received.
    package let receivedAt: Date
    /// When it was told to stop, if it was.
    package private(set) var cancelledAt: Date?

    private let waitsFor: TimeInterval
    private let worksFor: TimeInterval
    private let ending: Ending
    private let cancelResponse: CancelResponse

    /// Lays out a job's life.
    ///
    /// - Parameters:
    ///   - receivedAt: When the job was received; a date in the past makes a job that is already under way or over.
    ///   - waitsFor: Seconds before it begins.
    ///   - worksFor: Seconds from its beginning to its end.
    ///   - ending: How it ends when nobody cancels it.
    ///   - cancelResponse: What a cancel does to it.
    package init(
        receivedAt: Date, waitsFor: TimeInterval = 0, worksFor: TimeInterval, ending: Ending = .success,
        cancelResponse: CancelResponse = .stops(after: 3)
    ) {
        self.receivedAt = receivedAt
        self.waitsFor = waitsFor
        self.worksFor = worksFor
        self.ending = ending
        self.cancelResponse = cancelResponse
    }

    /// What the job is doing at a moment.
    package func phase(at now: Date) -> Phase {
        guard let cancelledAt else { return undisturbedPhase(at: now) }
        let done = undisturbedPhase(at: cancelledAt).done
        switch cancelResponse {
        case .stops(let delay):
            return now < cancelledAt + delay ? .cancelling(done: done) : .cancelled(done: done)
        case .finishesAnyway(let delay):
            return now < cancelledAt + delay ? .cancelling(done: done) : .succeeded
        case .denied:
            return undisturbedPhase(at: now)
        }
    }

    /// When the job entered the phase it is in; while it works, when it began to.
    package func phaseBegan(at now: Date) -> Date {
        switch phase(at: now) {
        case .waiting: receivedAt
        case .working: receivedAt + waitsFor
        case .cancelling: cancelledAt ?? receivedAt
        case .succeeded, .failed, .cancelled: endedAt
        }
    }

    /// Tells the job to stop.
    ///
    /// - Parameter now: The moment of the cancel, noted when it is accepted.
    /// - Returns: Whether the job took it.
    package mutating func cancel(at now: Date) -> CancelDecision {
        if case .denied = cancelResponse { return .denied }
        switch phase(at: now) {
        case .waiting, .working:
            cancelledAt = now
            return .accepted
        case .cancelling, .succeeded, .failed, .cancelled:
            return .wrongState
        }
    }

    private var endedAt: Date {
        guard let cancelledAt else { return receivedAt + waitsFor + worksFor }
        switch cancelResponse {
        case .stops(let delay), .finishesAnyway(let delay): return cancelledAt + delay
        case .denied: return receivedAt + waitsFor + worksFor
        }
    }

    private func undisturbedPhase(at now: Date) -> Phase {
        let elapsed = max(0, now.timeIntervalSince(receivedAt))
        if elapsed < waitsFor { return .waiting(elapsed: elapsed, remaining: waitsFor - elapsed) }
        let share: Double =
            switch ending {
            case .success: 1
            case .failure(let share): share
            }
        if elapsed < waitsFor + worksFor { return .working(done: share * (elapsed - waitsFor) / worksFor) }
        return if case .failure = ending { .failed(done: share) } else { .succeeded }
    }
}

extension JobTimeline.Phase {
    /// The share of the job's work that is behind it, from 0 to 1.
    package var done: Double {
        switch self {
        case .waiting: 0
        case .working(let done), .cancelling(let done), .failed(let done), .cancelled(let done): done
        case .succeeded: 1
        }
    }
}
