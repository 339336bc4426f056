import AWSRuntime
import AWSServices
import GatewayTestSupport
import Resilience
import Testing

@Suite("The failures of an AWS client")
struct AWSClientFailureTests {
    /// An error answer and what it tells.
    struct ErrorAnswer: Sendable, CustomTestStringConvertible {
        var header: String?
        var body: String
        var code: String
        var message: String?
        var testDescription: String { "\(header ?? "-") \(body.prefix(60))" }
    }

    @Test(
        "the code is the header's, else the body's __type, code or Code; what follows # and stands before :",
        arguments: [
            ErrorAnswer(header: "ConflictException", body: "{}", code: "ConflictException"),
            ErrorAnswer(
                header: "ValidationException:http://internal.amazon.com/coral/com.amazon.coral.validate/",
                body: #"{"message":"m"}"#, code: "ValidationException", message: "m"),
            ErrorAnswer(header: "aws.protocoltests.restjson#FooError", body: "", code: "FooError"),
            ErrorAnswer(header: "aws.protocoltests#FooError:http://x#y", body: "{}", code: "FooError"),
            ErrorAnswer(header: " FooError ", body: "{}", code: "FooError"),
            ErrorAnswer(header: "Head", body: #"{"__type":"Body"}"#, code: "Head"),
            ErrorAnswer(header: "", body: #"{"__type":"Body"}"#, code: "Body"),
            ErrorAnswer(
                body: #"{"__type":"com.amazonaws.dms#AccessDeniedFault:http://internal"}"#, code: "AccessDeniedFault"),
            ErrorAnswer(body: #"{"__type":"AccessDeniedFault"}"#, code: "AccessDeniedFault"),
            ErrorAnswer(body: #"{"__type":"a#Foo","code":"Bar","Code":"Baz"}"#, code: "Foo"),
            ErrorAnswer(body: #"{"code":"x#Bar","Code":"Baz"}"#, code: "Bar"),
            ErrorAnswer(body: #"{"Code":"Baz"}"#, code: "Baz"),
            ErrorAnswer(body: #"{"__type":null,"code":"Bar"}"#, code: "Bar"),
            ErrorAnswer(body: #"{"__type":"","code":"Bar"}"#, code: "Bar"),
            ErrorAnswer(body: #"{"code":5}"#, code: ""),
        ])
    func codes(answer: ErrorAnswer) async throws {
        try await expect(answer)
    }

    @Test(
        "the message is message or Message, or there is none",
        arguments: [
            ErrorAnswer(body: #"{"__type":"Foo","message":"m"}"#, code: "Foo", message: "m"),
            ErrorAnswer(body: #"{"__type":"Foo","Message":"M"}"#, code: "Foo", message: "M"),
            ErrorAnswer(body: #"{"__type":"Foo","message":"m","Message":"M"}"#, code: "Foo", message: "m"),
            ErrorAnswer(body: #"{"__type":"Foo","message":null,"Message":"M"}"#, code: "Foo", message: "M"),
            ErrorAnswer(body: #"{"__type":"Foo","message":{"a":1}}"#, code: "Foo"),
            ErrorAnswer(body: #"{"__type":"Foo"}"#, code: "Foo"),
        ])
    func messages(answer: ErrorAnswer) async throws {
        try await expect(answer)
    }

    @Test(
        "an error body that is no JSON object tells nothing",
        arguments: [
            "", " ", "<html><body>Bad Gateway</body></html>", #"{"__type":"Foo","message":"#, "[1]", "null", "\"Foo\"",
            "5",
            "\u{0}\u{0}",
        ])
    func unreadable(body: String) async throws {
        try await expect(ErrorAnswer(body: body, code: ""))
    }

    @Test(
        "a code that is no name counts for none",
        arguments: [
            String(repeating: "A", count: 129), "two words", "a\nb", "Fehlerü", "\u{202E}Foo",
        ])
    func noName(code: String) async throws {
        try await expect(ErrorAnswer(header: code, body: "{}", code: ""))
    }

    @Test("a huge code and a body that is nested without end tell nothing")
    func huge() async throws {
        try await expect(ErrorAnswer(header: String(repeating: "A", count: 1 << 20), body: "{}", code: ""))
        try await expect(ErrorAnswer(body: String(repeating: "{\"a\":", count: 20_000), code: ""))
    }

    @Test("a code of 128 characters is a name")
    func longName() async throws {
        let code = String(repeating: "A", count: 128)
        try await expect(ErrorAnswer(header: code, body: "{}", code: code))
    }

    private func expect(_ answer: ErrorAnswer, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let headers = answer.header.map { [(name: "X-Amzn-ErrorType", value: $0)] } ?? []
        let error = try await SampleClient([.json(400, answer.body, headers: headers)]).failure()
        let failure = try #require(error.serviceFailure, sourceLocation: sourceLocation)
        #expect(failure.code == answer.code, sourceLocation: sourceLocation)
        #expect(failure.message == answer.message, sourceLocation: sourceLocation)
        #expect(failure.httpStatus == 400, sourceLocation: sourceLocation)
    }

    @Test("an error tells service, operation, IAM action, request id and status")
    func details() async throws {
        let headers = [(name: "x-amzn-RequestId", value: "11112222-3333-4444-5555-666677778888")]
        let error = try await SampleClient([.error(400, "AccessDeniedFault", headers: headers)]).failure()
        #expect(error.service == "dms")
        #expect(error.operation == "SampleOperation")
        #expect(error.iamAction == "sample:Operate")
        #expect(error.requestID == "11112222-3333-4444-5555-666677778888")
        #expect(error.httpStatus == 400)
    }

    @Test(
        "a request id that could break a log line counts for none",
        arguments: ["", "two words", "a\r\nb", "\u{7F}", "id-ü", String(repeating: "a", count: 129)])
    func badRequestID(requestID: String) async throws {
        let client = try SampleClient([.json(200, #"{"value":"v"}"#, headers: [("x-amzn-RequestId", requestID)])])
        #expect(try await client.invoke().requestID == nil)
    }

    @Test("the request id of a good answer is told, under either of its names")
    func requestID() async throws {
        #expect(try await SampleClient([.good]).invoke().requestID == "good-request")
        let other = try SampleClient([.json(200, #"{"value":"v"}"#, headers: [("X-Amz-Request-Id", "other")])])
        #expect(try await other.invoke().requestID == "other")
    }

    @Test(
        "a success whose body is not the model's is an invalid response, never an empty success",
        arguments: [
            "", " ", "<html></html>", "[]", #"[{"value":"v"}]"#, "null", "{}", #"{"value":null}"#, #"{"value":5}"#,
            #"{"value":"v""#, #"{"value":"v"}{"#, #"{"Value":"v"}"#, "\u{FEFF}", "5",
        ])
    func malformed(body: String) async throws {
        let error = try await SampleClient([.json(200, body, headers: [("x-amzn-RequestId", "r")])]).failure()
        guard case .invalidResponse = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(error.requestID == "r")
        #expect(error.httpStatus == 200)
    }

    @Test("a success without a body is an invalid response, whatever its status", arguments: [200, 201, 202, 204])
    func noBody(status: Int) async throws {
        let error = try await SampleClient([.success(TransportResponse(status: status))]).failure()
        guard case .invalidResponse = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
    }

    @Test("a body that is no UTF-8 is an invalid response")
    func notUTF8() async throws {
        let body = Array(#"{"value":""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8)
        let error = try await SampleClient([.success(TransportResponse(status: 200, body: body))]).failure()
        guard case .invalidResponse = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
    }

    @Test("without credentials nothing is sent, and the reason is told")
    func noCredentials() async throws {
        let client = try SampleClient([.good], credentials: RotatingCredentials([]))
        let error = try await client.failure()
        guard case .credentials(let reason) = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(reason == .failed(provider: "rotating", reason: "none left"))
        #expect(client.transport.requests.isEmpty)
    }

    @Test("missing credentials are not kept: the next call asks again")
    func credentialsRecover() async throws {
        let client = try SampleClient([.good], credentials: RotatingCredentials([nil, .example]))
        _ = try await client.failure()
        #expect(try await client.invoke().output.value == "good")
    }

    @Test("a request that cannot be written is never sent")
    func unwritable() async throws {
        let client = try SampleClient([.good])
        let error = try await client.failure(SampleOperation(isUnwritable: true))
        guard case .unencodable = error.reason else {
            Issue.record("the reason is \(error.reason)")
            return
        }
        #expect(error.attempts == 0)
        #expect(client.transport.requests.isEmpty)
    }

    @Test("a body over the cap is an invalid response, a passed deadline a timeout, a cancelled exchange cancelled")
    func transportReasons() async throws {
        func reason(_ error: TransportError) async throws -> AWSError.Reason {
            try await SampleClient([.failure(error)]).failure().reason
        }
        guard case .invalidResponse = try await reason(.responseTooLarge(limit: 1 << 20)),
            case .timedOut = try await reason(.timedOut), case .cancelled = try await reason(.cancelled),
            case .transport(.tlsFailed("untrusted")) = try await reason(.tlsFailed("untrusted"))
        else {
            Issue.record("a transport's failure became another reason")
            return
        }
    }
}
