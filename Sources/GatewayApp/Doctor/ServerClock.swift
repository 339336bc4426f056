import AWSRuntime
import Foundation
import Resilience
import Synchronization

/// Passes requests on, and keeps how far the clock of the last server that answered is from ours.
final class ServerClock: HTTPTransport {
    private let transport: any HTTPTransport
    private let offset = Mutex<TimeInterval?>(nil)

    init(_ transport: any HTTPTransport) {
        self.transport = transport
    }

    /// The server's clock less ours, in seconds; `nil` before an answer with a `Date`.
    var skew: TimeInterval? { offset.withLock { $0 } }

    func send(_ request: TransportRequest, deadline: Deadline) async throws(TransportError) -> TransportResponse {
        let response = try await transport.send(request, deadline: deadline)
        if let date = response.header("date").flatMap(ClockSkew.date(fromHTTP:)) {
            let difference = date.timeIntervalSinceNow
            offset.withLock { $0 = difference }
        }
        return response
    }
}
