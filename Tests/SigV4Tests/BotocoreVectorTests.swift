import Foundation
import SigV4
import Testing

/// Requests and how botocore signs them: `Vectors/botocore.json`, which `Scripts/make-sigv4-vectors` writes.
struct BotocoreVector: Decodable, Sendable, CustomTestStringConvertible {
    struct Request: Decodable, Sendable {
        let method: String
        let path: String
        let query: [[String]]
        let headers: [[String]]
        let bodyBase64: Data
        let bodyRepeated: Int
    }

    struct Keys: Decodable, Sendable {
        let accessKeyId: String
        let secretAccessKey: String
        let sessionToken: String?
    }

    let name: String
    let credentials: Keys
    let service: String
    let region: String
    let timestamp: String
    let signsPayloadHeader: Bool
    let request: Request
    let canonicalRequest: String
    let stringToSign: String
    let signature: String
    let authorization: String

    var testDescription: String { name }

    static func all() throws -> [BotocoreVector] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/botocore.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([BotocoreVector].self, from: Data(contentsOf: file))
    }

    func sign() throws -> SignedHeaders {
        let signer = SigV4Signer(
            service: service, region: region, options: SigV4Options(signsPayloadHeader: signsPayloadHeader))
        return signer.sign(
            SignableRequest(
                method: request.method,
                path: request.path,
                query: request.query.map { ($0[0], $0[1]) },
                headers: request.headers.map { ($0[0], $0[1]) },
                body: Array(repeatElement(request.bodyBase64, count: request.bodyRepeated).joined())),
            credentials: Credentials(
                accessKeyID: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey,
                sessionToken: credentials.sessionToken),
            at: try #require(SigningInstant(timestamp: timestamp)))
    }
}

@Suite("Each step of signing is what botocore computes")
struct BotocoreVectorTests {
    @Test("there are at least forty cases")
    func enough() throws {
        #expect(try BotocoreVector.all().count >= 40)
    }

    // Bytes are compared, since strings in different normal forms of Unicode are equal to Swift.
    @Test("the canonical request is botocore's", arguments: try BotocoreVector.all())
    func canonicalRequest(vector: BotocoreVector) throws {
        let text = try vector.sign().canonicalRequest.text
        #expect(text == Array(vector.canonicalRequest.utf8), "\(String(decoding: text, as: UTF8.self))")
    }

    @Test("the string to sign is botocore's", arguments: try BotocoreVector.all())
    func stringToSign(vector: BotocoreVector) throws {
        #expect(try vector.sign().stringToSign.description == vector.stringToSign)
    }

    @Test("the signature is botocore's", arguments: try BotocoreVector.all())
    func signature(vector: BotocoreVector) throws {
        #expect(try vector.sign().signature == vector.signature)
    }

    @Test("the Authorization header is botocore's", arguments: try BotocoreVector.all())
    func authorization(vector: BotocoreVector) throws {
        let added = try vector.sign().headers
        #expect(added.last?.name == "Authorization")
        #expect(added.last?.value == vector.authorization)
    }

    @Test("the verifier accepts what botocore signed", arguments: try BotocoreVector.all())
    func verifies(vector: BotocoreVector) throws {
        // A token that the request has without the credentials having one is signed, and refused all the same.
        let hasForeignToken =
            vector.credentials.sessionToken == nil
            && vector.request.headers.contains { $0[0].lowercased() == "x-amz-security-token" }
        let credentials = Credentials(
            accessKeyID: vector.credentials.accessKeyId, secretAccessKey: vector.credentials.secretAccessKey,
            sessionToken: vector.credentials.sessionToken)
        let verifier = SigV4Verifier(service: vector.service, region: vector.region) {
            $0 == credentials.accessKeyID ? credentials : nil
        }
        var request = SignableRequest(
            method: vector.request.method,
            path: vector.request.path,
            query: vector.request.query.map { ($0[0], $0[1]) },
            headers: vector.request.headers.map { ($0[0], $0[1]) },
            body: Array(repeatElement(vector.request.bodyBase64, count: vector.request.bodyRepeated).joined()))
        // What botocore sets: the headers that signing adds, but with its own authorization.
        request.replaceHeaders(with: try vector.sign().headers.dropLast() + [("Authorization", vector.authorization)])
        let now = try #require(SigningInstant(timestamp: vector.timestamp)).date
        let rejection = verifier.rejection(of: request, at: now)
        #expect(rejection == (hasForeignToken ? .tokenMismatch : nil))
    }
}
