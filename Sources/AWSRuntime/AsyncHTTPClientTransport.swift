import AsyncHTTPClient
import Foundation
package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
package import Resilience

/// ``HTTPTransport`` on AsyncHTTPClient.
package final class AsyncHTTPClientTransport: HTTPTransport {
    private let client: HTTPClient

    /// Creates a transport; ``shutdown()`` ends it.
    ///
    /// - Parameters:
    ///   - eventLoopGroup: The loops that its connections run on.
    ///   - connectTimeout: How long a TCP connection may take to be made.
    ///   - trustRootsPath: A PEM file of the certificate authorities to trust; the system's when `nil`.
    ///   - maxConnectionsPerHost: AsyncHTTPClient keeps to 8 connections a host unless told otherwise.
    package init(
        eventLoopGroup: any EventLoopGroup, connectTimeout: Duration, trustRootsPath: String?,
        maxConnectionsPerHost: Int = 512
    ) {
        let configuration = Self.configuration(
            connectTimeout: connectTimeout, trustRootsPath: trustRootsPath, maxConnectionsPerHost: maxConnectionsPerHost
        )
        client = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: configuration)
    }

    /// Whether a PEM file holds at least one certificate authority that can be read.
    package static func canTrust(rootsAt path: String) -> Bool {
        // Why it cannot be read makes no difference to the answer, which is no.
        (try? NIOSSLCertificate.fromPEMFile(path))?.isEmpty == false
    }

    /// Closes every connection.
    package func shutdown() async throws {
        try await client.shutdown()
    }

    private static func configuration(
        connectTimeout: Duration, trustRootsPath: String?, maxConnectionsPerHost: Int
    ) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let trustRootsPath { tls.trustRoots = .file(trustRootsPath) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .nanoseconds(connectTimeout.wholeNanoseconds))
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = maxConnectionsPerHost
        // A refused connection is an attempt that failed; when to try again is the retry strategy's to say.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return configuration
    }

    /// Sends one request; the deadline covers the whole exchange, the last byte of the body included.
    package func send(
        _ request: TransportRequest, deadline: Deadline
    ) async throws(TransportError) -> TransportResponse {
        guard !deadline.hasPassed() else { throw .timedOut }
        let clientRequest = Self.clientRequest(request)
        let client = client
        let result = await withTaskGroup(of: Result<TransportResponse, TransportError>?.self) { group in
            group.addTask {
                await Self.exchange(clientRequest, client: client, deadline: deadline)
            }
            group.addTask {
                // Cancelled when the exchange is first; then its result is not looked at.
                try? await Task.sleep(until: deadline.instant, clock: .continuous)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        if Task.isCancelled { throw .cancelled }
        guard let result else { throw .timedOut }
        return try result.get()
    }

    private static func clientRequest(_ request: TransportRequest) -> HTTPClientRequest {
        let endpoint = request.endpoint
        var result = HTTPClientRequest(url: "\(endpoint.scheme)://\(endpoint.authority)\(request.target)")
        result.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers { result.headers.add(name: name, value: value) }
        if !request.body.isEmpty { result.body = .bytes(request.body) }
        return result
    }

    private static func exchange(
        _ request: HTTPClientRequest, client: HTTPClient, deadline: Deadline
    ) async -> Result<TransportResponse, TransportError> {
        let response: HTTPClientResponse
        do {
            let remaining = TimeAmount.nanoseconds(deadline.remaining().wholeNanoseconds)
            response = try await client.execute(request, deadline: .now() + remaining)
        } catch {
            return .failure(transportError(error))
        }
        var result = TransportResponse(
            status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) })
        do {
            result.body = Array(try await response.body.collect(upTo: maxResponseBytes).readableBytesView)
            return .success(result)
        } catch is NIOTooManyBytesError where result.status >= 300 {
            // A failure's status says enough; its page of megabytes is not wanted.
            return .success(result)
        } catch {
            guard case .connectionLost(let reason) = transportError(error) else {
                return .failure(transportError(error))
            }
            return .failure(.malformedAnswer(reason))
        }
    }

    private static let connectFailures: Set<CInt> = [
        ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT, EADDRNOTAVAIL,
    ]

    private static func transportError(_ error: any Error) -> TransportError {
        switch error {
        case is CancellationError: .cancelled
        case is NIOTooManyBytesError: .responseTooLarge(limit: maxResponseBytes)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: .tlsFailed("\(error)")
        case is HTTPParserError: .malformedAnswer("\(error)")
        case is NIOConnectionError: .connectFailed("\(error)")
        // A host that is an address is connected to without a list of tries, and fails with the system's own error.
        case let error as IOError where connectFailures.contains(error.errnoCode): .connectFailed("\(error)")
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout, .getConnectionFromPoolTimeout: .connectFailed(error.shortDescription)
            case .tlsHandshakeTimeout: .tlsFailed(error.shortDescription)
            case .deadlineExceeded, .readTimeout, .writeTimeout: .timedOut
            case .cancelled: .cancelled
            default: .connectionLost(error.shortDescription)
            }
        default: .connectionLost("\(error)")
        }
    }
}

extension Duration {
    /// The whole nanoseconds of the duration; durations beyond a century are cut.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(seconds, 3_155_760_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
