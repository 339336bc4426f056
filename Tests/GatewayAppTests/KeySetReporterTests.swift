import Authentication
import GatewayApp
import Logging
import Observability
import Synchronization
import Testing

@Suite("Key set reporter")
final class KeySetReporterTests: Sendable {
    private let lines = Mutex<[String]>([])

    @Test("each change is said once: keys that come, that fail, that come back, that are others")
    func changes() {
        let reporter = KeySetReporter(
            logger: Logger(label: "test") { _ in
                JSONLogHandler(level: .trace) { line in
                    self.lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
                }
            })
        let good = KeySetStatus(state: .ok, keys: 2, skipped: 1, failure: nil)
        let stale = KeySetStatus(state: .stale, keys: 2, skipped: 1, failure: .status(500))
        let staleOtherwise = KeySetStatus(state: .stale, keys: 2, skipped: 1, failure: .timedOut)
        let more = KeySetStatus(state: .ok, keys: 3, skipped: 1, failure: nil)
        for status in [good, good, stale, stale, staleOtherwise, good, more, more] {
            reporter.report(.init(issuer: "corp", keySet: status))
        }
        reporter.report(.init(issuer: "partner", keySet: good))
        let said = lines.withLock { $0 }
        #expect(said.count == 5)
        #expect(said.map { $0.contains(#""level":"warning""#) } == [false, true, false, false, false])
        #expect(said[1].contains(#""cause":"the answer has the status 500""#))
        #expect(said[3].contains(#""keys":3"#))
        #expect(said[4].contains(#""issuer":"partner""#))
    }
}
