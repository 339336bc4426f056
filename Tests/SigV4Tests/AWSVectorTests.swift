import Foundation
import SigV4
import Testing

/// A case of AWS's own signing test suite, from the directory that `SIGV4_VECTORS` names.
struct AWSVector: Decodable, Sendable, CustomTestStringConvertible {
    struct Context: Decodable, Sendable {
        struct Keys: Decodable, Sendable {
            let accessKeyId: String
            let secretAccessKey: String
            let token: String?
        }

        let credentials: Keys
        let normalize: Bool
        let region: String
        let service: String
        let signBody: Bool
        let timestamp: String
        let omitSessionToken: Bool?
    }

    struct Request: Decodable, Sendable {
        let method: String
        let target: String
        let headers: [[String]]
        let body: String
    }

    struct Steps: Decodable, Sendable {
        struct SignedRequest: Decodable, Sendable {
            let headers: [[String]]
        }

        let canonicalRequest: String
        let stringToSign: String
        let signature: String
        let authorization: String
        let signedRequest: SignedRequest
    }

    let name: String
    let context: Context
    let request: Request
    let header: Steps

    var testDescription: String { name }

    static let directory = ProcessInfo.processInfo.environment["SIGV4_VECTORS"]

    static func all() throws -> [AWSVector] {
        guard let directory else { return [] }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try FileManager.default
            .contentsOfDirectory(at: URL(filePath: directory), includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "json" }
            .map { try decoder.decode(AWSVector.self, from: Data(contentsOf: $0)) }
            .sorted { $0.name < $1.name }
    }

    func sign() throws -> SignedHeaders {
        let signer = SigV4Signer(
            service: context.service,
            region: context.region,
            options: SigV4Options(
                normalizesPath: context.normalize,
                signsPayloadHeader: context.signBody,
                signsSessionToken: context.omitSessionToken != true))
        let target = request.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = target.count == 1 ? [] : try target[1].split(separator: "&").map(Self.decode)
        // The suite writes 2015-08-30T12:36:00Z.
        let timestamp = context.timestamp.filter { $0 != "-" && $0 != ":" }
        return signer.sign(
            SignableRequest(
                method: request.method,
                path: String(target[0]),
                query: query,
                headers: request.headers.map { ($0[0], $0[1]) },
                body: Array(request.body.utf8)),
            credentials: Credentials(
                accessKeyID: context.credentials.accessKeyId,
                secretAccessKey: context.credentials.secretAccessKey,
                sessionToken: context.credentials.token),
            at: try #require(SigningInstant(timestamp: timestamp)))
    }

    private static func decode(_ item: Substring) throws -> (name: String, value: String) {
        let parts = try item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            .map { try #require(String($0).removingPercentEncoding) }
        return (parts[0], parts.count == 1 ? "" : parts[1])
    }
}

@Suite(
    "Each step of signing is what AWS's own test suite says",
    .enabled(if: AWSVector.directory != nil, "SIGV4_VECTORS names no directory"))
struct AWSVectorTests {
    @Test("all 38 cases are there")
    func complete() throws {
        #expect(try AWSVector.all().count == 38)
    }

    @Test("the canonical request is the suite's", arguments: try AWSVector.all())
    func canonicalRequest(vector: AWSVector) throws {
        let text = try vector.sign().canonicalRequest.text
        #expect(text == Array(vector.header.canonicalRequest.utf8), "\(String(decoding: text, as: UTF8.self))")
    }

    @Test("the string to sign is the suite's", arguments: try AWSVector.all())
    func stringToSign(vector: AWSVector) throws {
        #expect(try vector.sign().stringToSign.description == vector.header.stringToSign)
    }

    @Test("the signature is the suite's", arguments: try AWSVector.all())
    func signature(vector: AWSVector) throws {
        #expect(try vector.sign().signature == vector.header.signature)
    }

    @Test("the added headers are the suite's", arguments: try AWSVector.all())
    func addedHeaders(vector: AWSVector) throws {
        let added = try vector.sign().headers
        #expect(added.last?.value == vector.header.authorization)
        let own = Set(vector.request.headers.map { $0[0].lowercased() })
        let expected = vector.header.signedRequest.headers
            .filter { !own.contains($0[0].lowercased()) }
            .map { "\($0[0].lowercased()): \($0[1])" }
        // The suite adds them in another order, which no signature depends on.
        #expect(added.map { "\($0.name.lowercased()): \($0.value)" }.sorted() == expected.sorted())
    }
}
