import GatewayAPI
import GatewayAPITestSupport
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("Routing")
struct RoutingTests {
    @Test(
        "every route answers under its own template",
        arguments: [
            ("DELETE", Upstream.conversion, 202, "/projects/{project}/conversions/{request}"),
            ("GET", Upstream.conversion, 200, "/projects/{project}/conversions/{request}"),
            ("DELETE", Upstream.transferJob, 202, "/transfer-jobs/{id}"),
            ("GET", Upstream.transferJob, 200, "/transfer-jobs/{id}"),
            ("GET", "/audit", 404, "/audit"),
            ("GET", "/whoami", 200, "/whoami"),
            ("GET", "/openapi.yaml", 200, "/openapi.yaml"),
            ("GET", "/openapi.json", 200, "/openapi.json"),
            ("GET", "/problems/conflict", 200, "/problems/{code}"),
            ("GET", "/livez", 200, "/livez"),
            ("GET", "/readyz", 200, "/readyz"),
        ])
    func routes(method: String, path: String, status: Int, template: String) async throws {
        let step: StubTransport.Step =
            path == Upstream.transferJob
            ? Upstream.transfer("CANCELLING")
            : method == "GET" ? Upstream.describes("IN_PROGRESS") : Upstream.cancelsConversion()
        let gateway = TestGateway(aws: [step])
        let answer = await gateway.send(method, path)
        #expect(answer.status == status)
        #expect(try gateway.log.last["route"]?.string == template)
    }

    @Test("HEAD is answered as GET wherever there is a GET", arguments: Routes.all.filter { $0.method == "GET" })
    func head(route: Route) async {
        let folder = TrailFolder()
        defer { folder.remove() }
        let path = route.template.replacing("{project}", with: "orders").replacing("{request}", with: "conversion-1")
            .replacing("{id}", with: "transfer-1").replacing("{code}", with: "conflict")
        let step =
            path == Upstream.conversion ? Upstream.describes("IN_PROGRESS") : Upstream.transfer("RUNNING")
        let get = await TestGateway(aws: [step], trail: folder.trail).send(
            "GET", path, headers: ["X-Request-Id": "same"])
        let head = await TestGateway(aws: [step], trail: folder.trail).send(
            "HEAD", path, headers: ["X-Request-Id": "same"])
        #expect(head.status == 200)
        #expect(head.headers == get.headers)
        // The server leaves the body out; it has to know its length.
        #expect(head.text == get.text)
    }

