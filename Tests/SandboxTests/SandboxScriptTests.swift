import Foundation
import Sandbox
import SigV4
import Testing

@Suite("The sandbox's script")
struct SandboxScriptTests {
    private let jobs = SandboxScript.jobs(startingAt: start)

    @Test("The jobs to be shown first run for an hour yet, and can be cancelled")
    func cancellable() throws {
        var jobs = jobs
        let last = start + 3_599
        let (project, request) = SandboxScript.cancellableConversion
        #expect(try jobs.cancel(.conversion, request, ofProject: project, at: last).status == .canceling)
        let job = try jobs.cancelTransferJob(SandboxScript.cancellableTransferJob, at: last)
        #expect(job.status.state == .cancelling)
    }

    @Test("The lists for people name jobs that exist, all of them")
    func catalogue() throws {
        let conversions = try jobs.requests(.conversion, ofProject: "sandbox-orders", at: start)
        #expect(SandboxScript.conversions.map(\.request) == conversions.map(\.requestIdentifier))
        #expect(SandboxScript.transferJobs.map(\.id) == jobs.allTransferJobs(at: start).map(\.job.id))
        #expect(SandboxScript.transferJobs.allSatisfy { !$0.fate.isEmpty })
    }

    @Test("Every state of both services is on the stage")
    func states() throws {
        var jobs = jobs
        _ = try jobs.cancel(.conversion, "conversion-running-2", ofProject: "sandbox-orders", at: start)
        _ = try jobs.cancelTransferJob("transfer-factory-2", at: start)
        let conversions = try jobs.requests(.conversion, ofProject: "sandbox-orders", at: start)
        #expect(
            Set(conversions.map(\.status)) == [.received, .inProgress, .success, .failed, .canceling, .canceled])
        let transferJobs = jobs.allTransferJobs(at: start).map(\.description.status.state)
        #expect(Set(transferJobs) == Set(TransferJobDescription.State.allCases))
    }

    @Test("The credentials show by their looks that they are made up")
    func credentials() {
        #expect(SimulatedAWS.credentials.accessKeyID.contains("EXAMPLE"))
        #expect(SimulatedAWS.credentials.secretAccessKey.contains("EXAMPLE"))
        #expect(SimulatedAWS.credentials.sessionToken == nil)
    }
}
