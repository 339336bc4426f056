import AWSRuntime
import GatewayAPITestSupport
import GatewayApp
import Logging
import Observability
import SigV4
import Testing

@Suite("The log of credentials")
struct CredentialsReporterTests {
    private let log = LogRecorder()

    private var logger: Logger {
        let write = log.write
        return Logger(label: "test") { _ in JSONLogHandler(level: .trace, write: write) }
    }

    private static let good = Result<ResolvedCredentials, CredentialsError>.success(
        ResolvedCredentials(
            Credentials(accessKeyID: "AKIDREPORTED", secretAccessKey: "hunter2"), source: "container"))
    private static let bad = Result<ResolvedCredentials, CredentialsError>.failure(
        .failed(provider: "container", reason: "is down"))

    @Test("an outage is told once at its begin and once at its end")
    func outage() async throws {
        let reporter = CredentialsReporter(logger: logger, target: "prod", session: "jobgate-k3f9a2bd")
        for result in [Self.good, Self.good, Self.bad, Self.bad, Self.bad, Self.good, Self.good, Self.bad] {
            reporter.report(result)
        }
        let lines = try log.lines.map { try JSON(text: $0) }
        #expect(lines.map { $0["level"] } == ["warning", "info", "warning"])
        #expect(lines.allSatisfy { $0["target"] == "prod" && $0["session"] == "jobgate-k3f9a2bd" })
        #expect(lines[0]["cause"] == "container: is down")
        #expect(lines[1]["source"] == "container")
        #expect(!log.lines.joined().contains("hunter2"))
    }

    @Test("what cannot be fetched from the start is told, with the profile whose identity it is")
    func start() async throws {
        CredentialsReporter(logger: logger, profile: "one").report(Self.bad)
        #expect(try log.last["profile"] == "one")
    }
}
