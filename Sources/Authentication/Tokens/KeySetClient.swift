import AsyncHTTPClient
import Foundation
import GatewayCore
package import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Fetches issuers' documents over HTTP: with TLS always checked, no redirection followed, and no proxy.
package final class KeySetClient: Sendable {
    private let group: any EventLoopGroup
    private let state = Mutex(State())

    private struct State {
        var clients: [Authorities: HTTPClient] = [:]
        var isShutDown = false
    }

    /// The authorities of a file as it is now: a client reads its file once, and would never see another one there.
    private struct Authorities: Hashable {
        let path: String?
        private let version: [Int64]

        init(path: String?) {
            self.path = path
            // A file that is not there now is another one than any that will be.
            version = path.flatMap { try? FileStatus(of: $0) }?.version ?? []
        }
    }

    /// Creates a client; ``shutdown()`` ends it.
    ///
    /// - Parameter eventLoopGroup: The loops that its connections run on.
    package init(eventLoopGroup: any EventLoopGroup) {
        group = eventLoopGroup
    }

    /// Closes every connection.
    package func shutdown() async throws {
        let clients = state.withLock { state in
            defer { state = State(isShutDown: true) }
            return Array(state.clients.values)
        }
        for client in clients { try await client.shutdown() }
    }

    /// What fetches documents from servers that these certificate authorities vouch for.
    ///
    /// - Parameter trustRootsPath: A PEM file of the authorities; the system's when `nil`.
    /// - Returns: What fetches documents until ``shutdown()``.
    package func fetch(trusting trustRootsPath: String?) -> DocumentFetch {
        { [self] url, deadline throws(KeySetFault) in
            guard let client = client(trusting: trustRootsPath) else {
                throw .unreachable("the gateway is shutting down")
            }
            return try await document(url, client: client, by: deadline)
        }
    }

    /// One client for each set of authorities; `nil` once they are shut down, since nobody would end a new one.
    ///
    /// The client of an older version of a file stays until the end: a fetch may be under way on it, and such files
    /// change a few times a year.
    private func client(trusting trustRootsPath: String?) -> HTTPClient? {
        let authorities = Authorities(path: trustRootsPath)
        return state.withLock { state in
            guard !state.isShutDown else { return nil }
            if let client = state.clients[authorities] { return client }
            let client = HTTPClient(
                eventLoopGroupProvider: .shared(group), configuration: Self.configuration(trustRootsPath))
            state.clients[authorities] = client
            return client
        }
    }

    private static func configuration(_ trustRootsPath: String?) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let trustRootsPath { tls.trustRoots = .file(trustRootsPath) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(3))
        configuration.httpVersion = .http1Only
        return configuration
    }

    private func document(
        _ url: String, client: HTTPClient, by deadline: ContinuousClock.Instant
    ) async throws(KeySetFault) -> FetchedDocument {
        let result = await withTaskGroup(of: Result<FetchedDocument, KeySetFault>?.self) { group in
            group.addTask { await Self.exchange(url, client: client, by: deadline) }
            group.addTask {
                // Cancelled when the exchange is first; then its result is not looked at.
                try? await Task.sleep(until: deadline, clock: .continuous)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guard let result else { throw .timedOut }
        return try result.get()
    }

    private static func exchange(
        _ url: String, client: HTTPClient, by deadline: ContinuousClock.Instant
    ) async -> Result<FetchedDocument, KeySetFault> {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "application/json, application/jwk-set+json")
        request.headers.add(name: "User-Agent", value: "jobgate")
        do {
            let remaining = max(.zero, deadline - .now) / .seconds(1)
            let response = try await client.execute(request, deadline: .now() + .nanoseconds(Int64(remaining * 1e9)))
            guard response.status == .ok else { return .failure(.status(Int(response.status.code))) }
            let body = try await response.body.collect(upTo: KeySet.maxBytes)
            return .success(
                FetchedDocument(
                    body: Array(body.readableBytesView), maxAge: CacheControl.maxAge(response.headers["Cache-Control"]))
            )
        } catch {
            return .failure(fault(error))
        }
    }

    /// In words that hold no part of the URL but the host.
    private static func fault(_ error: any Error) -> KeySetFault {
        switch error {
        case is CancellationError: .timedOut
        case is NIOTooManyBytesError: .tooLarge
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: .unreachable("TLS failed (\(error))")
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout: .timedOut
        case let error as HTTPClientError: .unreachable(error.shortDescription)
        default: .unreachable("\(error)")
        }
    }
}
