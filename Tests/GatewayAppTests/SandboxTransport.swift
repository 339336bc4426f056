import AWSRuntime
import Foundation
import HTTPServer
import Resilience
import Sandbox
import Synchronization

/// The simulated AWS at the end of a transport, with a clock of its own and errors in the place of some answers.
final class SandboxTransport: HTTPTransport {
    private let aws: SimulatedAWS
    private let date: Date
    private let faults: [String: TransportResponse]
    private let asked = Mutex<[String]>([])

    /// Makes an AWS.
    ///
    /// - Parameters:
    ///   - date: AWS's time.
    ///   - faults: What is answered to an operation, named as `X-Amz-Target` or the path does, instead.
    init(at date: Date, faults: [String: TransportResponse] = [:]) {
        self.aws = SimulatedAWS(jobs: SandboxScript.jobs(startingAt: date)) { date }
        self.date = date
        self.faults = faults
    }

    /// Every operation that was asked for: the end of `X-Amz-Target`, the action of a form, or the path.
    var operations: [String] { asked.withLock { $0 } }

    func send(_ request: TransportRequest, deadline: Deadline) async throws(TransportError) -> TransportResponse {
        let operation = Self.operation(of: request)
        asked.withLock { $0.append(operation) }
        let time = [(name: "Date", value: HTTPDate.text(second: Int(date.timeIntervalSince1970.rounded(.down))))]
        if var fault = faults[operation] {
            fault.headers += time
            return fault
        }
        var fields: HeaderFields = [:]
        for header in request.headers { fields.add(header.name, header.value) }
        let response = await aws.respond(
            to: Request(method: request.method, target: request.target, headers: fields, body: request.body))
        return TransportResponse(
            status: response.status.code, headers: time + response.headers.map { (name: $0.name, value: $0.value) },
            body: response.body)
    }

    private static func operation(of request: TransportRequest) -> String {
        if let target = request.headers.first(where: { $0.name.lowercased() == "x-amz-target" })?.value {
            return String(target.split(separator: ".").last ?? "")
        }
        let form = String(decoding: request.body, as: UTF8.self)
        guard request.target == "/", form.hasPrefix("Action=") else { return request.target }
        return String(form.dropFirst("Action=".count).prefix { $0 != "&" })
    }
}
