import Foundation
import Sandbox
import Testing

@Suite("Conversions of the simulated DMS")
struct ConversionTests {
    @Test("Cancelling a running conversion makes it CANCELING and, in time, CANCELED")
    func cancelOverTime() throws {
        var jobs = SandboxScript.jobs(startingAt: start)
        let script = SandboxScript.cancellableConversion
        let answer = try jobs.cancel(.conversion, script.request, ofProject: script.project, at: start + 30)
        #expect(answer.status == .canceling)
        #expect(answer.migrationProjectARN == ordersARN)
        #expect(try status(of: script.request, in: jobs, at: start + 32) == .canceling)
        #expect(try status(of: script.request, in: jobs, at: start + 33) == .canceled)
    }

    @Test(
        "Each conversion of the script has the state that its name promises",
        arguments: [
            ("conversion-running-1", 0, .inProgress),
            ("conversion-running-1", 3_599, .inProgress),
            ("conversion-running-1", 3_600, .success),
            ("conversion-succeeded-1", 0, .success),
            ("conversion-failed-1", 0, .failed),
            ("conversion-cancelled-1", 0, .canceled),
            ("conversion-queued-1", 3_600, .received),
            ("conversion-short-1", 0, .received),
            ("conversion-short-1", 20, .inProgress),
            ("conversion-short-1", 45, .success),
            ("conversion-failing-1", 59, .inProgress),
            ("conversion-failing-1", 60, .failed),
        ] as [(String, TimeInterval, SchemaConversionRequest.Status)])
    func script(request: String, seconds: TimeInterval, status: SchemaConversionRequest.Status) throws {
        let jobs = SandboxScript.jobs(startingAt: start)
        #expect(try self.status(of: request, in: jobs, at: start + seconds) == status)
    }

    @Test("Progress goes through DMS's steps, each from 0 to 100 percent")
    func progress() throws {
        let conversion = SimulatedConversion(
            requestIdentifier: "r", projectARN: ordersARN, timeline: .init(receivedAt: start, worksFor: 100),
            totalObjects: 200)
        let steps = [2, 5, 8, 50, 95, 100].map { conversion.described(at: start + $0).progress }
        #expect(
            steps.map { $0?.step } == [
                "LOADING_METADATA", "COUNTING_OBJECTS", "ANALYZING", "CONVERTING", "APPLYING", "FINISHED",
            ])
        #expect(steps.map { $0?.percent } == [50, 50, 50, 50, 50, 100])
        #expect(steps.map { $0?.totalObjects } == [nil, nil, 200, 200, 200, 200])
        #expect(steps[4]?.processedObject?.endpointType == "TARGET")
    }

    @Test("A request that has not begun has no progress, cancelled or not")
    func noProgress() {
        var conversion = SimulatedConversion(
            requestIdentifier: "r", projectARN: ordersARN,
            timeline: .init(receivedAt: start, waitsFor: 60, worksFor: 100))
        #expect(conversion.described(at: start).progress == nil)
        #expect(conversion.cancel(at: start + 1) == .accepted)
        #expect(conversion.described(at: start + 600).progress == nil)
    }

    @Test("A project goes by its name and its ARN")
    func projectIdentifiers() throws {
        let jobs = SandboxScript.jobs(startingAt: start)
        let byName = try jobs.requests(.conversion, ofProject: "sandbox-orders", at: start)
        let byARN = try jobs.requests(.conversion, ofProject: ordersARN, at: start)
        #expect(byName == byARN)
        #expect(!byName.isEmpty)
        #expect(throws: SimulatedFault.notFound("Migration project 'sandbox' was not found.")) {
            try jobs.requests(.conversion, ofProject: "sandbox", at: start)
        }
    }

    @Test("Conversions and creations do not mix")
    func kinds() throws {
        var jobs = SandboxScript.jobs(startingAt: start)
        let creations = try jobs.requests(.creation, ofProject: "sandbox-orders", at: start)
        #expect(creations.map(\.requestIdentifier) == ["creation-running-1", "creation-succeeded-1"])
        #expect(throws: SimulatedFault.self) {
            try jobs.cancel(.conversion, "creation-running-1", ofProject: "sandbox-orders", at: start)
        }
        #expect(
            try jobs.cancel(.creation, "creation-running-1", ofProject: "sandbox-orders", at: start).status
                == .canceling)
    }

    @Test("A started conversion is received, works and succeeds")
    func started() throws {
        var jobs = SandboxScript.jobs(startingAt: start)
        try jobs.startConversion(ofProject: "sandbox-orders", identifier: "new-1", at: start)
        let states = try [0, 5, 305].map { try status(of: "new-1", in: jobs, at: start + $0) }
        #expect(states == [.received, .inProgress, .success])
    }

    private func status(
        of request: String, in jobs: SimulatedJobs, at now: Date
    ) throws -> SchemaConversionRequest.Status? {
        try jobs.requests(.conversion, ofProject: "sandbox-orders", at: now)
            .first { $0.requestIdentifier == request }?.status
    }
}
