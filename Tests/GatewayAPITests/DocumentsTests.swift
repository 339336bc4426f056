import AWSRuntime
import GatewayAPI
import GatewayAPITestSupport
import GatewayCore
import GatewayTestSupport
import HTTPServer
import Testing

@Suite("Documents")
struct DocumentsTests {
    @Test("every problem code has a page for people", arguments: ProblemCode.allCases)
    func problemPage(code: ProblemCode) async {
        let answer = await TestGateway().send("GET", "/problems/\(code.rawValue)", key: nil)
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == ["text/html; charset=utf-8"])
        #expect(answer.headers["Content-Security-Policy"] == ["default-src 'none'"])
        #expect(answer.text.hasPrefix("<!doctype html>\n"))
        #expect(answer.text.contains("<h1>\(code.rawValue)</h1>"))
        #expect(answer.text.contains("HTTP status \(code.status)"))
    }

    @Test("a page's text is escaped: it has no elements but its own", arguments: ProblemCode.allCases)
    func escaped(code: ProblemCode) async {
        let page = await TestGateway().send("GET", "/problems/\(code.rawValue)", key: nil).text
        let elements = page.matches(of: /<\/?([^\s>]+)[^>]*>/).map { String($0.output.1) }
        #expect(Set(elements).isSubset(of: ["!doctype", "html", "meta", "title", "h1", "p", "code"]))
        #expect(elements.filter { $0 == "code" }.count.isMultiple(of: 2))
        #expect(!page.contains("`"))
        #expect(page.matches(of: /&(?!lt;|amp;|gt;)/).isEmpty)
    }

    @Test("the placeholder of a key is shown as text")
    func placeholder() async {
        let page = await TestGateway().send("GET", "/problems/unauthenticated", key: nil).text
        #expect(page.contains("<code>Authorization: Bearer &lt;key></code>"))
    }

    @Test("a code that there is not has no page", arguments: ["none", "Conflict", "conflict%20", "%3Cscript%3E"])
    func noPage(code: String) async {
        let answer = await TestGateway().send("GET", "/problems/\(code)", key: nil)
        #expect(answer.status == 404)
        #expect(answer.code == "no-such-route")
        #expect(answer.headers["Content-Type"] == ["application/problem+json"])
    }

    @Test("openapi.yaml is served as it stands in the repository")
    func yaml() async {
        let answer = await TestGateway().send("GET", "/openapi.yaml", key: nil)
        #expect(answer.headers["Content-Type"] == ["application/yaml"])
        #expect(answer.text == String(decoding: OpenAPIDocument.yaml, as: UTF8.self))
        #expect(answer.text.hasPrefix("openapi: 3.1.0\n"))
    }

    @Test("openapi.json is what the gateway was given")
    func json() async {
        let answer = await TestGateway().send("GET", "/openapi.json", key: nil)
        #expect(answer.headers["Content-Type"] == ["application/json"])
        #expect(answer.text == "{}")
    }
}

@Suite("Health")
struct HealthTests {
    @Test("a gateway that takes requests is alive and ready", arguments: ["/livez", "/readyz"])
    func ok(path: String) async {
        let gateway = TestGateway()
        let answer = await gateway.send("GET", path, key: nil)
        #expect(answer.status == 200)
        #expect(answer.text == "{\"status\":\"ok\"}")
        #expect(answer.headers["Cache-Control"] == ["no-store"])
        #expect(gateway.aws.requests.isEmpty)
    }

    @Test("one that shuts down is alive, and not ready")
    func draining() async {
        let gateway = TestGateway(isDraining: true)
        #expect(await gateway.send("GET", "/livez", key: nil).status == 200)
        let answer = await gateway.send("GET", "/readyz", key: nil)
        #expect(answer.status == 503)
        #expect(answer.code == "draining")
        #expect(answer.headers["Retry-After"] == ["1"])
    }

    @Test("one that shuts down still answers jobs")
    func drainingAnswers() async {
        let gateway = TestGateway(aws: [Upstream.transfer("RUNNING")], isDraining: true)
        #expect(await gateway.send("GET", Upstream.transferJob).status == 200)
    }

    @Test("one without AWS credentials is ready all the same")
    func withoutCredentials() async {
        let gateway = TestGateway(credentials: CredentialsCache(CredentialsProviderChain([])))
        #expect(await gateway.send("GET", "/readyz", key: nil).status == 200)
    }
}
