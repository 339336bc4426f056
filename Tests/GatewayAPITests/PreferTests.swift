import GatewayAPITestSupport
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("Prefer")
struct PreferTests {
    @Test(
        "is read as RFC 7240 writes it, and what was honoured is told",
        arguments: [
            (["wait=10"], "wait=10"), (["Wait=10"], "wait=10"), (["WAIT=10"], "wait=10"), (["wait=\"10\""], "wait=10"),
            (["wait = 10"], "wait=10"), (["  wait\t=\t10  "], "wait=10"), (["wait=0"], "wait=0"),
            (["wait=010"], "wait=10"), (["wait=10; x=y"], "wait=10"), (["wait=10;x"], "wait=10"),
            (["foo; bar, wait=10"], "wait=10"), (["foo=\"a\", wait=10"], "wait=10"),
            (["return=minimal", "wait=10"], "wait=10"), (["wait=10", "wait=20"], "wait=10"),
            (["wait=10, wait=20"], "wait=10"), (["wait=x, wait=20"], "wait=20"), ([",,wait=10,"], "wait=10"),
            (["wait=55"], "wait=55"), (["wait=56"], "wait=55"), (["wait=100000"], "wait=55"),
            (["wait=10000000000"], "wait=55"), (["wait=99999999999999999999999999"], "wait=55"),
            (["wait=0000000000010"], "wait=10"), (["respond-async"], "respond-async"),
            (["Respond-Async"], "respond-async"), (["respond-async, wait=10"], "respond-async, wait=10"),
            (["wait=10, respond-async"], "respond-async, wait=10"), (["respond-async; x=y"], "respond-async"),
        ])
    func applied(fields: [String], expected: String) async {
        let answer = await read(prefer: fields)
        #expect(answer.status == 200)
        #expect(answer.headers["Preference-Applied"] == [expected])
    }

    @Test(
        "what is not known or not valid counts as not sent",
        arguments: [
            [], [""], ["wait"], ["wait="], ["wait=\"\""], ["wait=-1"], ["wait=+1"], ["wait=1.5"], ["wait=1s"],
            ["wait=ten"], ["wait=0x10"], ["wait=\"10"], ["wait=\u{661}\u{660}"], ["waits=10"], ["return=minimal"],
            ["handling=strict"], ["wait 10"], ["foo=\"wait=10\""], ["foo=\"a, wait=10, b\""],
            ["foo=\"a,respond-async,b\""], ["foo=\"a\\\",wait=10,b\""], ["foo;wait=10"],
        ])
    func ignored(fields: [String]) async {
        let answer = await read(prefer: fields)
        #expect(answer.status == 200)
        #expect(!answer.headers.contains("Preference-Applied"))
    }

    @Test("a wait ends as soon as the job does", arguments: JobKind.allCases)
    func waitsForTheEnd(kind: JobKind) async throws {
        let gateway = TestGateway(aws: [kind.cancels(), kind.reads(.cancelling), kind.reads(.cancelled)])
        let answer = await gateway.send("DELETE", kind.path, headers: ["Prefer": "wait=30"])
        #expect(answer.status == 200)
        #expect(answer.headers["Preference-Applied"] == ["wait=30"])
        #expect(try answer.json["state"] == "cancelled")
        #expect(gateway.clock.slept == [.seconds(1), .seconds(2)])
    }

    @Test(
        "a job that ends otherwise while it is cancelled ends the wait", arguments: [UpstreamState.succeeded, .failed])
    func endsOtherwise(state: UpstreamState) async throws {
        let gateway = TestGateway(aws: [Upstream.transfer("CANCELLING"), Upstream.transfer(state.twinMaker)])
        let answer = await gateway.send("DELETE", Upstream.transferJob, headers: ["Prefer": "wait=30"])
        #expect(answer.status == 200)
        #expect(try answer.json["state"]?.string == "\(state)")
    }

    @Test(
        "a wait is never longer than it was asked for, and never longer than 55 seconds",
        arguments: [(7, 7), (300, 55)])
    func bounded(asked: Int, waited: Int) async throws {
        let gateway = TestGateway(aws: Array(repeating: Upstream.transfer("CANCELLING"), count: 30))
        let answer = await gateway.send("DELETE", Upstream.transferJob, headers: ["Prefer": "wait=\(asked)"])
        #expect(answer.status == 202)
        #expect(answer.headers["Preference-Applied"] == ["wait=\(waited)"])
        #expect(answer.headers["Location"] == [Upstream.transferJob])
        #expect(gateway.clock.slept.reduce(.zero, +) == .seconds(waited))
    }

    @Test("a read waits as well")
    func readWaits() async throws {
        let gateway = TestGateway(aws: [Upstream.describes("IN_PROGRESS"), Upstream.describes("SUCCESS")])
        let answer = await gateway.send("GET", Upstream.conversion, headers: ["Prefer": "wait=5"])
        #expect(try answer.json["state"] == "succeeded")
    }

    @Test("respond-async alone is answered at once")
    func respondAsync() async {
        let gateway = TestGateway(aws: [Upstream.transfer("CANCELLING")])
        let answer = await gateway.send("DELETE", Upstream.transferJob, headers: ["Prefer": "respond-async"])
        #expect(answer.status == 202)
        #expect(answer.headers["Preference-Applied"] == ["respond-async"])
        #expect(gateway.clock.slept.isEmpty)
    }

    private func read(prefer fields: [String]) async -> Answer {
        var headers: HeaderFields = [:]
        for field in fields { headers.add("Prefer", field) }
        return await TestGateway(aws: [Upstream.transfer("COMPLETED")]).send(
            "GET", Upstream.transferJob, headers: headers)
    }
}
