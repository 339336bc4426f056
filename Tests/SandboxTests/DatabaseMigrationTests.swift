import Foundation
import HTTPServer
import Sandbox
import Testing

@Suite("The simulated DMS on the wire")
struct DatabaseMigrationTests {
    @Test("A cancel answers with the request, as CANCELING")
    func cancel() async throws {
        let client = SandboxClient()
        let answer = try await client.dms("CancelMetadataModelConversion", Self.running)
        #expect(answer.status == 200)
        #expect(answer.headers.first("content-type") == "application/x-amz-json-1.1")
        let request = answer.json["Request"]
        #expect(request.members == ["Status", "RequestIdentifier", "MigrationProjectArn", "Progress"])
        #expect(request["Status"] == .string("CANCELING"))
        #expect(request["RequestIdentifier"] == .string("conversion-running-1"))
        #expect(request["MigrationProjectArn"] == .string(ordersARN))
        #expect(
            request["Progress"].members == ["ProgressPercent", "TotalObjects", "ProgressStep", "ProcessedObject"])
        #expect(request["Progress"]["ProcessedObject"].members == ["Name", "Type", "EndpointType"])
    }

    @Test("Each answer has a request id of its own")
    func requestIDs() async throws {
        let client = SandboxClient()
        var identifiers: Set<String> = []
        for _ in 1...3 {
            let answer = try await client.dms("CancelMetadataModelConversion", Self.running)
            identifiers.insert(try #require(answer.headers.first("x-amzn-requestid")))
        }
        #expect(identifiers.count == 3)
        #expect(identifiers.allSatisfy { UUID(uuidString: $0) != nil })
    }

    @Test(
        "What cannot be cancelled is refused with DMS's fault",
        arguments: [
            ("sandbox-orders", "conversion-succeeded-1", "InvalidResourceStateFault"),
            ("sandbox-orders", "conversion-failed-1", "InvalidResourceStateFault"),
            ("sandbox-orders", "conversion-cancelled-1", "InvalidResourceStateFault"),
            ("sandbox-orders", "no-such-request", "ResourceNotFoundFault"),
            ("sandbox-billing", "conversion-running-1", "ResourceNotFoundFault"),
            ("no-such-project", "conversion-running-1", "ResourceNotFoundFault"),
            ("sandbox-orders", "conversion-denied-1", "AccessDeniedException"),
        ])
    func faults(project: String, request: String, code: String) async throws {
        let answer = try await SandboxClient().dms(
            "CancelMetadataModelConversion",
            #"{"MigrationProjectIdentifier":"\#(project)","RequestIdentifier":"\#(request)"}"#)
        #expect(answer.status == 400)
        #expect(answer.code == code)
        #expect(answer.message?.isEmpty == false)
    }

    @Test("A second cancel finds the request in the wrong state, which the message names")
    func cancelTwice() async throws {
        let client = SandboxClient()
        _ = try await client.dms("CancelMetadataModelConversion", Self.running)
        let answer = try await client.dms("CancelMetadataModelConversion", Self.running)
        #expect(answer.code == "InvalidResourceStateFault")
        #expect(answer.message?.contains("CANCELING") == true)
    }

    @Test("A refused action is named with its resource, as IAM does")
    func denied() async throws {
        let answer = try await SandboxClient().dms(
            "CancelMetadataModelConversion",
            #"{"MigrationProjectIdentifier":"sandbox-orders","RequestIdentifier":"conversion-denied-1"}"#)
        #expect(answer.message?.contains("not authorized to perform: dms:CancelMetadataModelConversion") == true)
        #expect(answer.message?.contains(ordersARN) == true)
    }

    @Test("A failed conversion says why, a successful one where its SQL is")
    func outcomes() async throws {
        let answer = try await describe(
            #","Filters":[{"Name":"request-id","Values":["conversion-failed-1","conversion-succeeded-1"]}]"#)
        let requests = answer.json["Requests"]
        #expect(requests.items.count == 2)
        #expect(requests[0]["ExportSqlDetails"].members == ["S3ObjectKey", "ObjectURL"])
        #expect(requests[0]["Progress"]["ProgressStep"] == .string("FINISHED"))
        #expect(requests[1]["Status"] == .string("FAILED"))
        #expect(requests[1]["Error"]["defaultErrorDetails"]["Message"].string?.isEmpty == false)
    }

    @Test(
        "Filters narrow the list: any of a filter's values, all of the filters",
        arguments: [
            (#"[{"Name":"request-id","Values":["conversion-running-2"]}]"#, ["conversion-running-2"]),
            (
                #"[{"Name":"status","Values":["RECEIVED"]}]"#,
                ["conversion-short-1", "conversion-failing-1", "conversion-queued-1"]
            ),
            (
                #"[{"Name":"status","Values":["FAILED","CANCELED"]}]"#,
                ["conversion-failed-1", "conversion-cancelled-1"]
            ),
            (
                #"[{"Name":"status","Values":["SUCCESS"]},{"Name":"request-id","Values":["conversion-failed-1"]}]"#,
                []
            ),
            (#"[{"Name":"request-id","Values":["no-such-request"]}]"#, []),
            (#"[{"Name":"request-id","Values":[]}]"#, []),
        ])
    func filters(filters: String, identifiers: [String]) async throws {
        let answer = try await describe(#","Filters":\#(filters)"#)
        #expect(answer.status == 200)
        #expect(answer.json["Requests"].items.compactMap { $0["RequestIdentifier"].string } == identifiers)
        #expect(answer.json["Marker"] == .null)
    }

    @Test("Pages follow one another by their markers until there is none")
    func paging() async throws {
        let client = SandboxClient()
        var identifiers: [String] = []
        var marker = ""
        var pages = 0
        repeat {
            let body = #"{"MigrationProjectIdentifier":"sandbox-billing","MaxRecords":20\#(marker)}"#
            let answer = try await client.dms("DescribeMetadataModelConversions", body)
            identifiers += answer.json["Requests"].items.compactMap { $0["RequestIdentifier"].string }
            marker = answer.json["Marker"].string.map { #","Marker":"\#($0)""# } ?? ""
            pages += 1
        } while !marker.isEmpty && pages < 5
        #expect(pages == 2)
        #expect(identifiers == (1...30).map { "conversion-nightly-\($0)" } + ["conversion-running-3"])
    }

    @Test(
        "A parameter that means nothing is refused",
        arguments: [
            #","MaxRecords":19"#, #","MaxRecords":101"#, #","Marker":"bm9uZQ==""#, #","Marker":"?""#,
            #","Filters":[{"Name":"colour","Values":["red"]}]"#,
        ])
    func invalidParameters(member: String) async throws {
        let answer = try await describe(member)
        #expect(answer.status == 400)
        #expect(answer.code == "InvalidParameterValueException")
    }

    @Test(
        "Missing and oversized members are counted and named",
        arguments: [
            ("{}", "2 validation errors detected: Value null at 'migrationProjectIdentifier'"),
            (#"{"MigrationProjectIdentifier":"p"}"#, "1 validation error detected: Value null at 'requestIdentifier'"),
            (
                #"{"RequestIdentifier":"r","MigrationProjectIdentifier":"\#(String(repeating: "p", count: 256))"}"#,
                "1 validation error detected: Value 'ppp"
            ),
        ])
    func validation(body: String, beginning: String) async throws {
        let answer = try await SandboxClient().dms("CancelMetadataModelConversion", body)
        #expect(answer.status == 400)
        #expect(answer.code == "ValidationException")
        #expect(answer.message?.hasPrefix(beginning) == true)
    }

    @Test(
        "A body that is not the operation's JSON is a SerializationException",
        arguments: ["{", "[]", "null", "\u{1}", #"{"MigrationProjectIdentifier":5}"#])
    func serialization(body: String) async throws {
        let answer = try await SandboxClient().dms("CancelMetadataModelConversion", body)
        #expect(answer.status == 400)
        #expect(answer.code == "SerializationException")
    }

    @Test("An operation that is not simulated is unknown")
    func unknownOperation() async throws {
        let answer = try await SandboxClient().dms("DescribeEndpoints", "{}")
        #expect(answer.status == 400)
        #expect(answer.code == "UnknownOperationException")
        #expect(answer.message == nil)
    }

    @Test("Projects are listed with every member, and found by name or ARN")
    func projects() async throws {
        let client = SandboxClient()
        let all = try await client.dms("DescribeMigrationProjects", "{}").json["MigrationProjects"]
        #expect(
            all.items.compactMap { $0["MigrationProjectArn"].string } == [
                ordersARN, "arn:aws:dms:eu-west-1:123456789012:migration-project:SANDBOXBILLING",
            ])
        #expect(all[0].members.count == 10)
        for identifier in ["sandbox-orders", ordersARN] {
            let body = #"{"Filters":[{"Name":"migration-project-identifier","Values":["\#(identifier)"]}]}"#
            let found = try await client.dms("DescribeMigrationProjects", body).json["MigrationProjects"]
            #expect(found.items.compactMap { $0["MigrationProjectName"].string } == ["sandbox-orders"])
        }
    }

    @Test("Creations are described and cancelled by their own operations")
    func creations() async throws {
        let client = SandboxClient()
        let listed = try await client.dms(
            "DescribeMetadataModelCreations", #"{"MigrationProjectIdentifier":"sandbox-orders"}"#)
        #expect(listed.json["Requests"].items.count == 2)
        let cancelled = try await client.dms(
            "CancelMetadataModelCreation",
            #"{"MigrationProjectIdentifier":"sandbox-orders","RequestIdentifier":"creation-running-1"}"#)
        #expect(cancelled.json["Request"]["Status"] == .string("CANCELING"))
    }

    @Test("A conversion that was started can be described by the identifier it got")
    func started() async throws {
        let client = SandboxClient()
        let started = try await client.dms(
            "StartMetadataModelConversion", #"{"MigrationProjectIdentifier":"sandbox-orders","SelectionRules":"{}"}"#)
        let identifier = try #require(started.json["RequestIdentifier"].string)
        let filter = #"{"Name":"request-id","Values":["\#(identifier)"]}"#
        let described = try await client.dms(
            "DescribeMetadataModelConversions",
            #"{"MigrationProjectIdentifier":"sandbox-orders","Filters":[\#(filter)]}"#)
        #expect(described.json["Requests"][0]["Status"] == .string("RECEIVED"))
    }

    private static let running =
        #"{"MigrationProjectIdentifier":"sandbox-orders","RequestIdentifier":"conversion-running-1"}"#

    private func describe(_ members: String) async throws -> Answer {
        try await SandboxClient().dms(
            "DescribeMetadataModelConversions", #"{"MigrationProjectIdentifier":"sandbox-orders"\#(members)}"#)
    }
}
