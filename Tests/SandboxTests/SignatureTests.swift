import Foundation
import HTTPServer
import Sandbox
import SigV4
import Testing

@Suite("Signatures in the simulated AWS")
struct SignatureTests {
    /// How a request is to be wrong.
    enum Flaw: CaseIterable {
        case unsigned, unknownKey, wrongSecret, wrongService, wrongRegion, old, early, changedBody, malformed
        case unsignedHeader, unexpectedToken

        var code: String {
            switch self {
            case .unsigned: "MissingAuthenticationTokenException"
            case .malformed: "IncompleteSignatureException"
            case .unknownKey, .unexpectedToken: "UnrecognizedClientException"
            case .wrongSecret, .wrongService, .wrongRegion, .old, .early, .changedBody, .unsignedHeader:
                "InvalidSignatureException"
            }
        }
    }

    @Test("DMS refuses a request with a flawed signature with 400 and the code in its body", arguments: Flaw.allCases)
    func databaseMigration(flaw: Flaw) async throws {
        let client = SandboxClient(credentials: credentials(flaw))
        let answer = try await client.send(
            request(
                flaw, from: client, method: "POST", path: "/", service: "dms",
                headers: [
                    "Host": "localhost:4566", "Content-Type": "application/x-amz-json-1.1",
                    "X-Amz-Target": "AmazonDMSv20160101.DescribeMigrationProjects",
                ]))
        #expect(answer.status == 400)
        #expect(answer.json["__type"] == .string(flaw.code))
        #expect(answer.message?.isEmpty == false)
        #expect(answer.headers.first("x-amzn-requestid") != nil)
    }

    @Test(
        "TwinMaker refuses a request with a flawed signature with 403 and the code in a header",
        arguments: Flaw.allCases)
    func twinMaker(flaw: Flaw) async throws {
        let client = SandboxClient(credentials: credentials(flaw))
        let answer = try await client.send(
            request(
                flaw, from: client, method: "POST", path: "/metadata-transfer-jobs-list", service: "iottwinmaker",
                headers: ["Host": "localhost:4566", "Content-Type": "application/json"]))
        #expect(answer.status == 403)
        #expect(answer.headers.first("x-amzn-errortype") == flaw.code)
        #expect(answer.message?.isEmpty == false)
    }

    @Test("A refused cancel changes nothing")
    func refusedCancel() async throws {
        let aws = SandboxClient()
        var wrong = aws.signed(
            "PUT", "/metadata-transfer-jobs/transfer-factory-1/cancel", headers: ["Host": "localhost"], body: "",
            service: "iottwinmaker")
        wrong = Request(
            method: "PUT", target: "/metadata-transfer-jobs/transfer-factory-2/cancel", headers: wrong.headers,
            body: [], remoteAddress: nil)
        #expect(try await aws.send(wrong).code == "InvalidSignatureException")
        let job = try await aws.twinMaker("GET", "/metadata-transfer-jobs/transfer-factory-2").json
        #expect(job["status"]["state"] == .string("RUNNING"))
    }

    @Test("No message gives away the secret")
    func noSecret() async throws {
        let secret = SimulatedAWS.credentials.secretAccessKey
        let client = SandboxClient()
        let request = client.signed(
            "GET", "/metadata-transfer-jobs/transfer-factory-1", headers: ["Host": "a"], body: "", service: "dms")
        let body = await client.aws.respond(to: request).body
        #expect(!String(decoding: body, as: UTF8.self).contains(secret))
    }

    @Test("What the server refuses by itself is answered as JSON with a request id")
    func refusals() throws {
        let answer = try Answer(SandboxClient().aws.refuse(.malformed("no Host")))
        #expect(answer.status == 400)
        #expect(answer.message?.isEmpty == false)
        #expect(answer.headers.first("x-amzn-requestid") != nil)
    }

    private func credentials(_ flaw: Flaw) -> Credentials {
        let real = SimulatedAWS.credentials
        return switch flaw {
        case .unknownKey: Credentials(accessKeyID: "AKIDSOMEBODYELSE", secretAccessKey: real.secretAccessKey)
        case .wrongSecret: Credentials(accessKeyID: real.accessKeyID, secretAccessKey: "another")
        case .unexpectedToken:
            Credentials(
                accessKeyID: real.accessKeyID, secretAccessKey: real.secretAccessKey, sessionToken: "token")
        default: real
        }
    }

    private func request(
        _ flaw: Flaw, from client: SandboxClient, method: String, path: String, service: String,
        headers: [String: String]
    ) -> Request {
        let offset: TimeInterval =
            switch flaw {
            case .old: -301
            case .early: 301
            default: 0
            }
        let signed = client.signed(
            method, path, headers: headers, body: "{}", service: flaw == .wrongService ? "sts" : service,
            region: flaw == .wrongRegion ? "us-east-1" : "eu-west-1", signedAt: start + offset)
        var fields = signed.headers
        switch flaw {
        case .unsigned: fields.remove("authorization")
        case .malformed:
            fields.remove("authorization")
            fields.add("Authorization", "AWS4-HMAC-SHA256 Credential=nothing")
        case .unsignedHeader: fields.add("X-Amz-Extra", "1")
        default: break
        }
        return Request(
            method: method, target: path, headers: fields, body: Array((flaw == .changedBody ? "{} " : "{}").utf8),
            remoteAddress: nil)
    }
}
