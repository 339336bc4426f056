package import AWSServices
package import GatewayCore

extension Job {
    /// Normalises a metadata transfer job.
    ///
    /// - Parameters:
    ///   - job: What TwinMaker answered.
    ///   - origin: Where and when it was read.
    package init(_ job: MetadataTransferJob, origin: JobOrigin) {
        self.init(
            id: job.metadataTransferJobId, kind: .transfer, path: origin.path, target: origin.target,
            region: origin.region, state: State(upstream: job.status.state), observedAt: origin.observedAt,
            upstream: origin.upstream)
        arn = job.arn
        upstreamState = job.status.state
        progress = job.progress.map(Progress.init)
        queuePosition = job.status.queuedPosition
        if let failure = job.status.error, failure.code != nil || failure.message != nil {
            error = Failure(code: failure.code, message: failure.message)
        }
        createdAt = job.creationDateTime?.seconds
        updatedAt = job.updateDateTime?.seconds
    }
}

extension Job.Progress {
    fileprivate init(_ progress: MetadataTransferJobProgress) {
        self.init()
        total = progress.totalCount
        succeeded = progress.succeededCount
        skipped = progress.skippedCount
        failed = progress.failedCount
        guard let total, total > 0 else { return }
        // In floating point: counts of a hostile answer must not overflow.
        let handled = [succeeded, skipped, failed].reduce(0.0) { $0 + Double(max(0, $1 ?? 0)) }
        percent = min(100, handled / Double(total) * 100)
    }
}
