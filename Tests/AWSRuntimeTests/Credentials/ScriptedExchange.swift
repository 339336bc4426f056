import AWSRuntime
import Foundation
import GatewayTestSupport
import Resilience
import Synchronization

/// One entry of a case's `http.json`: what is sent, and what comes back.
struct ScriptedExchange: Decodable, Sendable {
    let request: Request
    let response: Response
    /// Who sends this, where only one of the two does: `jobgate` or `botocore`.
    let only: String?
    /// Whether it may be sent any number of times, once at least.
    let repeats: Bool?

    /// What is sent; headers and form fields that are not named are not looked at.
    struct Request: Decodable {
        let method: String
        let url: String
        let headers: [String: Expectation]?
        let body: [String: Expectation]?
    }

    /// What a header or a form field holds: just this, this among more, or nothing (it is not there).
    enum Expectation: Decodable, CustomStringConvertible {
        case equal(String)
        case containing(String)
        case absent

        private enum Key: CodingKey { case contains }

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .absent
            } else if let text = try? value.decode(String.self) {
                self = .equal(text)
            } else {
                self = .containing(
                    try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .contains))
            }
        }

        func accepts(_ values: [String]) -> Bool {
            switch self {
            case .equal(let text): values == [text]
            case .containing(let text): values.count == 1 && values[0].contains(text)
            case .absent: values.isEmpty
            }
        }

        var description: String {
            switch self {
            case .equal(let text): "`\(text)`"
            case .containing(let text): "something with `\(text)`"
            case .absent: "not there"
            }
        }
    }

    /// What comes back.
    enum Response: Decodable {
        case answer(TransportResponse)
        case connectFailure
        case timeout

        private enum Key: CodingKey { case status, headers, body, json }

        init(from decoder: any Decoder) throws {
            if let word = try? decoder.singleValueContainer().decode(String.self) {
                switch word {
                case "connectFailure": self = .connectFailure
                case "timeout": self = .timeout
                default:
                    throw DecodingError.dataCorrupted(
                        .init(codingPath: decoder.codingPath, debugDescription: "`\(word)` is no answer"))
                }
                return
            }
            let members = try decoder.container(keyedBy: Key.self)
            let headers = try members.decodeIfPresent([String: String].self, forKey: .headers) ?? [:]
            self = .answer(
                TransportResponse(
                    status: try members.decode(Int.self, forKey: .status),
                    headers: headers.map { ($0.key, $0.value) }, body: try Self.body(of: members)))
        }

        /// `json` is any JSON; `body` is a text, or its lines.
        private static func body(of members: KeyedDecodingContainer<Key>) throws -> [UInt8] {
            if let json = try members.decodeIfPresent(AnyJSON.self, forKey: .json) {
                return Array(try JSONEncoder().encode(json))
            }
            if let lines = try? members.decode([String].self, forKey: .body) {
                return Array(lines.joined(separator: "\n").utf8)
            }
            return Array(try members.decode(String.self, forKey: .body).utf8)
        }
    }
}

/// A JSON value that is passed on as it is.
private enum AnyJSON: Codable {
    case text(String)
    case integer(Int64)
    case object([String: AnyJSON])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let integer = try? value.decode(Int64.self) {
            self = .integer(integer)
        } else {
            self = .object(try value.decode([String: AnyJSON].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .text(let text): try value.encode(text)
        case .integer(let integer): try value.encode(integer)
        case .object(let members): try value.encode(members)
        }
    }
}

/// Answers from a case's exchanges, each once and in order unless it repeats, and notes what does not fit them.
final class ScriptedNetwork: HTTPTransport {
    private let exchanges: [ScriptedExchange]
    private let clock: ManualClock
    private let state: Mutex<(played: [Int], violations: [String])>

    /// Plays what is not botocore's alone; a request that gets no answer moves the clock to its deadline.
    init(_ exchanges: [ScriptedExchange], clock: ManualClock) {
        let ours = exchanges.filter { $0.only != "botocore" }
        self.exchanges = ours
        self.clock = clock
        state = Mutex(([Int](repeating: 0, count: ours.count), []))
    }

    /// Requests that the case does not have, and parts of requests that are other than it says.
    var violations: [String] { state.withLock { $0.violations } }

    /// What was never sent.
    var unplayed: [String] {
        let played = state.withLock { $0.played }
        return zip(exchanges, played).filter { $1 == 0 }.map { "\($0.0.request.method) \($0.0.request.url)" }
    }

    func send(_ request: TransportRequest, deadline: Deadline) async throws(TransportError) -> TransportResponse {
        switch state.withLock({ answer(to: request, &$0) }) {
        case .answer(let response): return response
        case .connectFailure: throw .connectFailed("refused")
        case .timeout:
            clock.advance(by: deadline.remaining(at: clock.now))
            throw .timedOut
        }
    }

    private func answer(
        to request: TransportRequest, _ state: inout (played: [Int], violations: [String])
    ) -> ScriptedExchange.Response {
        let url = "\(request.endpoint.scheme)://\(request.endpoint.authority)\(request.target)"
        let index = exchanges.indices.first { index in
            let expected = exchanges[index].request
            return (exchanges[index].repeats == true || state.played[index] == 0)
                && expected.method == request.method && Self.parts(expected.url) == Self.parts(url)
        }
        guard let index else {
            state.violations.append("nobody expects \(request.method) \(url)")
            return .connectFailure
        }
        state.played[index] += 1
        state.violations += Self.mismatches(exchanges[index].request, request)
        return exchanges[index].response
    }

    /// The URL without its query, and the query's fields in any order.
    private static func parts(_ url: String) -> [String] {
        let halves = url.split(separator: "?", maxSplits: 1).map(String.init)
        let fields = halves.dropFirst().flatMap { $0.split(separator: "&").map(String.init) }
        return halves.prefix(1) + fields.sorted()
    }

    private static func mismatches(_ expected: ScriptedExchange.Request, _ request: TransportRequest) -> [String] {
        let headers = (expected.headers ?? [:]).filter { !$1.accepts(request.values($0)) }
        let fields = (expected.body ?? [:]).filter { !$1.accepts(formValues($0, in: request.bodyText)) }
        return (Array(headers) + Array(fields)).map { "\(expected.method) \(expected.url): \($0) is not \($1)" }
    }

    private static func formValues(_ name: String, in form: String) -> [String] {
        form.split(separator: "&").compactMap { field in
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == name else { return nil }
            return parts[1].replacing("+", with: " ").removingPercentEncoding
        }
    }
}
