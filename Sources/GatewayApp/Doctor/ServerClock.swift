import AWSRuntime
import Foundation
import Resilience
import Synchronization

/// Passes requests on, and keeps how far the clock of the AWS service that answered last is from ours.
final class ServerClock: HTTPTransport {
    private let transport: any HTTPTransport
    private let now: @Sendable () -> Date
    private let offset = Mutex<TimeInterval?>(nil)

    init(_ transport: any HTTPTransport, now: @escaping @Sendable () -> Date) {
        self.transport = transport
        self.now = now
    }

    /// The server's clock less ours, in seconds and to about half of one; `nil` before an answer with a `Date`.
    var skew: TimeInterval? { offset.withLock { $0 } }

    func send(_ request: TransportRequest, deadline: Deadline) async throws(TransportError) -> TransportResponse {
        let response = try await transport.send(request, deadline: deadline)
        // The services of AWS alone: a container's agent has the clock of its machine.
        let isSigned = request.headers.contains { name, value in
            name.lowercased() == "authorization" && value.hasPrefix("AWS4-")
        }
        if isSigned, let date = response.header("date").flatMap(ClockSkew.date(fromHTTP:)) {
            // A `Date` is cut to the second: on the average it is half a second older than it says.
            let difference = date.timeIntervalSince(now()) + 0.5
            offset.withLock { $0 = difference }
        }
        return response
    }
}
