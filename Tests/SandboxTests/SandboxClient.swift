import Foundation
import HTTPServer
import Sandbox
import SigV4
import Testing

/// The moment at which each test's AWS begins; nothing in the tests reads a clock.
let start = Date(timeIntervalSince1970: 1_790_000_000)

let ordersARN = "arn:aws:dms:eu-west-1:123456789012:migration-project:SANDBOXORDERS"

/// A caller of a simulated AWS that stands at one moment.
struct SandboxClient {
    let aws: SimulatedAWS
    let now: Date
    let credentials: Credentials

    /// Meets the sandbox's own jobs, so many seconds after they began.
    init(
        after seconds: TimeInterval = 0, jobs: SimulatedJobs = SandboxScript.jobs(startingAt: start),
        credentials: Credentials = SimulatedAWS.credentials
    ) {
        let now = start + seconds
        self.now = now
        self.credentials = credentials
        self.aws = SimulatedAWS(jobs: jobs) { now }
    }

    /// Meets an AWS that is there already, at a moment and as somebody.
    init(of aws: SimulatedAWS, at now: Date, as credentials: Credentials) {
        self.aws = aws
        self.now = now
        self.credentials = credentials
    }

    /// Calls DMS, signed.
    func dms(_ operation: String, _ body: String) async throws -> Answer {
        let headers = [
            "Host": "dms.eu-west-1.amazonaws.com", "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AmazonDMSv20160101.\(operation)",
        ]
        return try await send(
            signed("POST", "/", headers: headers, body: body, service: "dms"))
    }

    /// Calls TwinMaker, signed.
    func twinMaker(_ method: String, _ path: String, _ body: String = "") async throws -> Answer {
        let headers = ["Host": "api.iottwinmaker.eu-west-1.amazonaws.com", "Content-Type": "application/json"]
        return try await send(
            signed(method, path, headers: headers, body: body, service: "iottwinmaker"))
    }

    /// Signs a request as an AWS SDK would.
    func signed(
        _ method: String, _ path: String, headers: [String: String], body: String, service: String,
        region: String = "eu-west-1", signedAt: Date? = nil
    ) -> Request {
        let unsigned = headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
        let signature = SigV4Signer(service: service, region: region).sign(
            SignableRequest(method: method, path: path, query: [], headers: unsigned, body: Array(body.utf8)),
            credentials: credentials, at: SigningInstant(signedAt ?? now))
        var fields: HeaderFields = [:]
        for header in unsigned + signature.headers { fields.add(header.name, header.value) }
        return Request(
            method: method, target: path, headers: fields, body: Array(body.utf8), remoteAddress: "127.0.0.1")
    }

    /// Sends a request as it is.
    func send(_ request: Request) async throws -> Answer {
        try Answer(await aws.respond(to: request))
    }
}

/// An answer, its JSON body read.
struct Answer {
    let status: Int
    let headers: HeaderFields
    let json: JSON

    init(_ response: Response) throws {
        status = response.status.code
        headers = response.headers
        json = try JSONDecoder().decode(JSON.self, from: Data(response.body))
    }

    /// The error code, where this service puts it.
    var code: String? { headers.first("x-amzn-errortype") ?? json["__type"].string }
    /// The error message, in either spelling.
    var message: String? { json["message"].string ?? json["Message"].string }
}

/// JSON of any form, to be looked into by member and index; what is not there is `null`.
enum JSON: Decodable, Hashable {
    case object([String: JSON])
    case array([JSON])
    case string(String)
    case number(Double)
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let items = try? container.decode([JSON].self) {
            self = .array(items)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    subscript(member: String) -> JSON {
        if case .object(let members) = self { members[member] ?? .null } else { .null }
    }

    subscript(index: Int) -> JSON { items.indices.contains(index) ? items[index] : .null }

    var items: [JSON] { if case .array(let items) = self { items } else { [] } }
    var members: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }
    var string: String? { if case .string(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
}
