import AWSRuntime
import AuditLog
import Authentication
import GatewayAPITestSupport
import GatewayCore
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("The audit of cancels")
struct AuditTests {
    @Test("a cancel has an intent and an outcome, with all that is known", arguments: JobKind.allCases)
    func cancel(kind: JobKind) async throws {
        let gateway = TestGateway(aws: [kind.cancels()])
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        _ = await gateway.send(
            "DELETE", kind.path,
            headers: [
                "X-Audit-Reason": "OPS-4711: wrong bucket", "X-Request-Id": "r-1",
                "traceparent": "00-\(trace)-00f067aa0ba902b7-01",
            ])
        let lines = try gateway.auditLog.documents
        #expect(lines.map { $0["entry"] } == ["intent", "outcome"])
        for line in lines {
            #expect(line["log"] == "audit")
            #expect(line["request_id"] == "r-1")
            #expect(line["trace_id"]?.string == trace)
            #expect(line["caller_id"] == "full0001")
            #expect(line["caller_name"] == "key full0001")
            #expect(line["auth"] == "api-key:full0001")
            #expect(line["remote"] == "127.0.0.1")
            #expect(line["reason"] == "OPS-4711: wrong bucket")
            #expect(line["method"] == "DELETE")
            #expect(line["target"] == "default")
            #expect(line["kind"] == (kind == .transfer ? "transfer" : "conversion"))
            #expect(line["project"] == (kind == .transfer ? .null : "orders"))
            #expect(line["job"] == (kind == .transfer ? "transfer-1" : "conversion-1"))
        }
        #expect(lines[0]["route"] == lines[1]["route"])
        for name in ["status", "outcome", "state_after", "upstream_request_id"] { #expect(lines[0][name] == .null) }
        #expect(lines[1]["status"] == 202)
        #expect(lines[1]["outcome"] == "cancelling")
        #expect(lines[1]["state_after"] == "cancelling")
        #expect(lines[1]["upstream_request_id"]?.string == Upstream.requestID)
    }

    @Test("what a scenario of DELETE ends with stands in the trail, but a dry run does not", arguments: Scenario.all)
    func everyEnd(scenario: Scenario) async throws {
        let (gateway, answer) = await scenario.play()
        let lines = try gateway.auditLog.documents
        let isCancel = scenario.method == "DELETE" && !scenario.target.contains("dryRun=true") && scenario.canAudit
        guard isCancel else {
            #expect(lines.isEmpty)
            return
        }
        let last = try #require(lines.last)
        #expect(last["status"] == .number(Double(answer.status)))
        if let code = scenario.code { #expect(last["outcome"]?.string == code.rawValue) }
        let wasSent = !gateway.aws.requests.isEmpty
        #expect(
            lines.map { $0["entry"]?.string } == (wasSent || lines.count == 2 ? ["intent", "outcome"] : ["refusal"]))
        #expect(
            last["caller_id"]
                == (answer.status == 401 || scenario.target.contains("token=") ? .null : last["caller_id"]))
    }

    @Test("the intent is written before anything is sent to AWS")
    func order() async throws {
        let log = LogRecorder()
        let folder = TrailFolder()
        defer { folder.remove() }
        let gateway = TestGateway(aws: [JobKind.transfer.cancels()], trail: folder.trail) {
            log.write(Array("sent".utf8))
        } onAudit: {
            log.write($0)
        }
        _ = await gateway.send("DELETE", Upstream.transferJob)
        #expect(log.lines.count == 3)
        #expect(log.lines[0].contains("\"entry\":\"intent\""))
        #expect(log.lines[1] == "sent")
        #expect(log.lines[2].contains("\"entry\":\"outcome\""))
    }

    @Test("a cancel whose intent cannot be written is not sent, and the refusal says when to try again")
    func unwritable() async throws {
        let folder = TrailFolder()
        defer { folder.remove() }
        await folder.trail.close()
        let gateway = TestGateway(aws: [JobKind.transfer.cancels()], trail: folder.trail)
        let answer = await gateway.send("DELETE", Upstream.transferJob)
        #expect(answer.status == 503)
        #expect(answer.code == "audit-unavailable")
        #expect(answer.headers["Retry-After"] == ["5"])
        #expect(gateway.aws.requests.isEmpty)
        let line = try #require(try gateway.auditLog.documents.last)
        #expect(line["entry"] == "refusal")
        #expect(line["outcome"] == "audit-unavailable")
    }

