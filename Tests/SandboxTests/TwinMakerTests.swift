import Foundation
import HTTPServer
import Sandbox
import Testing

@Suite("The simulated TwinMaker on the wire")
struct TwinMakerTests {
    @Test("A cancel answers with the members of its model, as CANCELLING")
    func cancel() async throws {
        let answer = try await SandboxClient().twinMaker("PUT", "/metadata-transfer-jobs/transfer-factory-1/cancel")
        #expect(answer.status == 200)
        #expect(answer.headers.first("content-type") == "application/json")
        #expect(answer.headers.first("x-amzn-requestid").flatMap(UUID.init(uuidString:)) != nil)
        #expect(answer.json.members == ["metadataTransferJobId", "arn", "updateDateTime", "status", "progress"])
        #expect(answer.json["status"] == .object(["state": .string("CANCELLING")]))
        #expect(answer.json["updateDateTime"] == .number(1_790_000_000))
        #expect(
            answer.json["arn"]
                == .string("arn:aws:iottwinmaker:eu-west-1:123456789012:metadata-transfer-job/transfer-factory-1"))
    }

    @Test("A job is told in full, with a timestamp of milliseconds")
    func get() async throws {
        let client = SandboxClient(jobs: SandboxScript.jobs(startingAt: start + 0.123_456))
        let job = try await client.twinMaker("GET", "/metadata-transfer-jobs/transfer-factory-6").json
        #expect(
            job.members == [
                "metadataTransferJobId", "arn", "description", "sources", "destination", "metadataTransferJobRole",
                "reportUrl", "creationDateTime", "updateDateTime", "status", "progress",
            ])
        #expect(job["creationDateTime"] == .number(1_789_989_200.123))
        #expect(job["status"]["error"].members == ["code", "message"])
        #expect(job["progress"].members == ["totalCount", "succeededCount", "skippedCount", "failedCount"])
        #expect(job["sources"][0]["s3Configuration"].members == ["location"])
        #expect(job["destination"]["type"] == .string("iottwinmaker"))
        #expect(
            job["destination"]["iotTwinMakerConfiguration"]["workspace"]
                == .string("arn:aws:iottwinmaker:eu-west-1:123456789012:workspace/sandbox-factory"))
    }

    @Test("A SiteWise source names its asset model")
    func siteWise() async throws {
        let job = try await SandboxClient().twinMaker("GET", "/metadata-transfer-jobs/transfer-factory-2").json
        let filter = job["sources"][0]["iotSiteWiseConfiguration"]["filters"][0]["filterByAssetModel"]
        #expect(filter["assetModelId"].string.flatMap(UUID.init(uuidString:)) != nil)
    }

    @Test("A pending job says where it stands in the queue")
    func pending() async throws {
        let job = try await SandboxClient().twinMaker("GET", "/metadata-transfer-jobs/transfer-factory-3").json
        #expect(job["status"] == .object(["state": .string("PENDING"), "queuedPosition": .number(3)]))
    }

    @Test(
        "What cannot be cancelled is refused with TwinMaker's exception and status",
        arguments: [
            ("transfer-factory-5", "ConflictException", 409),
            ("transfer-factory-6", "ConflictException", 409),
            ("transfer-factory-7", "ConflictException", 409),
            ("transfer-factory-9", "AccessDeniedException", 403),
            ("no-such-job", "ResourceNotFoundException", 404),
            ("-x", "ValidationException", 400),
            ("x", "ValidationException", 400),
            ("x-", "ValidationException", 400),
            ("a.b", "ValidationException", 400),
            ("a%2Fb", "ValidationException", 400),
            (String(repeating: "x", count: 129), "ValidationException", 400),
            ("a%zz", "ValidationException", 400),
        ])
    func refusals(id: String, code: String, status: Int) async throws {
        let answer = try await SandboxClient().twinMaker("PUT", "/metadata-transfer-jobs/\(id)/cancel")
        #expect(answer.status == status)
        #expect(answer.code == code)
        #expect(answer.message?.isEmpty == false)
    }

    @Test("Reading a job that is not there is 404")
    func notFound() async throws {
        let answer = try await SandboxClient().twinMaker("GET", "/metadata-transfer-jobs/no-such-job")
        #expect(answer.status == 404)
        #expect(answer.code == "ResourceNotFoundException")
    }

    @Test("A second cancel is a conflict while the first is under way")
    func cancelTwice() async throws {
        let client = SandboxClient()
        let path = "/metadata-transfer-jobs/transfer-factory-1/cancel"
        _ = try await client.twinMaker("PUT", path)
        let answer = try await client.twinMaker("PUT", path)
        #expect(answer.status == 409)
        #expect(answer.message?.contains("CANCELLING") == true)
    }

    @Test(
        "The list has the jobs of one source and destination, filtered",
        arguments: [
            ("", [1, 3, 6, 8, 9]),
            (#","filters":[{"state":"RUNNING"}]"#, [1, 8, 9]),
            (#","filters":[{"state":"PENDING"},{"state":"ERROR"}]"#, [3, 6]),
            (#","filters":[{"workspaceId":"sandbox-factory"},{"state":"ERROR"}]"#, [6]),
            (#","filters":[{"workspaceId":"another"}]"#, []),
            (#","maxResults":0"#, [1, 3, 6, 8, 9]),
        ])
    func list(members: String, numbers: [Int]) async throws {
        let answer = try await self.answer(members)
        let jobs = answer.json["metadataTransferJobSummaries"]
        #expect(
            jobs.items.compactMap { $0["metadataTransferJobId"].string } == numbers.map { "transfer-factory-\($0)" })
        #expect(
            jobs.items.allSatisfy {
                $0.members == [
                    "metadataTransferJobId", "arn", "creationDateTime", "updateDateTime", "status", "progress",
                ]
            })
        #expect(answer.json["nextToken"] == .null)
    }

    @Test("Pages of the list follow one another by their tokens")
    func paging() async throws {
        let first = try await answer(#","maxResults":3"#)
        let token = try #require(first.json["nextToken"].string)
        let second = try await answer(#","maxResults":3,"nextToken":"\#(token)""#)
        #expect(first.json["metadataTransferJobSummaries"].items.count == 3)
        #expect(second.json["metadataTransferJobSummaries"].items.count == 2)
        #expect(second.json["nextToken"] == .null)
    }

    @Test(
        "A list request outside the model is a ValidationException",
        arguments: [
            "{}", #"{"sourceType":"s3"}"#, #"{"sourceType":"s3","destinationType":"ftp"}"#,
            #"{"sourceType":"s3","destinationType":"s3","maxResults":201}"#,
            #"{"sourceType":"s3","destinationType":"s3","maxResults":-1}"#,
            #"{"sourceType":"s3","destinationType":"s3","nextToken":"?"}"#,
            #"{"sourceType":"s3","destinationType":"s3","filters":[{}]}"#,
            #"{"sourceType":"s3","destinationType":"s3","filters":[{"state":"LOST"}]}"#,
            #"{"sourceType":"s3","destinationType":"s3","filters":[{"state":"ERROR","workspaceId":"w1"}]}"#,
        ])
    func invalidList(body: String) async throws {
        let answer = try await SandboxClient().twinMaker("POST", "/metadata-transfer-jobs-list", body)
        #expect(answer.status == 400)
        #expect(answer.code == "ValidationException")
    }

    @Test("A list request that is no JSON is a SerializationException")
    func serialization() async throws {
        let answer = try await SandboxClient().twinMaker("POST", "/metadata-transfer-jobs-list", "{")
        #expect(answer.status == 400)
        #expect(answer.code == "SerializationException")
    }

    @Test(
        "A path or method that is not simulated is an unknown operation",
        arguments: [
            ("GET", "/metadata-transfer-jobs"), ("DELETE", "/metadata-transfer-jobs/transfer-factory-1"),
            ("POST", "/metadata-transfer-jobs/transfer-factory-1/cancel"), ("GET", "/workspaces"),
            ("PUT", "/metadata-transfer-jobs/transfer-factory-1/stop"),
        ])
    func unknownOperation(method: String, path: String) async throws {
        let answer = try await SandboxClient().twinMaker(method, path)
        #expect(answer.status == 404)
        #expect(answer.code == "UnknownOperationException")
    }

    private func answer(_ members: String) async throws -> Answer {
        try await SandboxClient().twinMaker(
            "POST", "/metadata-transfer-jobs-list", #"{"sourceType":"s3","destinationType":"iottwinmaker"\#(members)}"#)
    }
}
