import AWSRuntime
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@Suite("The probe of an endpoint", .timeLimit(.minutes(1)))
struct EndpointProbeTests {
    @Test("reaches a server over TCP, and says nothing to it")
    func plain() async throws {
        let server = try LocalServer { $0.waitForClose() }
        #expect(try await probe("http://127.0.0.1:\(server.port)") == .reached)
        #expect(server.requests == [])
    }

    @Test("reaches a server over TLS whose certificate is of a named authority")
    func secure() async throws {
        let certificate = try TestCertificate(address: [127, 0, 0, 1])
        let directory = try TemporaryDirectory()
        let roots = try directory.write(certificate.pem, to: "roots.pem")
        let finding = try await withServer(certificate) { port in
            try await probe("https://127.0.0.1:\(port)", trustRootsPath: roots)
        }
        #expect(finding == .reached)
    }

    @Test("trusts no certificate of an authority that nobody named")
    func unknownAuthority() async throws {
        let certificate = try TestCertificate(address: [127, 0, 0, 1])
        let finding = try await withServer(certificate) { try await probe("https://127.0.0.1:\($0)") }
        expectDistrust(finding)
    }

    @Test("trusts no certificate of another address, be its authority trusted")
    func otherAddress() async throws {
        let certificate = try TestCertificate(address: [127, 0, 0, 2])
        let directory = try TemporaryDirectory()
        let roots = try directory.write(certificate.pem, to: "roots.pem")
        let finding = try await withServer(certificate) { port in
            try await probe("https://127.0.0.1:\(port)", trustRootsPath: roots)
        }
        expectDistrust(finding)
    }

    @Test("trusts no server that speaks no TLS")
    func noTLS() async throws {
        let server = try LocalServer { connection in
            connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            connection.waitForClose()
        }
        expectDistrust(try await probe("https://127.0.0.1:\(server.port)"))
    }

    @Test("gives up a server that is silent in the handshake, and not before its time")
    func silent() async throws {
        let server = try LocalServer { $0.waitForClose() }
        let begin = ContinuousClock.now
        #expect(try await probe("https://127.0.0.1:\(server.port)", timeout: .milliseconds(300)) == .timedOut)
        #expect(begin.duration(to: .now) >= .milliseconds(300))
    }

    @Test("does not reach a server that hangs up in the handshake")
    func hungUp() async throws {
        let server = try LocalServer { _ in }
        switch try await probe("https://127.0.0.1:\(server.port)") {
        case .notConnected, .notTrusted: break
        case let finding: Issue.record("it found \(finding)")
        }
    }

    @Test("does not reach a port where nobody listens", arguments: ["http", "https"])
    func refused(scheme: String) async throws {
        let finding = try await LocalServer.withRefusingPort { try await probe("\(scheme)://127.0.0.1:\($0)") }
        guard case .notConnected(let reason) = finding else {
            Issue.record("it found \(finding)")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test("tells a name that has no address, as RFC 6761 keeps `invalid`", arguments: ["http", "https"])
    func nameWithoutAddress(scheme: String) async throws {
        #expect(try await probe("\(scheme)://nowhere.invalid") == .nameNotResolved)
    }

    private func probe(
        _ url: String, trustRootsPath: String? = nil, timeout: Duration = .seconds(30)
    ) async throws -> EndpointProbe.Finding {
        let endpoint = try #require(Endpoint(url: url, region: "eu-west-1"))
        return await EndpointProbe(group: MultiThreadedEventLoopGroup.singleton, trustRootsPath: trustRootsPath)
            .probe(endpoint, timeout: timeout)
    }

    private func expectDistrust(_ finding: EndpointProbe.Finding) {
        guard case .notTrusted(let reason) = finding else {
            Issue.record("it found \(finding)")
            return
        }
        #expect(!reason.isEmpty)
    }

    /// Runs a test beside a TLS server of 127.0.0.1 that has this certificate.
    private func withServer<Result: Sendable>(
        _ certificate: TestCertificate, _ body: (Int) async throws -> Result
    ) async throws -> Result {
        let chain = try NIOSSLCertificate(bytes: certificate.der, format: .der)
        let key = try NIOSSLPrivateKey(bytes: certificate.keyDER, format: .der)
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [.certificate(chain)], privateKey: .privateKey(key)))
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = .success(try await body(try #require(server.localAddress?.port)))
        } catch {
            outcome = .failure(error)
        }
        try await server.close().get()
        return try outcome.get()
    }
}