    @Test(
        "a path that is none of the table is 404",
        arguments: [
            "/", "/nowhere", "/projects", "/projects/orders", "/projects/orders/conversions",
            "/projects/orders/conversions/c-1/events", "/projects/orders/creations/c-1", "/transfer-jobs", "/Whoami",
            "/WHOAMI", "/whoami.json", "/problems", "/problems/conflict/more",
        ])
    func notFound(path: String) async {
        let gateway = TestGateway()
        let answer = await gateway.send("GET", path)
        #expect(answer.status == 404)
        #expect(answer.code == "no-such-route")
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test(
        "a slash more or less is another path, never a job",
        arguments: [
            "/whoami/", "//whoami", "/transfer-jobs/", "/transfer-jobs/transfer-1/", "/transfer-jobs//transfer-1",
            "//transfer-jobs/transfer-1", "/projects//conversions/c-1", "/projects/orders/conversions/",
            "/projects/orders//conversions/c-1", "/livez/",
        ])
    func slashes(path: String) async {
        let gateway = TestGateway()
        for method in ["GET", "DELETE"] {
            let answer = await gateway.send(method, path)
            #expect(answer.status == 404)
        }
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test(
        "another method on a known path is 405 with Allow",
        arguments: [
            ("POST", Upstream.conversion, "DELETE, GET, HEAD"), ("PUT", Upstream.transferJob, "DELETE, GET, HEAD"),
            ("PATCH", Upstream.transferJob, "DELETE, GET, HEAD"), ("OPTIONS", Upstream.conversion, "DELETE, GET, HEAD"),
            ("TRACE", "/whoami", "GET, HEAD"), ("DELETE", "/whoami", "GET, HEAD"), ("POST", "/livez", "GET, HEAD"),
            ("get", "/whoami", "GET, HEAD"), ("delete", Upstream.conversion, "DELETE, GET, HEAD"),
        ])
    func methodNotAllowed(method: String, path: String, allow: String) async throws {
        let gateway = TestGateway()
        let answer = await gateway.send(method, path)
        #expect(answer.status == 405)
        #expect(answer.code == "method-not-allowed")
        #expect(answer.headers["Allow"] == [allow])
        #expect(try gateway.log.last["route"] != .null)
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test(
        "a segment that another reader might take apart is 400 and never reaches AWS",
        arguments: [
            "%2F", "a%2Fb", "a%2fb", "..", ".", "%2e%2e", "%2E", ".%2e", "%00", "a%00b", "a%0ab", "a%0d", "a%09",
            "a%1f", "a%7f", "%ff", "%c3%28", "%c0%ae", "%ed%a0%80", "%", "%2", "a%zz", "a%2",
        ])
    func unreadableSegments(segment: String) async {
        let gateway = TestGateway()
        for path in [
            "/transfer-jobs/\(segment)", "/projects/\(segment)/conversions/c-1",
            "/projects/orders/conversions/\(segment)",
            "/\(segment)/whoami",
        ] {
            for method in ["GET", "DELETE"] {
                let answer = await gateway.send(method, path)
                #expect(answer.status == 400, "\(method) \(path)")
                #expect(answer.code == "invalid-request")
            }
        }
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test(
        "a bad identifier is 400 and never reaches AWS",
        arguments: [
            "/transfer-jobs/a", "/transfer-jobs/-ab", "/transfer-jobs/ab-", "/transfer-jobs/ab_", "/transfer-jobs/a.b",
            "/transfer-jobs/a%20b", "/transfer-jobs/a%252Fb", "/transfer-jobs/\u{e4}bc", "/transfer-jobs/a:b",
            "/transfer-jobs/" + String(repeating: "a", count: 129), "/projects/orders/conversions/a%20b",
            "/projects/orders/conversions/caf%C3%A9",
            "/projects/orders/conversions/"
                + String(repeating: "a", count: 256),
            "/projects/" + String(repeating: "a", count: 256) + "/conversions/c-1",
            "/projects/arn:aws:s3:::bucket/conversions/c-1", "/projects/a%C2%80b/conversions/c-1",
        ])
    func badIdentifiers(path: String) async {
        let gateway = TestGateway()
        for method in ["GET", "DELETE"] {
            let answer = await gateway.send(method, path)
            #expect(answer.status == 400)
            #expect(answer.code == "invalid-request")
        }
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test(
        "an ARN's colons may be raw or percent-encoded",
        arguments: [
            "arn:aws:dms:eu-west-1:123456789012:migration-project:ORDERS",
            "arn%3Aaws%3Adms%3Aeu-west-1%3A123456789012%3Amigration-project%3AORDERS",
            "arn%3aaws:dms:eu-west-1:123456789012:migration-project%3AORDERS",
        ])
    func arns(project: String) async throws {
        let gateway = TestGateway(aws: [Upstream.describes("IN_PROGRESS")])
        let answer = await gateway.send("GET", "/projects/\(project)/conversions/conversion-1")
        #expect(answer.status == 200)
        #expect(
            try answer.json["self"]
                == "/projects/arn:aws:dms:eu-west-1:123456789012:migration-project:ORDERS/conversions/conversion-1")
    }

    @Test("a literal segment may be percent-encoded like any other")
    func encodedLiteral() async {
        let answer = await TestGateway().send("GET", "/%77hoami")
        #expect(answer.status == 200)
    }

    @Test("a path where the region has no TwinMaker is 404, and AWS is not asked")
    func noTwinMaker() async {
        let gateway = TestGateway(hasTwinMaker: false)
        for method in ["GET", "DELETE"] {
            let answer = await gateway.send(method, Upstream.transferJob)
            #expect(answer.status == 404)
            #expect(answer.code == "job-not-found")
        }
        #expect(gateway.aws.requests.isEmpty)
    }
}
