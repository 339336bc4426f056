import AWSRuntime
import AWSServices
import GatewayTestSupport
import Testing

/// A 200 that is no answer of the model: botocore makes an empty success of some of these, the gateway never does.
@Suite("Malformed answers")
struct MalformedAnswerTests {
    private static let notJSONObjects = [
        "", " \n", "<html><body>OK</body></html>", "[]", "null", "true", "5", "\"Request\"", "{", #"{"Request":{"#,
        #"{"metadataTransferJobId":"ab-1","status":{"state":"RUNNING"}"#, "\u{0}",
    ]

    @Test("a body that is no JSON object is an invalid response of every operation", arguments: notJSONObjects)
    func notObjects(body: String) async throws {
        let answer = StubTransport.Step.json(200, body)
        let services = try ScriptedServices(answer, answer, answer, answer)
        try await expectInvalidResponse { _ = try await services.cancelConversion() }
        try await expectInvalidResponse { _ = try await services.describeConversions() }
        try await expectInvalidResponse { _ = try await services.cancelTransferJob() }
        try await expectInvalidResponse { _ = try await services.getTransferJob() }
    }

    @Test(
        "a cancelled conversion's answer without its Request is an invalid response",
        arguments: [
            "{}", #"{"Request":null}"#, #"{"request":{}}"#, #"{"Request":[]}"#, #"{"Request":"r-1"}"#,
            #"{"Requests":[{}]}"#, #"{"Status":"CANCELING"}"#,
        ])
    func missingRequest(body: String) async throws {
        let services = try ScriptedServices(.json(200, body))
        try await expectInvalidResponse { _ = try await services.cancelConversion() }
    }

    @Test(
        "a conversion with a member of another type is an invalid response",
        arguments: [
            #"{"Status":5}"#, #"{"RequestIdentifier":{}}"#, #"{"MigrationProjectArn":[]}"#, #"{"Error":"text"}"#,
            #"{"Error":{"defaultErrorDetails":"text"}}"#, #"{"Error":{"defaultErrorDetails":{"Message":5}}}"#,
            #"{"ExportSqlDetails":"s3"}"#, #"{"Progress":50}"#, #"{"Progress":{"ProgressPercent":"50"}}"#,
            #"{"Progress":{"TotalObjects":"3"}}"#, #"{"Progress":{"TotalObjects":3.5}}"#,
            #"{"Progress":{"TotalObjects":1e300}}"#, #"{"Progress":{"ProgressPercent":1e999}}"#,
            #"{"Progress":{"ProcessedObject":"t"}}"#,
        ])
    func wrongConversion(request: String) async throws {
        let services = try ScriptedServices(
            .json(200, #"{"Request":\#(request)}"#), .json(200, #"{"Requests":[\#(request)]}"#))
        try await expectInvalidResponse { _ = try await services.cancelConversion() }
        try await expectInvalidResponse { _ = try await services.describeConversions() }
    }

    @Test(
        "a page without requests or marker, or with a member of another type, is an invalid response",
        arguments: [
            "{}", #"{"Requests":null}"#, #"{"message":"Forbidden"}"#, #"{"Requests":{}}"#, #"{"Requests":[5]}"#,
            #"{"Requests":[null]}"#, #"{"Marker":5}"#,
        ])
    func wrongPage(body: String) async throws {
        let services = try ScriptedServices(.json(200, body))
        try await expectInvalidResponse { _ = try await services.describeConversions() }
    }

    @Test(
        "a transfer job without its identifier or status, or with a member of another type, is an invalid response",
        arguments: [
            "{}", #"{"metadataTransferJobId":"ab-1"}"#, #"{"status":{"state":"RUNNING"}}"#,
            #"{"metadataTransferJobId":null,"status":{}}"#, #"{"metadataTransferJobId":"ab-1","status":null}"#,
            #"{"metadataTransferJobId":5,"status":{}}"#, #"{"metadataTransferJobId":"ab-1","status":"RUNNING"}"#,
            #"{"metadataTransferJobId":"ab-1","status":{"state":5}}"#,
            #"{"metadataTransferJobId":"ab-1","status":{"queuedPosition":"1"}}"#,
            #"{"metadataTransferJobId":"ab-1","status":{"queuedPosition":1.5}}"#,
            #"{"metadataTransferJobId":"ab-1","status":{"error":"text"}}"#,
            #"{"metadataTransferJobId":"ab-1","status":{},"progress":{"totalCount":"5"}}"#,
            #"{"metadataTransferJobId":"ab-1","status":{},"progress":{"failedCount":9223372036854775808}}"#,
            #"{"metadataTransferJobId":"ab-1","status":{},"updateDateTime":"yesterday"}"#,
            #"{"metadataTransferJobId":"ab-1","status":{},"creationDateTime":1e20}"#,
        ])
    func wrongTransferJob(body: String) async throws {
        let services = try ScriptedServices(.json(200, body), .json(200, body))
        try await expectInvalidResponse { _ = try await services.cancelTransferJob() }
        try await expectInvalidResponse { _ = try await services.getTransferJob() }
    }
}
