import AWSRuntime
import AWSServices
import GatewayTestSupport
import Testing

/// What the four operations send.
///
/// Method, path, headers and the signatures are those of botocore 1.43.11 for the same
/// call at 2026-11-21T09:00:00Z; the JSON bodies are ours (botocore writes the same members with spaces between).
@Suite("The wire form of the operations")
struct WireFormTests {
    /// What a request must be.
    struct Expected {
        let method: String
        let host: String
        let path: String
        let target: String?
        let body: String
        let signature: String
        let temporarySignature: String
    }

    static let cancelConversion = Expected(
        method: "POST", host: "dms.eu-west-1.amazonaws.com", path: "/",
        target: "AmazonDMSv20160101.CancelMetadataModelConversion",
        body: #"{"MigrationProjectIdentifier":"orders","RequestIdentifier":"r-1"}"#,
        signature: "ef96158386fb2a80327651f9fc6b1e231b2e655c7d04b7f7b8fd8745713c7658",
        temporarySignature: "ff6b9b35e20539a7599855d0c5e64d8908316d9f0c387c7024aff02c50b10f20")

    static let describeConversions = Expected(
        method: "POST", host: "dms.eu-west-1.amazonaws.com", path: "/",
        target: "AmazonDMSv20160101.DescribeMetadataModelConversions",
        body:
            #"{"Filters":[{"Name":"request-id","Values":["r-1"]}],"Marker":"m","MigrationProjectIdentifier":"orders"}"#,
        signature: "432282250bbf23a0b4b6d5062ae8e2d4b49bb302e17ef6628c595204b98aedfa",
        temporarySignature: "105fe537804f86b484e14f3e91d92941b3fd8539dbb124b0be54e740ff671bd1")

    static let cancelTransferJob = Expected(
        method: "PUT", host: "api.iottwinmaker.eu-west-1.amazonaws.com", path: "/metadata-transfer-jobs/ab-1/cancel",
        target: nil, body: "", signature: "59e7ced888be99213f4ea8082fa7132a6ea7c83d913a52dd1f279d1b9a3fff0a",
        temporarySignature: "5526475a2ea609d95b6990fe05043c7d045b46426b060709dcfeaaa91f10d836")

    static let getTransferJob = Expected(
        method: "GET", host: "api.iottwinmaker.eu-west-1.amazonaws.com", path: "/metadata-transfer-jobs/ab-1",
        target: nil, body: "", signature: "7677c2a9987220642afc06f4559d00436403a401af675e1bdc948412e99f447a",
        temporarySignature: "5fe01dae65e58da023a600cc6482cf8cee565e0a8efafdfa8171fe5d9d7c1b79")

    private func expect(
        _ expected: Expected, answer: StubTransport.Step, _ call: (ScriptedServices) async throws -> Void
    ) async throws {
        for (token, signature) in [(nil, expected.signature), ("EXAMPLETOKEN", expected.temporarySignature)] {
            let services = try ScriptedServices(answer, sessionToken: token)
            try await call(services)
            let request = try #require(services.transport.requests.first)
            let isJSON11 = expected.target != nil
            let signed =
                (isJSON11 ? ["content-type"] : []) + ["host", "x-amz-date"]
                + (token == nil ? [] : ["x-amz-security-token"]) + (isJSON11 ? ["x-amz-target"] : [])
            #expect(services.transport.requests.count == 1)
            #expect(request.method == expected.method)
            #expect(request.target == expected.path)
            #expect(request.values("Host") == [expected.host])
            #expect(request.values("X-Amz-Target") == (expected.target.map { [$0] } ?? []))
            #expect(request.values("Content-Type") == (isJSON11 ? ["application/x-amz-json-1.1"] : []))
            #expect(request.values("X-Amz-Date") == ["20261121T090000Z"])
            #expect(request.bodyText == expected.body)
            #expect(request.signedHeaders == signed)
            #expect(request.values("Authorization").first?.hasSuffix("Signature=" + signature) == true)
        }
    }

    @Test("CancelMetadataModelConversion is sent and signed as botocore does")
    func cancelConversion() async throws {
        try await expect(Self.cancelConversion, answer: .conversion) { _ = try await $0.cancelConversion() }
    }

    @Test("DescribeMetadataModelConversions is sent and signed as botocore does")
    func describeConversions() async throws {
        try await expect(Self.describeConversions, answer: .page) { _ = try await $0.describeConversions(marker: "m") }
    }

    @Test("CancelMetadataTransferJob is sent and signed as botocore does")
    func cancelTransferJob() async throws {
        try await expect(Self.cancelTransferJob, answer: .transferJob) { _ = try await $0.cancelTransferJob() }
    }

    @Test("GetMetadataTransferJob is sent and signed as botocore does")
    func getTransferJob() async throws {
        try await expect(Self.getTransferJob, answer: .transferJob) { _ = try await $0.getTransferJob() }
    }

    @Test("a describe without a marker or without identifiers leaves the member out")
    func optionalMembers() async throws {
        let services = try ScriptedServices(.page, .page, .page)
        _ = try await services.describeConversions()
        _ = try await services.describeConversions([])
        _ = try await services.describeConversions(["a", "b"])
        #expect(
            services.transport.requests.map(\.bodyText) == [
                #"{"Filters":[{"Name":"request-id","Values":["r-1"]}],"MigrationProjectIdentifier":"orders"}"#,
                #"{"MigrationProjectIdentifier":"orders"}"#,
                #"{"Filters":[{"Name":"request-id","Values":["a","b"]}],"MigrationProjectIdentifier":"orders"}"#,
            ])
    }

    @Test("an identifier is written as a JSON string, whatever it holds")
    func escaping() async throws {
        let services = try ScriptedServices(.conversion)
        _ = try await services.databaseMigration.cancelMetadataModelConversion(
            migrationProjectIdentifier: #"a"b\c"#, requestIdentifier: "arn:aws:dms/é", context: services.context)
        #expect(
            services.transport.requests.first?.bodyText
                == #"{"MigrationProjectIdentifier":"a\"b\\c","RequestIdentifier":"arn:aws:dms/é"}"#)
    }

    @Test("an error names the operation and the IAM action, which for a describe is called otherwise")
    func iamActions() async throws {
        let denied = StubTransport.Step.json(400, #"{"__type":"AccessDeniedFault"}"#)
        let services = try ScriptedServices(denied, denied, denied, denied)
        let errors = [
            await #expect(throws: AWSError.self) { _ = try await services.cancelConversion() },
            await #expect(throws: AWSError.self) { _ = try await services.describeConversions() },
            await #expect(throws: AWSError.self) { _ = try await services.cancelTransferJob() },
            await #expect(throws: AWSError.self) { _ = try await services.getTransferJob() },
        ]
        let actions = Dictionary(errors.compactMap { $0 }.map { ($0.operation, $0.iamAction) }) { $1 }
        #expect(
            actions == [
                "CancelMetadataModelConversion": "dms:CancelMetadataModelConversion",
                "DescribeMetadataModelConversions": "dms:ListMetadataModelConversions",
                "CancelMetadataTransferJob": "iottwinmaker:CancelMetadataTransferJob",
                "GetMetadataTransferJob": "iottwinmaker:GetMetadataTransferJob",
            ])
    }

    @Test("the answer's request id is told")
    func requestID() async throws {
        let services = try ScriptedServices(
            .json(200, #"{"Request":{"Status":"CANCELING"}}"#, headers: [("x-amzn-RequestId", "r-9")]))
        let answer = try await services.cancelConversion()
        #expect(answer.requestID == "r-9")
        #expect(answer.output.status == "CANCELING")
    }
}
