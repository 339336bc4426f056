package import Foundation

/// A simulated TwinMaker metadata transfer job.
package struct SimulatedTransferJob: Sendable, Hashable {
    /// Its identifier.
    package let id: String
    /// What it is for.
    package let description: String
    /// Where the metadata comes from.
    package let source: TransferEndpoint
    /// Where it goes.
    package let destination: TransferEndpoint
    /// Its life.
    package private(set) var timeline: JobTimeline

    private let validatesFor: TimeInterval
    private let queuedPosition: Int
    private let totalCount: Int
    private let failedShare: Double
    private let failure: TransferJobDescription.Failure

    /// Describes a job that exists from `timeline.receivedAt` on.
    ///
    /// - Parameters:
    ///   - id: Its identifier.
    ///   - description: What it is for.
    ///   - source: Where the metadata comes from.
    ///   - destination: Where it goes.
    ///   - timeline: Its life.
    ///   - validatesFor: For how many seconds of its waiting it is being checked; then it is queued.
    ///   - queuedPosition: Its place in the queue when it joins it, from 1; it moves up as its turn comes nearer.
    ///   - totalCount: How many items it has to transfer.
    ///   - failedShare: The share of items, from 0 to 1, that it cannot transfer.
    ///   - failure: What TwinMaker says of it when its life ends in failure.
    package init(
        id: String, description: String, source: TransferEndpoint, destination: TransferEndpoint,
        timeline: JobTimeline, validatesFor: TimeInterval = 0, queuedPosition: Int = 1, totalCount: Int = 4_800,
        failedShare: Double = 0,
        failure: TransferJobDescription.Failure = .init(
            code: "INTERNAL_FAILURE", message: "The job stopped because of an internal failure.")
    ) {
        self.id = id
        self.description = description
        self.source = source
        self.destination = destination
        self.timeline = timeline
        self.validatesFor = validatesFor
        self.queuedPosition = queuedPosition
        self.totalCount = totalCount
        self.failedShare = failedShare
        self.failure = failure
    }

    /// Whether the job reads from the workspace or writes to it.
    package func touches(workspaceID: String) -> Bool {
        [source, destination].contains(.twinMaker(workspaceID: workspaceID))
    }

    /// Tells the job to stop.
    ///
    /// - Parameter now: The moment of the cancel.
    /// - Returns: Whether it took it.
    package mutating func cancel(at now: Date) -> JobTimeline.CancelDecision {
        timeline.cancel(at: now)
    }

    /// What TwinMaker says of the job at a moment.
    package func described(at now: Date) -> TransferJobDescription {
        let phase = timeline.phase(at: now)
        return TransferJobDescription(
            metadataTransferJobId: id,
            arn: "arn:aws:iottwinmaker:\(SimulatedAWS.region):\(SimulatedAWS.accountID):metadata-transfer-job/\(id)",
            description: description,
            sources: [source],
            destination: destination,
            metadataTransferJobRole: "arn:aws:iam::\(SimulatedAWS.accountID):role/sandbox-transfers",
            reportUrl: reportURL(in: phase),
            creationDateTime: timeline.receivedAt,
            updateDateTime: updated(in: phase, at: now),
            status: status(in: phase),
            progress: progress(in: phase)
        )
    }

    private func status(in phase: JobTimeline.Phase) -> TransferJobDescription.Status {
        switch phase {
        case .waiting(let elapsed, _) where elapsed < validatesFor:
            .init(state: .validating, error: nil, queuedPosition: nil)
        case .waiting(let elapsed, let remaining):
            .init(
                state: .pending, error: nil,
                queuedPosition: place(shareLeft: remaining / (elapsed + remaining - validatesFor)))
        case .working: .init(state: .running, error: nil, queuedPosition: nil)
        case .cancelling: .init(state: .cancelling, error: nil, queuedPosition: nil)
        case .succeeded: .init(state: .completed, error: nil, queuedPosition: nil)
        case .failed: .init(state: .error, error: failure, queuedPosition: nil)
        case .cancelled: .init(state: .cancelled, error: nil, queuedPosition: nil)
        }
    }

    private func place(shareLeft: Double) -> Int {
        min(queuedPosition, max(1, Int((shareLeft * Double(queuedPosition)).rounded(.up))))
    }

    private func progress(in phase: JobTimeline.Phase) -> TransferJobDescription.Progress {
        if case .waiting = phase { return .init(totalCount: 0, succeededCount: 0, skippedCount: 0, failedCount: 0) }
        let handled = Int((phase.done * Double(totalCount)).rounded(.down))
        let skipped = handled / 50
        let failed = Int(Double(handled) * failedShare)
        return .init(
            totalCount: totalCount, succeededCount: handled - skipped - failed, skippedCount: skipped,
            failedCount: failed)
    }

    /// While a job works its counts change every few seconds, and the time of its last change with them.
    private func updated(in phase: JobTimeline.Phase, at now: Date) -> Date {
        let began = timeline.phaseBegan(at: now)
        switch phase {
        case .waiting(let elapsed, _) where elapsed >= validatesFor:
            return began + validatesFor
        case .working:
            let interval: TimeInterval = 5
            return began + (now.timeIntervalSince(began) / interval).rounded(.down) * interval
        case .waiting, .cancelling, .succeeded, .failed, .cancelled:
            return began
        }
    }

    private func reportURL(in phase: JobTimeline.Phase) -> String? {
        switch phase {
        case .succeeded, .failed, .cancelled:
            "https://jobgate-sandbox-reports.s3.\(SimulatedAWS.region).amazonaws.com/\(id)/report.json"
        case .waiting, .working, .cancelling: nil
        }
    }
}