    @Test("where a cancel is to proceed, it is sent, and the log has both lines")
    func proceeds() async throws {
        let folder = TrailFolder()
        defer { folder.remove() }
        await folder.trail.close()
        let gateway = TestGateway(
            aws: [JobKind.transfer.cancels()], trail: folder.trail, auditSettings: .init(refusesUnwritten: false))
        #expect(await gateway.send("DELETE", Upstream.transferJob).status == 202)
        #expect(try gateway.auditLog.documents.map { $0["entry"] } == ["intent", "outcome"])
    }

    @Test("reads go on while the trail cannot be written")
    func reads() async {
        let gateway = TestGateway(aws: [JobKind.transfer.reads(.running)], takesLines: false)
        #expect(await gateway.send("GET", Upstream.transferJob).status == 200)
    }

    @Test("the job is read before it is cancelled, and its state stands in both rows", arguments: JobKind.allCases)
    func stateBefore(kind: JobKind) async throws {
        let gateway = TestGateway(
            aws: [kind.reads(.queued), kind.cancels()], auditSettings: .init(readsStateBefore: true))
        #expect(await gateway.send("DELETE", kind.path).status == 202)
        #expect(try gateway.auditLog.documents.map { $0["state_before"] } == ["queued", "queued"])
        #expect(gateway.aws.requests.count == 2)
    }

    @Test(
        "a look that fails stops no cancel",
        arguments: [Upstream.fails("AccessDeniedException", 403), Upstream.fails("ResourceNotFoundException", 404)])
    func failedLook(step: StubTransport.Step) async throws {
        let gateway = TestGateway(
            aws: [step, JobKind.transfer.cancels()], auditSettings: .init(readsStateBefore: true))
        #expect(await gateway.send("DELETE", Upstream.transferJob).status == 202)
        #expect(try gateway.auditLog.documents.map { $0["state_before"] } == [.null, .null])
    }

    @Test("a job that had ended has that state before and after, be it looked at or not", arguments: [true, false])
    func alreadyFinished(looks: Bool) async throws {
        let kind = JobKind.transfer
        let steps = [kind.refusesCancel, kind.reads(.succeeded)]
        let gateway = TestGateway(
            aws: looks ? [kind.reads(.succeeded)] + steps : steps, auditSettings: .init(readsStateBefore: looks))
        #expect(await gateway.send("DELETE", kind.path).status == 409)
        let line = try #require(try gateway.auditLog.documents.last)
        #expect(line["state_before"] == "succeeded")
        #expect(line["state_after"] == "succeeded")
        #expect(line["upstream_request_id"]?.string == Upstream.requestID)
    }

    @Test(
        "a caller who was refused is named where it is known",
        arguments: [TestKey.confined, .without(.transferJobsCancel), .unknown])
    func refused(key: TestKey) async throws {
        let gateway = TestGateway()
        let answer = await gateway.send("DELETE", Upstream.transferJob + "?target=default", key: key)
        let line = try #require(try gateway.auditLog.documents.last)
        #expect(gateway.auditLog.lines.count == 1)
        #expect(line["entry"] == "refusal")
        #expect(line["caller_id"] == (answer.status == 401 ? .null : .string(key.record.id)))
        #expect(line["auth"] == (answer.status == 401 ? .null : .string("api-key:\(key.record.id)")))
        #expect(line["target"] == "default")
        #expect(line["job"] == "transfer-1")
    }

    @Test("what a stranger writes in place of a target is not kept")
    func strangeTarget() async throws {
        let gateway = TestGateway()
        _ = await gateway.send("DELETE", Upstream.transferJob + "?target=prod-us", key: .unknown)
        #expect(try gateway.auditLog.last["target"] == .null)
    }

    @Test("a key in the path, the request's id or the query is not kept")
    func secrets() async throws {
        let key = TestKey.full.text
        let gateway = TestGateway(aws: [JobKind.transfer.cancels()])
        let answer = await gateway.send("DELETE", "/transfer-jobs/\(key)", headers: ["X-Request-Id": "a-\(key)"])
        _ = await gateway.send("DELETE", "/projects/p\(key)/conversions/\(key)a?api_key=\(key)&target=\(key)")
        let lines = gateway.auditLog.lines
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { !$0.contains(key) && !$0.contains("s3cR-t_") })
        #expect(try gateway.auditLog.documents[0]["job"] == "[credential]")
        let requestID = try #require(answer.headers.first("X-Request-Id"))
        #expect(!requestID.contains(key))
        #expect(try gateway.auditLog.documents[0]["request_id"]?.string == requestID)
        #expect(try gateway.auditLog.last["project"] == "p[credential]")
        #expect(try gateway.auditLog.last["job"] == "[credential]a")
    }
}
