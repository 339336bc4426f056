import GatewayApp
import Testing

@Suite("jobgate health")
struct HealthCheckTests {
    @Test(
        "says what a URL must be when it is none",
        arguments: ["", "nonsense", "127.0.0.1:8080/readyz", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:0/"])
    func badURL(url: String) async {
        let failure = await HealthCheck.failure(of: url)
        #expect(failure == "\(url) is not a URL such as http://127.0.0.1:8080/readyz")
    }

    @Test("says that nothing answers where nothing listens")
    func refused() async throws {
        // Port 1 (tcpmux) is nobody's on a machine that runs tests.
        let failure = try #require(await HealthCheck.failure(of: "http://127.0.0.1:1/readyz"))
        #expect(failure.hasPrefix("http://127.0.0.1:1/readyz did not answer: "))
    }
}
