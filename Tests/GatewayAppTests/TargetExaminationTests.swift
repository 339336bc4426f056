import AWSRuntime
import Foundation
import GatewayApp
import GatewayTestSupport
import Sandbox
import SigV4
import Testing

@Suite("The doctor's examination of a target")
struct TargetExaminationTests {
    private static let now = Date(timeIntervalSince1970: 1_795_251_600)
    /// Our clock is in the midst of a second, AWS's at its beginning.
    private static let ours = now + 0.5
    private static let names = [
        "credentials", "identity", "clock", "dms-endpoint", "iottwinmaker-endpoint", "iottwinmaker-region", "dms-read",
        "iottwinmaker-read",
    ]

    @Test("finds everything well on the sandbox's AWS, in the order of its description")
    func healthy() async throws {
        let transport = SandboxTransport(at: Self.now)
        let checks = try await examine(transport)
        #expect(checks.map(\.name) == Self.names)
        #expect(checks.allSatisfy { $0.status == .ok }, "\(checks)")
        #expect(checks.allSatisfy { $0.target == "one" && $0.hint == nil && !$0.detail.isEmpty })
        #expect(checks[0].detail.contains("ending in MPLE, does not expire"))
        #expect(!checks[0].detail.contains(SimulatedAWS.credentials.accessKeyID))
        #expect(
            checks[1].detail == "arn:aws:iam::123456789012:user/jobgate-sandbox in the account 123456789012")
        #expect(
            Set(transport.operations) == [
                "GetCallerIdentity", "DescribeMetadataModelConversions", "/metadata-transfer-jobs/jobgate-doctor",
            ], "it reads, and nothing else")
    }

    @Test("looks at a role's own credentials")
    func role() async throws {
        let checks = try await examine(change: { $0.roleARN = "arn:aws:iam::123456789012:role/jobgate" })
        #expect(checks.allSatisfy { $0.status == .ok }, "\(checks)")
        #expect(checks[0].detail.contains("role arn:aws:iam::123456789012:role/jobgate"))
        #expect(checks[0].detail.contains("expires 2026-11-21T10:00:00Z"))
        #expect(
            checks[1].detail
                == "arn:aws:sts::123456789012:assumed-role/jobgate/jobgate in the account 123456789012")
    }

    @Test("says how to get a role that may not be taken on")
    func deniedRole() async throws {
        let checks = try await examine(change: { $0.roleARN = "arn:aws:iam::210987654321:role/jobgate" })
        #expect(checks[0].status == .fail)
        #expect(checks[0].detail.contains("AccessDenied"))
        #expect(checks[0].hint?.contains("sts:AssumeRole") == true)
        #expect(failed(checks) == ["credentials"])
    }

    @Test("without credentials says so, and looks at what needs none")
    func noCredentials() async throws {
        let transport = SandboxTransport(at: Self.now)
        let checks = try await examine(
            transport, environment: ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""])
        #expect(failed(checks) == ["credentials"])
        #expect(checks[0].hint?.isEmpty == false)
        #expect(skipped(checks) == ["identity", "clock", "dms-read", "iottwinmaker-read"])
        #expect(transport.operations == [])
    }

    @Test("tells a wrong secret from everything else, and shows none of it")
    func wrongSecret() async throws {
        let checks = try await examine(environment: ["AWS_SECRET_ACCESS_KEY": "another-secret-EXAMPLE"])
        #expect(failed(checks) == ["identity", "dms-read", "iottwinmaker-read"])
        #expect(checks[1].detail.contains("SignatureDoesNotMatch"))
        #expect(checks[1].hint?.contains("secret access key") == true)
        #expect(checks[2].status == .ok)
        #expect(!"\(checks)".contains("another-secret"))
    }

    @Test("an identity of another account than the target's is a failure")
    func otherAccount() async throws {
        let checks = try await examine(change: { $0.account = "210987654321" })
        #expect(failed(checks) == ["identity"])
        #expect(checks[1].detail.contains("123456789012") && checks[1].detail.contains("210987654321"))
        #expect(checks[1].hint?.isEmpty == false)
    }

    @Test(
        "tells how far the clock is from AWS's, to the half second that a header cut to the second allows",
        arguments: [
            (0, .ok, "agrees with AWS's"), (-0.4, .ok, "agrees with AWS's"), (0.4, .ok, "agrees with AWS's"),
            (-30, .ok, "30 s behind AWS's"),
            (30, .ok, "30 s ahead of AWS's"), (-600, .warn, "600 s behind AWS's"), (600, .warn, "600 s ahead of AWS's"),
        ] as [(Double, DoctorCheck.Status, String)])
    func clock(offset: Double, status: DoctorCheck.Status, words: String) async throws {
        // Our clock reads AWS's time and so much more.
        let checks = try await examine(SandboxTransport(at: Self.ours - offset))
        #expect(checks[2].status == status)
        #expect(checks[2].detail.hasPrefix(words), "\(checks[2].detail)")
        #expect((checks[2].hint == nil) == (status == .ok))
        #expect(failed(checks) == [], "the client corrects it")
    }

    @Test(
        "names the permission that a read lacks",
        arguments: [
            ("DescribeMetadataModelConversions", "dms-read", "dms:ListMetadataModelConversions"),
            (
                "/metadata-transfer-jobs/jobgate-doctor", "iottwinmaker-read", "iottwinmaker:GetMetadataTransferJob"
            ),
        ])
    func denied(operation: String, name: String, action: String) async throws {
        let body = #"{"__type":"AccessDeniedException","message":"no"}"#
        let fault = TransportResponse(
            status: 403, headers: [(name: "x-amzn-ErrorType", value: "AccessDeniedException")], body: Array(body.utf8))
        let checks = try await examine(SandboxTransport(at: Self.now, faults: [operation: fault]))
        #expect(failed(checks) == [name])
        #expect(checks.first { $0.name == name }?.hint?.contains(action) == true)
    }

    @Test(
        "an endpoint that is not reached is a failure with a hint, and its service is not asked",
        arguments: [
            (.nameNotResolved, "no address"), (.notConnected("refused\nsecond line"), "(refused)"),
            (.notTrusted("unknown authority"), "no trusted TLS connection (unknown authority)"),
            (
                .notTrusted(
                    "sslError([Error: 1 error:7d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at /a/b.c:1])"),
                "no trusted TLS connection (certificate verify failed)"
            ),
            (.timedOut, "no connection in time"),
        ] as [(EndpointProbe.Finding, String)])
    func unreached(finding: EndpointProbe.Finding, words: String) async throws {
        let transport = SandboxTransport(at: Self.now)
        let checks = try await examine(transport, probe: { $0.host.hasPrefix("dms.") ? finding : .reached })
        let check = try #require(checks.first { $0.name == "dms-endpoint" })
        #expect(failed(checks) == ["dms-endpoint"])
        #expect(check.detail.contains("dms.eu-west-1.amazonaws.com") && check.detail.contains(words))
        #expect(check.hint?.isEmpty == false)
        #expect(skipped(checks) == ["dms-read"])
        #expect(!transport.operations.contains("DescribeMetadataModelConversions"))
    }

    @Test("a region without TwinMaker is warned of, and its checks are left out")
    func noTwinMaker() async throws {
        let checks = try await examine(StubTransport([]), change: { $0.region = "us-west-1" })
        #expect(checks.map(\.name) == Self.names)
        #expect(checks[5].status == .warn)
        #expect(checks[5].detail.contains("us-west-1"))
        #expect(checks[5].hint?.isEmpty == false)
        #expect(checks[4].status == .skip && checks[7].status == .skip)
    }

    @Test("an STS that cannot be reached is no failure: jobs are cancelled without it")
    func noSTS() async throws {
        let checks = try await examine(StubTransport([]))
        #expect(checks[1].status == .warn)
        #expect(checks[1].detail.hasPrefix("STS: the connection was lost"))
        #expect(checks[2].status == .skip)
        let unresolved = try await examine(
            StubTransport([]), probe: { $0.host.hasPrefix("sts.") ? .nameNotResolved : .reached })
        #expect(unresolved[1].status == .warn)
        #expect(unresolved[1].detail == "STS: the name sts.eu-west-1.amazonaws.com has no address")
        #expect(unresolved[1].hint?.contains("DNS") == true)
    }

    private func failed(_ checks: [DoctorCheck]) -> [String] { checks.filter { $0.status == .fail }.map(\.name) }

    private func skipped(_ checks: [DoctorCheck]) -> [String] { checks.filter { $0.status == .skip }.map(\.name) }

    private func examine(
        _ transport: any HTTPTransport = SandboxTransport(at: Self.now), environment: [String: String] = [:],
        change: (inout GatewayConfiguration.Target) -> Void = { _ in },
        probe: @escaping @Sendable (Endpoint) -> EndpointProbe.Finding = { _ in .reached }
    ) async throws -> [DoctorCheck] {
        let variables = [
            "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": SimulatedAWS.credentials.accessKeyID,
            "AWS_SECRET_ACCESS_KEY": SimulatedAWS.credentials.secretAccessKey, "AWS_EC2_METADATA_DISABLED": "true",
        ]
        var configuration = GatewayConfiguration()
        configuration.targets = [.init(name: "one")]
        change(&configuration.targets[0])
        let target = try #require(
            AWSTarget.resolveAll(configuration, environment: variables.merging(environment) { $1 }).first)
        // Time stands still, and nobody's patience ends, however slow the machine is.
        let start = ContinuousClock.now
        configuration.aws.timeout = .seconds(600)
        let time = AWSClientTime(
            date: { Self.ours }, now: { start }, sleep: { try await Task.sleep(for: $0) }, jitter: { 0 })
        return await TargetExamination(
            target, aws: configuration.aws, transport: transport, time: time, probe: { endpoint, _ in probe(endpoint) }
        ).checks()
    }
}
