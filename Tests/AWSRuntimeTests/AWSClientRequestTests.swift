import AWSRuntime
import AWSServices
import Foundation
import GatewayTestSupport
import Resilience
import SigV4
import Testing

/// What one attempt sends.
///
/// The signatures are those of botocore 1.43.11 for the same request at the same second.
@Suite("The request of an AWS client")
struct AWSClientRequestTests {
    static let conversion = SampleOperation(
        body: Array(#"{"MigrationProjectIdentifier":"orders","RequestIdentifier":"r-1"}"#.utf8))
    static let transferJob = SampleOperation(method: "GET", path: "/metadata-transfer-jobs/ab-1")

    @Test("a JSON 1.1 call names its operation in X-Amz-Target, a REST-JSON call without a body sends neither")
    func protocolHeaders() async throws {
        let json = try SampleClient([.good])
        _ = try await json.invoke(Self.conversion)
        let request = try #require(json.transport.requests.first)
        #expect(request.values("Content-Type") == ["application/x-amz-json-1.1"])
        #expect(request.values("X-Amz-Target") == ["AmazonDMSv20160101.SampleOperation"])

        let rest = try SampleClient([.good], service: .twinMaker)
        _ = try await rest.invoke(Self.transferJob)
        let restRequest = try #require(rest.transport.requests.first)
        #expect(restRequest.values("Content-Type").isEmpty)
        #expect(restRequest.values("X-Amz-Target").isEmpty)
    }

    @Test("a REST-JSON call with a body says that the body is JSON")
    func restBody() async throws {
        let client = try SampleClient([.good], service: .twinMaker)
        _ = try await client.invoke(SampleOperation(path: "/metadata-transfer-jobs-list", body: Array("{}".utf8)))
        let request = try #require(client.transport.requests.first)
        #expect(request.values("Content-Type") == ["application/json"])
        #expect(request.signedHeaders == ["content-type", "host", "x-amz-date"])
    }

    @Test(
        "the signature is botocore's",
        arguments: [
            (nil, AWSService.twinMaker, "7677c2a9987220642afc06f4559d00436403a401af675e1bdc948412e99f447a"),
            ("EXAMPLETOKEN", .twinMaker, "5fe01dae65e58da023a600cc6482cf8cee565e0a8efafdfa8171fe5d9d7c1b79"),
        ])
    func restSignature(token: String?, service: AWSService, signature: String) async throws {
        let credentials = token == nil ? Credentials.example : .temporaryExample
        let client = try SampleClient([.good], service: service, credentials: StaticCredentialsProvider(credentials))
        _ = try await client.invoke(Self.transferJob)
        let request = try #require(client.transport.requests.first)
        #expect(request.values("X-Amz-Date") == ["20261121T090000Z"])
        #expect(request.values("Authorization").first?.hasSuffix("Signature=\(signature)") == true)
    }

    @Test(
        "the signature over an override's host, port and base path is botocore's",
        arguments: [
            (
                "http://127.0.0.1:4566/aws", "127.0.0.1:4566", "/aws/metadata-transfer-jobs/ab-1",
                "5ef4d50d41d0e2d281f12af6e286175cac5f017487742a4542e90db32b5619f2"
            ),
            (
                "http://[::1]:4566", "[::1]:4566", "/metadata-transfer-jobs/ab-1",
                "e33e430a43844c000010b69c0d77ec767439c8ebd53fe30969b17646044932a8"
            ),
        ])
    func overrideSignature(url: String, host: String, target: String, signature: String) async throws {
        let client = try SampleClient([.good], service: .twinMaker, override: url)
        _ = try await client.invoke(Self.transferJob)
        let request = try #require(client.transport.requests.first)
        #expect(request.values("Host") == [host])
        #expect(request.target == target)
        #expect(request.values("Authorization").first?.hasSuffix("Signature=\(signature)") == true)
    }

    @Test("host, date, token, content type and target are signed; the amz-sdk headers and the user agent are not")
    func signedHeaders() async throws {
        let client = try SampleClient([.good], credentials: StaticCredentialsProvider(.temporaryExample))
        _ = try await client.invoke(Self.conversion)
        let request = try #require(client.transport.requests.first)
        #expect(
            request.signedHeaders == ["content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"])
        #expect(request.values("amz-sdk-request") == ["attempt=1; max=3"])
        #expect(request.values("User-Agent").count == 1)
    }

    @Test("the session token is sent as it is")
    func sessionToken() async throws {
        let client = try SampleClient([.good], credentials: StaticCredentialsProvider(.temporaryExample))
        _ = try await client.invoke(Self.conversion)
        #expect(client.transport.requests.first?.values("X-Amz-Security-Token") == ["EXAMPLETOKEN"])
    }

    @Test("without a session token there is no header for one")
    func noSessionToken() async throws {
        let client = try SampleClient([.good])
        _ = try await client.invoke(Self.conversion)
        #expect(client.transport.requests.first?.values("X-Amz-Security-Token").isEmpty == true)
    }

    @Test("the credential scope names day, region and signing name")
    func credentialScope() async throws {
        let client = try SampleClient([.good], service: .twinMaker)
        _ = try await client.invoke(Self.transferJob)
        let authorization = client.transport.requests.first?.values("Authorization").first
        #expect(
            authorization?.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-west-1/iottwinmaker/aws4_request, ") == true)
    }

    @Test("every header is sent once")
    func headersOnce() async throws {
        let client = try SampleClient([.good], credentials: StaticCredentialsProvider(.temporaryExample))
        _ = try await client.invoke(Self.conversion)
        let names = client.transport.requests.first?.headers.map { $0.name.lowercased() } ?? []
        #expect(names.count == Set(names).count)
        #expect(!names.isEmpty)
    }

    @Test("the client passes its caller's deadline on to the transport")
    func deadline() async throws {
        let client = try SampleClient([.good])
        _ = try await client.invoke(within: .seconds(7))
        #expect(client.transport.deadlines.map(\.instant) == [client.clock.now.advanced(by: .seconds(7))])
    }

    @Test("the secret key is in no header, target or body")
    func noSecret() async throws {
        let client = try SampleClient([.good], credentials: StaticCredentialsProvider(.temporaryExample))
        _ = try await client.invoke(Self.conversion)
        let request = try #require(client.transport.requests.first)
        let everything = request.headers.map { "\($0.name): \($0.value)" } + [request.target, request.bodyText]
        #expect(!everything.contains { $0.contains("wJalrXUtnFEMI") })
    }
}
