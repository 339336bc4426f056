import AWSRuntime
import GatewayAPITestSupport
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("The Job document")
struct JobDocumentTests {
    @Test("a conversion of which AWS says everything is written whole")
    func fullConversion() async throws {
        let body = """
            {"Requests": [{"Status": "FAILED", "RequestIdentifier": "conversion-1",
              "MigrationProjectArn": "arn:aws:dms:eu-west-1:123456789012:migration-project:ORDERS",
              "Error": {"defaultErrorDetails": {"Message": "lost \\"it\\"\\n"}},
              "ExportSqlDetails": {"S3ObjectKey": "out/orders.zip", "ObjectURL": "https://bucket.test/out/orders.zip"},
              "Progress": {"ProgressPercent": 42.5, "TotalObjects": 120, "ProgressStep": "CONVERTING",
                "ProcessedObject": {"Name": "SALES.ORDERS", "Type": "table", "EndpointType": "SOURCE"}}}]}
            """
        let answer = await TestGateway(aws: [Upstream.answer(200, body)]).send("GET", Upstream.conversion)
        let expected = try JSON(
            text: """
                {"id": "conversion-1", "kind": "conversion", "self": "/projects/orders/conversions/conversion-1",
                 "target": "default", "region": "eu-west-1",
                 "project": "arn:aws:dms:eu-west-1:123456789012:migration-project:ORDERS", "arn": null,
                 "state": "failed", "upstreamState": "FAILED", "done": true,
                 "progress": {"percent": 42.5, "total": 120, "succeeded": null, "skipped": null, "failed": null,
                   "step": "CONVERTING",
                   "object": {"name": "SALES.ORDERS", "type": "table", "endpoint": "SOURCE"}},
                 "queuePosition": null, "error": {"code": null, "message": "lost \\"it\\"\\n"},
                 "export": {"s3Key": "out/orders.zip", "url": "https://bucket.test/out/orders.zip"},
                 "createdAt": null, "updatedAt": null, "observedAt": "2026-11-21T09:00:00.000Z",
                 "upstream": {"service": "dms", "operation": "DescribeMetadataModelConversions",
                   "requestId": "aws-request-1"}}
                """)
        #expect(try answer.json == expected)
    }

    @Test("a transfer job of which AWS says everything is written whole")
    func fullTransferJob() async throws {
        let body = """
            {"metadataTransferJobId": "transfer-1", "arn": "arn:aws:iottwinmaker:eu-west-1:1:job/transfer-1",
             "creationDateTime": 1795251000.25, "updateDateTime": 1.7952516E9,
             "status": {"state": "ERROR", "error": {"code": "INTERNAL_FAILURE", "message": "no"}, "queuedPosition": 3},
             "progress": {"totalCount": 240, "succeededCount": 100, "skippedCount": 2.0, "failedCount": 18},
             "sources": [], "newer": {"than": "this program"}}
            """
        let answer = await TestGateway(aws: [Upstream.answer(200, body)]).send("GET", Upstream.transferJob)
        let expected = try JSON(
            text: """
                {"id": "transfer-1", "kind": "transfer", "self": "/transfer-jobs/transfer-1", "target": "default",
                 "region": "eu-west-1", "project": null, "arn": "arn:aws:iottwinmaker:eu-west-1:1:job/transfer-1",
                 "state": "failed", "upstreamState": "ERROR", "done": true,
                 "progress": {"percent": 50, "total": 240, "succeeded": 100, "skipped": 2, "failed": 18,
                   "step": null, "object": null},
                 "queuePosition": 3, "error": {"code": "INTERNAL_FAILURE", "message": "no"}, "export": null,
                 "createdAt": "2026-11-21T08:50:00.250Z", "updatedAt": "2026-11-21T09:00:00.000Z",
                 "observedAt": "2026-11-21T09:00:00.000Z",
                 "upstream": {"service": "iottwinmaker", "operation": "GetMetadataTransferJob",
                   "requestId": "aws-request-1"}}
                """)
        #expect(try answer.json == expected)
    }

