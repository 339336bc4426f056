import AWSRuntime
import Foundation
import GatewayTestSupport
import Testing

/// A series of calls of one client, and what botocore's retries made of it.
///
/// `Scripts/make-retry-scripts` writes these and describes each member; the times are in seconds.
struct RetryScript: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let service: String
    let maxAttempts: Int
    let capacity: Int
    let jitter: Int
    let answers: [[Int]]
    let delays: [[Double]]
    let quota: [Int]
    let outcomes: [Int]
    let rule: RetryDifference?

    var testDescription: String { rule.map { "\(name), \($0.rawValue)" } ?? name }
}

/// Where botocore and we part; the scripts of such answers are left out of the comparison, by the name of the rule.
enum RetryDifference: String, Decodable, Sendable, CaseIterable {
    /// Of AWS JSON botocore reads `__type` alone. We look in every place that Smithy's description names.
    case codeOutsideTypeInJSON = "code-outside-type-in-json"
    /// Of a REST-JSON body with both, botocore takes `code`, we take `__type`. Services send one.
    case codeBeforeTypeInRestJSON = "code-before-type-in-rest-json"
    /// To botocore an empty `x-amzn-errortype` is the code. We look on in the body.
    case emptyErrorTypeHeader = "empty-errortype-header"
    /// Of a 5xx without a body, or with a page, botocore does not read `x-amzn-errortype`. We do.
    case errorTypeWithoutBody = "errortype-without-body"
    /// A 429 without a code is throttling to us. botocore goes by codes and gives up.
    case tooManyRequestsWithoutCode = "too-many-requests-without-code"
    /// botocore takes a success that is no JSON for an empty one. We never tell a success that AWS did not tell us.
    case unreadableSuccess = "unreadable-success"
    /// Python's `int()` reads underscores between digits, which no server writes.
    case wishInPython = "wish-in-python"
    /// botocore tries again after a TLS failure. A certificate that is not trusted stays so.
    case lostByTLS = "lost-by-tls"
}

/// An answer of a script, or why there was none.
struct RetryAnswer: Decodable, Sendable {
    struct UnknownLoss: Error {
        let name: String
    }

    let step: StubTransport.Step

    private enum Key: CodingKey {
        case status, headers, body, lost
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        if let lost = try members.decodeIfPresent(String.self, forKey: .lost) {
            step = .failure(try Self.loss(lost))
        } else {
            let headers = try members.decode([[String]].self, forKey: .headers)
            step = .success(
                TransportResponse(
                    status: try members.decode(Int.self, forKey: .status), headers: headers.map { ($0[0], $0[1]) },
                    body: Array(try members.decode(String.self, forKey: .body).utf8)))
        }
    }

    /// What our transport makes of what happened to botocore's; the text is the name, so that an outcome can tell it.
    private static func loss(_ name: String) throws(UnknownLoss) -> TransportError {
        switch name {
        case "connect-timeout", "no-connection": .connectFailed(name)
        case "connection-closed": .connectionLost(name)
        case "no-http", "cut-short": .malformedAnswer(name)
        case "read-timeout": .timedOut
        case "tls": .tlsFailed(name)
        default: throw UnknownLoss(name: name)
        }
    }
}

/// The files of `RetryScripts`.
struct RetryFixture: Sendable {
    struct Figures: Decodable, Sendable {
        let throttlingCodes: [String]
        let transientCodes: [String]
        let transientStatuses: [Int]
        let scripts: Int
        let leftOut: [String: Int]
        let jitters: [Double]
        let outcomes: [String]
    }

    let figures: Figures
    let answers: [RetryAnswer]
    let scripts: [RetryScript]

    /// The scripts whose every answer botocore and we read alike.
    var alike: [RetryScript] { scripts.filter { $0.rule == nil } }

    /// The scripts that are left out.
    var leftOut: [RetryScript] { scripts.filter { $0.rule != nil } }

    private static let loaded = Result { try RetryFixture() }

    /// The files, read once.
    static func load() throws -> RetryFixture { try loaded.get() }

    private init() throws {
        let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "RetryScripts")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        func lines<Line: Decodable>(_ name: String) throws -> [Line] {
            try Data(contentsOf: directory.appending(path: name)).split(separator: UInt8(ascii: "\n"))
                .map { try decoder.decode(Line.self, from: $0) }
        }
        figures = try decoder.decode(Figures.self, from: Data(contentsOf: directory.appending(path: "figures.json")))
        answers = try lines("answers.jsonl")
        scripts = try lines("scripts.jsonl")
    }
}
