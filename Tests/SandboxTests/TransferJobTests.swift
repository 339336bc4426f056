import Foundation
import Sandbox
import Testing

@Suite("Transfer jobs of the simulated TwinMaker")
struct TransferJobTests {
    @Test(
        "Each transfer job of the script has the state that its description promises",
        arguments: [
            (1, 0, .running), (1, 3_700, .completed),
            (2, 0, .running),
            (3, 0, .pending), (3, 18_000, .pending),
            (4, 0, .validating), (4, 3_100, .pending), (4, 3_600, .running),
            (5, 0, .completed),
            (6, 0, .error),
            (7, 0, .cancelled),
            (10, 4, .validating), (10, 5, .pending), (10, 15, .running), (10, 45, .completed),
        ] as [(Int, TimeInterval, TransferJobDescription.State)])
    func script(number: Int, seconds: TimeInterval, state: TransferJobDescription.State) throws {
        let job = try SandboxScript.jobs(startingAt: start)
            .transferJob("transfer-factory-\(number)", at: start + seconds)
        #expect(job.status.state == state)
    }

    @Test("Cancelling a running job makes it CANCELLING and, in time, CANCELLED, its counts standing still")
    func cancelOverTime() throws {
        var jobs = SandboxScript.jobs(startingAt: start)
        let id = SandboxScript.cancellableTransferJob
        let answer = try jobs.cancelTransferJob(id, at: start + 60)
        #expect(answer.status.state == .cancelling)
        #expect(answer.updateDateTime == start + 60)
        let later = try jobs.transferJob(id, at: start + 600)
        #expect(later.status.state == .cancelled)
        #expect(later.updateDateTime == start + 63)
        #expect(later.progress == answer.progress)
    }

    @Test("A pending job moves up in the queue", arguments: [(0, 3), (36, 3), (37, 2), (73, 2), (74, 1), (109, 1)])
    func queue(seconds: Int, place: Int) {
        let job = SimulatedTransferJob(
            id: "job-1", description: "", source: .s3(location: "arn:aws:s3:::bucket/key"),
            destination: .twinMaker(workspaceID: "w1"),
            timeline: .init(receivedAt: start - 10, waitsFor: 120, worksFor: 100), validatesFor: 10,
            queuedPosition: 3)
        #expect(job.described(at: start + Double(seconds)).status.queuedPosition == place)
    }

    @Test("The counts of a job add up, and those of a failed one have failures")
    func counts() throws {
        let jobs = SandboxScript.jobs(startingAt: start)
        let done = try jobs.transferJob("transfer-factory-5", at: start).progress
        #expect(done.succeededCount + done.skippedCount + done.failedCount == done.totalCount)
        let failed = try jobs.transferJob("transfer-factory-6", at: start)
        #expect(failed.progress.failedCount > 0)
        #expect(failed.progress.succeededCount < failed.progress.totalCount)
        #expect(failed.status.error?.code == "PROCESSING_ERROR")
    }

    @Test("While a job works, its time of change goes with it")
    func updates() throws {
        let jobs = SandboxScript.jobs(startingAt: start)
        let times = try [0, 4, 5, 61].map { try jobs.transferJob("transfer-factory-1", at: start + $0).updateDateTime }
        #expect(times == [start, start, start + 5, start + 60])
    }

    @Test(
        "A job that is over or cancelling takes no cancel",
        arguments: ["transfer-factory-5", "transfer-factory-6", "transfer-factory-7"])
    func wrongState(id: String) {
        var jobs = SandboxScript.jobs(startingAt: start)
        let error = #expect(throws: SimulatedFault.self) { try jobs.cancelTransferJob(id, at: start) }
        guard case .wrongState = error else {
            Issue.record("\(String(describing: error)) is not a wrong state")
            return
        }
    }
}
