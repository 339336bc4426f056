import AWSRuntime
import GatewayAPITestSupport
import GatewayTestSupport
import HTTPServer
import SigV4
import Testing

@Suite("The access log")
struct AccessLogTests {
    @Test("one line a request, with exactly these members")
    func members() async throws {
        let gateway = TestGateway(aws: [Upstream.cancelsConversion()])
        let headers: HeaderFields = ["X-Request-Id": "mine"]
        _ = await gateway.send("DELETE", Upstream.conversion + "?target=default", headers: headers)
        #expect(gateway.log.lines.count == 1)
        let line = try gateway.log.last
        #expect(
            line.names == [
                "time", "level", "message", "log", "request_id", "caller", "credential", "method", "route", "status",
                "duration_ms",
                "target", "upstream_request_id", "remote",
            ])
        #expect(line["level"] == "info")
        #expect(line["message"] == "request")
        #expect(line["log"] == "access")
        #expect(line["request_id"] == "mine")
        #expect(line["caller"] == "full0001")
        #expect(line["credential"] == "full0001")
        #expect(line["method"] == "DELETE")
        #expect(line["route"] == "/projects/{project}/conversions/{request}")
        #expect(line["status"] == 202)
        #expect(line["target"] == "default")
        #expect(line["upstream_request_id"]?.string == Upstream.requestID)
        #expect(line["remote"] == "127.0.0.1")
        let duration = try #require(line["duration_ms"]?.number)
        #expect(duration >= 0 && duration < 60_000)
        #expect(try #require(line["time"]?.string).hasSuffix("Z"))
    }

    @Test("what is not known is null, not missing")
    func nulls() async throws {
        let gateway = TestGateway()
        _ = await gateway.send("GET", "/nowhere", key: nil)
        let line = try gateway.log.last
        #expect(line["caller"] == .null)
        #expect(line["credential"] == .null)
        #expect(line["route"] == .null)
        #expect(line["upstream_request_id"] == .null)
        #expect(line["problem"] == "unauthenticated")
    }

    @Test("a public route's line names its route and no caller")
    func publicRoute() async throws {
        let gateway = TestGateway()
        _ = await gateway.send("GET", "/livez")
        #expect(try gateway.log.last["caller"] == .null)
        #expect(try gateway.log.last["route"] == "/livez")
        #expect(try gateway.log.last["problem"] == nil)
    }

    @Test("a failure's line has the code, the private cause and AWS's request id; the answer has no cause")
    func failure() async throws {
        let message = "User: arn:aws:sts::123456789012:assumed-role/gateway is not authorized"
        let gateway = TestGateway(aws: [Upstream.fails("AccessDeniedException", 403, message: message)])
        let answer = await gateway.send("GET", Upstream.transferJob)
        let line = try gateway.log.last
        #expect(line["problem"] == "upstream-denied")
        #expect(line["target"] == "default")
        #expect(line["upstream_request_id"]?.string == Upstream.requestID)
        #expect(line["cause"]?.string?.contains("assumed-role/gateway") == true)
        #expect(!answer.text.contains("assumed-role"))
        #expect(!answer.text.contains("123456789012"))
    }

    @Test("a key in the place of a job's id is not in the line, though AWS's message repeats it")
    func credentialInCause() async throws {
        let key = TestKey.unknown.text
        let message = "User: gateway is not authorized on metadata-transfer-job/\(key)"
        let gateway = TestGateway(aws: [Upstream.fails("AccessDeniedException", 403, message: message)])
        _ = await gateway.send("GET", "/transfer-jobs/\(key)")
        #expect(try gateway.log.last["cause"]?.string?.contains("metadata-transfer-job/[credential]") == true)
        #expect(gateway.log.lines.allSatisfy { !$0.contains(key) })
    }

    @Test("our and AWS's faults are warnings, the caller's are not", arguments: [(500, "warning"), (404, "info")])
    func levels(upstreamStatus: Int, level: String) async throws {
        let step = Upstream.fails(upstreamStatus == 404 ? "ResourceNotFoundException" : "X", upstreamStatus)
        let gateway = TestGateway(aws: [step, step, step])
        _ = await gateway.send("GET", Upstream.transferJob)
        #expect(try gateway.log.last["level"]?.string == level)
    }

    @Test("neither answers nor log lines ever hold a secret", arguments: Scenario.all)
    func secrets(scenario: Scenario) async {
        let (gateway, answer) = await scenario.play()
        let key = scenario.key ?? .full
        let secrets = [
            String(key.text.suffix(43)), TestGateway.credentials.secretAccessKey,
            TestGateway.credentials.sessionToken ?? "none", "AWS4-HMAC-SHA256", "Signature=",
        ]
        for text in gateway.log.lines + [answer.text] + answer.headers.map(\.value) {
            for secret in secrets { #expect(!text.contains(secret)) }
        }
    }

    @Test("a signature that AWS quotes back is in neither")
    func quotedSignature() async {
        let message = "The canonical string was: PUT x-amz-security-token:aws-session-token"
        let gateway = TestGateway(aws: [Upstream.fails("SignatureDoesNotMatch", 403, message: message)])
        let answer = await gateway.send("DELETE", Upstream.transferJob)
        #expect(answer.code == "upstream-denied")
        for text in gateway.log.lines + [answer.text] { #expect(!text.contains("aws-session-token")) }
    }

    @Test("the answer names no host of ours or AWS's, nor how the program is made")
    func noInternals() async {
        let failures: [StubTransport.Step] = [
            .failure(.connectFailed("dms.eu-west-1.amazonaws.com: 10.1.2.3 refused")),
            .failure(.tlsFailed("NIOSSLError handshake")),
            .failure(.connectionLost("dms.eu-west-1.amazonaws.com")), .failure(.malformedAnswer("HTTPParserError")),
            Upstream.answer(200, "<html>proxy.internal</html>"), .failure(.responseTooLarge(limit: 1)),
        ]
        for failure in failures {
            let gateway = TestGateway(aws: [failure, failure, failure])
            let answer = await gateway.send("GET", Upstream.conversion)
            #expect(answer.status >= 500)
            for word in ["amazonaws.com", "10.1.2.3", "NIO", "Error(", "proxy.internal", "DecodingError", "Swift"] {
                #expect(!answer.text.contains(word), "\(word) in \(answer.text)")
            }
        }
    }

    @Test("a line feed that a client sends does not make a second line")
    func oneLine() async {
        let gateway = TestGateway()
        _ = await gateway.send("G\nET", "/whoami")
        #expect(gateway.log.lines.count == 1)
        #expect(gateway.log.lines[0].filter(\.isNewline).count == 1)
    }
}