    @Test("what AWS does not say is null, and every member is there", arguments: JobKind.allCases)
    func nulls(kind: JobKind) async throws {
        let script: [JobKind: StubTransport.Step] = [
            .conversion: .json(200, "{\"Requests\":[{}]}"),
            .transfer: .json(200, "{\"metadataTransferJobId\":\"transfer-1\",\"status\":{}}"),
        ]
        let answer = await TestGateway(aws: [try #require(script[kind])]).send("GET", kind.path)
        let job = try answer.json
        #expect(job.names == Self.members)
        for name in ["arn", "upstreamState", "progress", "queuePosition", "error", "export", "createdAt", "updatedAt"] {
            #expect(job[name] == .null, "\(name)")
        }
        #expect(job["state"] == "unknown")
        #expect(job["done"] == false)
        #expect(job["upstream"]?["requestId"] == .null)
        #expect(job["project"] == (kind == .conversion ? "orders" : .null))
    }

    static let members: Set<String> = [
        "id", "kind", "self", "target", "region", "project", "arn", "state", "upstreamState", "done", "progress",
        "queuePosition", "error", "export", "createdAt", "updatedAt", "observedAt", "upstream",
    ]

    @Test("the members stand in the order of the schema")
    func order() async throws {
        let answer = await TestGateway(aws: [Upstream.transfer("RUNNING")]).send("GET", Upstream.transferJob)
        let order = ["id", "kind", "self", "state", "done", "progress", "error", "observedAt", "upstream"]
        let places = try order.map { try #require(answer.text.firstRange(of: "\"\($0)\":")).lowerBound }
        #expect(places == places.sorted())
        #expect(!answer.text.contains("\n"))
    }

    @Test("every state of both services has its word", arguments: JobKind.allCases, UpstreamState.allCases)
    func states(kind: JobKind, state: UpstreamState) async throws {
        let job = try await TestGateway(aws: [kind.reads(state)]).send("GET", kind.path).json
        #expect(job["state"]?.string == "\(state)")
        #expect(job["upstreamState"]?.string == (kind == .conversion ? state.dms : state.twinMaker))
        #expect(job["done"] == .bool([.cancelled, .succeeded, .failed].contains(state)))
    }

    @Test(
        "times are RFC 3339 in UTC, to the nearest millisecond",
        arguments: [
            ("0", "1970-01-01T00:00:00.000Z"), ("1795251600", "2026-11-21T09:00:00.000Z"),
            ("1795251600.1", "2026-11-21T09:00:00.100Z"), ("1795251600.0004", "2026-11-21T09:00:00.000Z"),
            ("1795251600.0006", "2026-11-21T09:00:00.001Z"), ("1795251600.999", "2026-11-21T09:00:00.999Z"),
            ("1795251600.9996", "2026-11-21T09:00:01.000Z"), ("1.795251600123E9", "2026-11-21T09:00:00.123Z"),
            ("951782400", "2000-02-29T00:00:00.000Z"), ("-1", "1969-12-31T23:59:59.000Z"),
            ("-1.5", "1969-12-31T23:59:58.500Z"), ("253402300799", "9999-12-31T23:59:59.000Z"),
            ("\"2026-11-21T10:00:00+01:00\"", "2026-11-21T09:00:00.000Z"),
        ])
    func times(upstream: String, expected: String) async throws {
        let body = """
            {"metadataTransferJobId": "transfer-1", "status": {"state": "RUNNING"}, "creationDateTime": \(upstream)}
            """
        let job = try await TestGateway(aws: [.json(200, body)]).send("GET", Upstream.transferJob).json
        #expect(job["createdAt"]?.string == expected)
    }

    @Test(
        "a percentage is a plain JSON number",
        arguments: [
            ("14", "14"), ("14.0", "14"), ("14.5", "14.5"), ("0", "0"), ("-0.0", "0"), ("100", "100"), ("1e2", "100"),
            ("0.1", "0.1"), ("33.333333333333336", "33.333333333333336"),
        ])
    func numbers(upstream: String, expected: String) async {
        let body = "{\"Requests\": [{\"Progress\": {\"ProgressPercent\": \(upstream)}}]}"
        let answer = await TestGateway(aws: [.json(200, body)]).send("GET", Upstream.conversion)
        #expect(answer.text.contains("\"percent\":\(expected),"))
    }

    @Test("text of AWS is escaped, whatever it holds")
    func escapes() async throws {
        let text = "a\"b\\c\u{0}\u{1f}\u{7f}\u{2028}</script>\u{1F600}"
        let escaped = "a\\\"b\\\\c\\u0000\\u001f\\u007f\\u2028</script>\\ud83d\\ude00"
        let body = "{\"Requests\": [{\"Error\": {\"defaultErrorDetails\": {\"Message\": \"\(escaped)\"}}}]}"
        let answer = await TestGateway(aws: [.json(200, body)]).send("GET", Upstream.conversion)
        #expect(try answer.json["error"]?["message"]?.string == text)
    }

    @Test("self and Location lead back to the same job, percent-encoded where a path needs it")
    func selfIsAPath() async throws {
        let target = "/projects/Gr%C3%B6%C3%9Fe%20%26%20%3F%25/conversions/a%23b:c@d"
        let gateway = TestGateway(aws: [Upstream.cancelsConversion(), .json(200, "{\"Requests\":[{}]}")])
        let answer = await gateway.send("DELETE", target)
        let location = try #require(answer.headers.first("Location"))
        #expect(try answer.json["self"]?.string == location)
        #expect(location == "/projects/Gr%C3%B6%C3%9Fe%20&%20%3F%25/conversions/a%23b:c@d")
        #expect(await gateway.send("GET", location).status == 200)
        let bodies = gateway.aws.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies.allSatisfy { $0.contains("\"MigrationProjectIdentifier\":\"Gr\u{f6}\u{df}e & ?%\"") })
    }
}
