import AWSRuntime
import AWSServices
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Testing

/// Both services' clients on one script.
struct ScriptedServices {
    let clock = ManualClock()
    let transport: StubTransport
    let databaseMigration: DatabaseMigrationClient
    let twinMaker: TwinMakerClient

    init(_ script: StubTransport.Step..., sessionToken: String? = nil) throws {
        transport = StubTransport(script)
        let credentials = StaticCredentialsProvider(
            Credentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                sessionToken: sessionToken))
        let resolver = EndpointResolver(region: "eu-west-1")
        let (clock, transport) = (clock, transport)
        func client(_ service: AWSService) throws -> AWSClient {
            AWSClient(
                service: service, endpoint: try resolver.endpoint(for: service, override: nil),
                credentials: credentials, transport: transport, time: clock.time())
        }
        databaseMigration = DatabaseMigrationClient(client: try client(.databaseMigration))
        twinMaker = TwinMakerClient(client: try client(.twinMaker))
    }

    /// A call whose deadline no test reaches.
    var context: InvocationContext { InvocationContext(deadline: .after(.seconds(600), from: clock.now)) }

    func cancelConversion() async throws(AWSError) -> AWSAnswer<SchemaConversionRequest> {
        try await databaseMigration.cancelMetadataModelConversion(
            migrationProjectIdentifier: "orders", requestIdentifier: "r-1", context: context)
    }

    func describeConversions(
        _ identifiers: [String] = ["r-1"], marker: String? = nil
    ) async throws(AWSError) -> AWSAnswer<SchemaConversionPage> {
        try await databaseMigration.describeMetadataModelConversions(
            migrationProjectIdentifier: "orders", requestIdentifiers: identifiers, marker: marker, context: context)
    }

    func cancelTransferJob() async throws(AWSError) -> AWSAnswer<MetadataTransferJob> {
        try await twinMaker.cancelMetadataTransferJob(metadataTransferJobId: "ab-1", context: context)
    }

    func getTransferJob() async throws(AWSError) -> AWSAnswer<MetadataTransferJob> {
        try await twinMaker.getMetadataTransferJob(metadataTransferJobId: "ab-1", context: context)
    }
}

extension StubTransport.Step {
    /// Good answers of the four operations, of which nothing is read.
    static let conversion = Self.json(200, #"{"Request":{}}"#)
    static let page = Self.json(200, #"{"Requests":[]}"#)
    static let transferJob = Self.json(200, #"{"metadataTransferJobId":"ab-1","status":{}}"#)
}

/// Expects a call to end as an invalid response.
func expectInvalidResponse(
    sourceLocation: SourceLocation = #_sourceLocation, _ call: () async throws -> Void
) async throws {
    let error = try await #require(throws: AWSError.self, sourceLocation: sourceLocation) { try await call() }
    guard case .invalidResponse = error.reason else {
        Issue.record("the reason is \(error.reason)", sourceLocation: sourceLocation)
        return
    }
    #expect(error.attempts == 1, sourceLocation: sourceLocation)
}

/// Decodes JSON text.
func decode<Value: Decodable>(_ type: Value.Type, _ json: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(json.utf8))
}
