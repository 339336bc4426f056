import GatewayCore
import Testing

@Suite("Job")
struct JobTests {
    @Test("a job is done in succeeded, failed and cancelled, and in no other state", arguments: Job.State.allCases)
    func final(state: Job.State) {
        #expect(state.isFinal == ["succeeded", "failed", "cancelled"].contains(state.rawValue))
    }

    @Test("the states are those of the contract")
    func states() {
        let names: Set = ["queued", "running", "cancelling", "cancelled", "succeeded", "failed", "unknown"]
        #expect(Set(Job.State.allCases.map(\.rawValue)) == names)
    }

    @Test("a job is done when its state is final", arguments: Job.State.allCases)
    func isDone(state: Job.State) {
        #expect(job(in: state).isDone == state.isFinal)
    }

    @Test("a new job says nothing that upstream did not say")
    func unknownMembers() {
        let job = job(in: .queued)
        #expect(job.project == nil && job.arn == nil && job.upstreamState == nil && job.progress == nil)
        #expect(job.queuePosition == nil && job.error == nil && job.export == nil)
        #expect(job.createdAt == nil && job.updatedAt == nil)
    }

    @Test("a new progress says nothing")
    func progress() {
        let progress = Job.Progress()
        #expect(progress.percent == nil && progress.total == nil && progress.step == nil && progress.object == nil)
        #expect(progress.succeeded == nil && progress.skipped == nil && progress.failed == nil)
    }

    private func job(in state: Job.State) -> Job {
        Job(
            id: "1", kind: .transfer, path: "/transfer-jobs/1", target: "default", region: "eu-west-1", state: state,
            observedAt: 0,
            upstream: .init(service: "iottwinmaker", operation: "GetMetadataTransferJob", requestID: nil))
    }
}
