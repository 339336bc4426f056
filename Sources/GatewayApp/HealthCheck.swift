import AWSRuntime
import NIOPosix
import Resilience

/// Asks a running gateway whether it is well; a container's health check, which has no curl.
package enum HealthCheck {
    /// Fetches `url`.
    ///
    /// - Returns: `nil` when the answer is 200, else what was wrong.
    package static func failure(of url: String, timeout: Duration = .seconds(3)) async -> String? {
        let resolver = EndpointResolver(region: "local")
        guard let endpoint = try? resolver.endpoint(for: .health, override: .init(url: url, source: "--url")) else {
            return "\(url) is not a URL such as http://127.0.0.1:8080/readyz"
        }
        let transport = AsyncHTTPClientTransport(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, connectTimeout: timeout, trustRootsPath: nil)
        let request = TransportRequest(
            method: "GET", endpoint: endpoint, target: endpoint.basePath.isEmpty ? "/" : endpoint.basePath,
            headers: [("Host", endpoint.authority)], body: [])
        let failure: String?
        do {
            let status = try await transport.send(request, deadline: .after(timeout)).status
            failure = status == 200 ? nil : "\(url) answered \(status)"
        } catch {
            failure = "\(url) did not answer: \(reason(error))"
        }
        // The process ends next; a connection that cannot be closed is closed with it.
        try? await transport.shutdown()
        return failure
    }

    private static func reason(_ error: TransportError) -> String {
        switch error {
        case .connectFailed: "no connection"
        case .tlsFailed: "no trusted connection"
        case .connectionLost: "the connection was lost"
        case .malformedAnswer: "the answer is no HTTP"
        case .responseTooLarge: "the answer is too large"
        case .timedOut, .cancelled: "not in time"
        }
    }
}

extension AWSService {
    fileprivate static let health = AWSService(
        signingName: "health", hostPrefix: "", fipsHostPrefix: "", configurationName: "HEALTH", wireProtocol: .restJSON)
}
