import Foundation
import GatewayCore
import GatewayTestSupport
import Jobs
import Testing

/// DMS has no call for one conversion: it is described through the `request-id` filter, a page at a time.
@Suite("Reading a conversion")
struct ConversionSourceTests {
    private let identifier: ConversionIdentifier

    init() throws {
        identifier = try ConversionIdentifier(project: "orders", request: "r-1")
    }

    private func failure(_ jobs: ScriptedJobs) async throws -> GatewayError {
        try await #require(throws: GatewayError.self) {
            _ = try await jobs.conversions.read(identifier, in: jobs.context)
        }
    }

    @Test("the filter names the request, and the first page has no marker")
    func filter() async throws {
        let jobs = try ScriptedJobs(.conversion("RECEIVED"))
        _ = try await jobs.conversions.read(identifier, in: jobs.context)
        let body = #"{"Filters":[{"Name":"request-id","Values":["r-1"]}],"MigrationProjectIdentifier":"orders"}"#
        #expect(jobs.transport.requests.map(\.bodyText) == [body])
    }

    @Test("a page without the request is followed to the next one by its marker")
    func paging() async throws {
        let jobs = try ScriptedJobs(
            .json(200, #"{"Requests":[],"Marker":"m1"}"#), .json(200, #"{"Marker":"m2"}"#), .conversion("SUCCESS"))
        let job = try await jobs.conversions.read(identifier, in: jobs.context)
        #expect(job.state == .succeeded)
        #expect(jobs.transport.requests.map { $0.bodyText.contains(#""Marker":"m1""#) } == [false, true, false])
        #expect(jobs.transport.requests.map { $0.bodyText.contains(#""Marker":"m2""#) } == [false, false, true])
    }

    @Test("the request is found among others on its page")
    func amongOthers() async throws {
        let jobs = try ScriptedJobs(
            .json(
                200,
                #"{"Requests":[{"RequestIdentifier":"r-10","Status":"FAILED"},{"Status":"FAILED"},"#
                    + #"{"RequestIdentifier":"r-1","Status":"SUCCESS"}],"Marker":"m"}"#))
        #expect(try await jobs.conversions.read(identifier, in: jobs.context).state == .succeeded)
        #expect(jobs.transport.requests.count == 1)
    }

    @Test("a lone answer without a name is the one that was asked for")
    func nameless() async throws {
        let jobs = try ScriptedJobs(.json(200, #"{"Requests":[{"Status":"CANCELED"}]}"#))
        let job = try await jobs.conversions.read(identifier, in: jobs.context)
        #expect(job.state == .cancelled)
        #expect(job.id == "r-1")
    }

    @Test(
        "without the request on any page the job is not found",
        arguments: [
            #"{"Requests":[]}"#, #"{"Requests":[],"Marker":""}"#, #"{"Requests":[{"RequestIdentifier":"R-1"}]}"#,
            #"{"Requests":[{"RequestIdentifier":"r-2"}]}"#, #"{"Requests":[{"Status":"SUCCESS"},{"Status":"FAILED"}]}"#,
        ])
    func missing(page: String) async throws {
        let jobs = try ScriptedJobs(.json(200, page))
        let error = try await failure(jobs)
        #expect(error.code == .jobNotFound)
        #expect(error.hint?.isEmpty == false)
        #expect(jobs.transport.requests.count == 1)
    }

    @Test("a marker that never ends is not followed for ever, and does not mean that there is no such job")
    func endless() async throws {
        let page = StubTransport.Step.json(200, #"{"Requests":[],"Marker":"again"}"#)
        let transport = StubTransport(.init(repeating: page, count: 1000))
        let jobs = try ScriptedJobs(transport: transport)
        #expect(try await failure(jobs).code == .upstreamInvalidResponse)
        #expect(transport.requests.count <= 50)
    }

    @Test("a page that fails ends the read with its failure")
    func failingPage() async throws {
        let jobs = try ScriptedJobs(
            .json(200, #"{"Marker":"m1"}"#), .error(400, "AccessDeniedException"))
        #expect(try await failure(jobs).code == .upstreamDenied)
    }

    @Test("a project that AWS does not know is not found")
    func unknownProject() async throws {
        #expect(try await failure(ScriptedJobs(.error(400, "ResourceNotFoundFault"))).code == .jobNotFound)
    }

    @Test("a job tells when and by which call it was read")
    func origin() async throws {
        let jobs = try ScriptedJobs(
            .json(200, #"{"Requests":[{"RequestIdentifier":"r-1"}]}"#, headers: [("x-amzn-RequestId", "aws-9")]))
        let job = try await jobs.conversions.read(identifier, in: jobs.context)
        #expect(job.observedAt == jobs.clock.date.timeIntervalSince1970)
        #expect(
            job.upstream
                == Job.UpstreamCall(
                    service: "dms", operation: "DescribeMetadataModelConversions", requestID: "aws-9"))
        #expect(job.target == "default" && job.region == "eu-west-1")
    }
}
