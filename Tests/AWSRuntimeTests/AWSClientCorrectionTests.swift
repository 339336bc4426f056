import AWSRuntime
import AWSServices
import GatewayTestSupport
import Resilience
import SigV4
import Synchronization
import Testing

/// What the client puts right on its own side and tries again at once: its clock and its credentials.
@Suite("The corrections of an AWS client")
struct AWSClientCorrectionTests {
    /// A refusal, with the time that AWS says it is; ours is 2026-11-21T09:00:00Z.
    private func refusal(_ code: String, date: String?) -> StubTransport.Step {
        .error(403, code, headers: date.map { [(name: "Date", value: $0)] } ?? [])
    }

    @Test(
        "a refusal that names the clock is signed anew with AWS's time, at once and without a token of the quota",
        arguments: [
            "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
            "SignatureDoesNotMatch",
        ])
    func skewed(code: String) async throws {
        let client = try SampleClient([refusal(code, date: "Sat, 21 Nov 2026 09:10:30 GMT"), .good])
        #expect(try await client.invoke().output.value == "good")
        let dates = client.transport.requests.flatMap { $0.values("X-Amz-Date") }
        #expect(dates == ["20261121T090000Z", "20261121T091030Z"])
        #expect(client.clock.slept.isEmpty)
        #expect(client.quota.available == 500)
    }

    @Test("a clock that is ahead of AWS's is corrected, also over midnight and a year's end")
    func ahead() async throws {
        let client = try SampleClient([
            refusal("RequestInTheFuture", date: "Thu, 31 Dec 2026 23:59:59 GMT"), .good,
        ])
        _ = try await client.invoke()
        #expect(client.transport.requests.last?.values("X-Amz-Date") == ["20261231T235959Z"])
        let back = try SampleClient([refusal("RequestInTheFuture", date: "Sun, 01 Mar 2020 00:00:00 GMT"), .good])
        _ = try await back.invoke()
        #expect(back.transport.requests.last?.values("X-Amz-Date") == ["20200301T000000Z"])
    }

    @Test("what was learned of the clock serves the next call")
    func remembered() async throws {
        let client = try SampleClient([
            refusal("RequestTimeTooSkewed", date: "Sat, 21 Nov 2026 09:10:00 GMT"), .good, .good,
        ])
        _ = try await client.invoke()
        client.clock.advance(by: .seconds(5))
        _ = try await client.invoke()
        #expect(client.transport.requests.last?.values("X-Amz-Date") == ["20261121T091005Z"])
    }

    @Test("the clock is corrected once a call")
    func once() async throws {
        let client = try SampleClient([
            refusal("RequestTimeTooSkewed", date: "Sat, 21 Nov 2026 09:10:00 GMT"),
            refusal("RequestTimeTooSkewed", date: "Sat, 21 Nov 2026 10:10:00 GMT"), .good,
        ])
        let error = try await client.failure()
        #expect(error.serviceFailure?.code == "RequestTimeTooSkewed")
        #expect(error.attempts == 2)
    }

    @Test(
        "a clock that is four minutes off at the most, an unreadable Date or none is no reason to sign anew",
        arguments: [
            "Sat, 21 Nov 2026 09:04:00 GMT", "Sat, 21 Nov 2026 08:56:00 GMT", "Sat, 21 Nov 2026 09:00:00 GMT", nil, "",
            "tomorrow", "2026-11-21T10:00:00Z", "Saturday, 21-Nov-26 10:00:00 GMT", "Sat, 21 Nov 2026 25:00:00 GMT",
            "Sat, 21 Nov 2026 10:00:00 CET", "Sat, 00 Nov 2026 10:00:00 GMT", "Sat, 21 Foo 2026 10:00:00 GMT",
            "Sat, 21 Nov 99999999999999999999 10:00:00 GMT",
        ])
    func notSkewed(date: String?) async throws {
        let client = try SampleClient([refusal("InvalidSignatureException", date: date), .good])
        #expect(try await client.failure().attempts == 1)
    }

    @Test("another refusal says nothing of the clock", arguments: ["AccessDeniedException", "ConflictException"])
    func otherCodes(code: String) async throws {
        let client = try SampleClient([refusal(code, date: "Sat, 21 Nov 2026 10:00:00 GMT"), .good])
        #expect(try await client.failure().attempts == 1)
    }

    @Test("the clock is not corrected after the deadline")
    func deadline() async throws {
        let client = try SampleClient(
            [refusal("RequestTimeTooSkewed", date: "Sat, 21 Nov 2026 10:00:00 GMT"), .good], sendTakes: .seconds(5))
        #expect(try await client.failure(within: .seconds(5)).attempts == 1)
    }

    @Test("an expired token makes its source read anew, once", arguments: ["ExpiredTokenException", "ExpiredToken"])
    func expiredToken(code: String) async throws {
        let provider = RenewableCredentials(["AKIDOLD", "AKIDNEW"])
        let client = try SampleClient([.error(400, code), .good], credentials: provider)
        #expect(try await client.invoke().output.value == "good")
        let authorizations = client.transport.requests.flatMap { $0.values("Authorization") }
        #expect(authorizations.map { $0.contains("Credential=AKIDNEW/") } == [false, true])
        #expect(client.clock.slept.isEmpty)

        let twice = try SampleClient(
            [.error(400, code), .error(400, code), .good], credentials: RenewableCredentials(["A", "B", "C"]))
        #expect(try await twice.failure().attempts == 2)
    }

    @Test("an expired token of a source that has no other is told as it is")
    func lastingExpiry() async throws {
        let client = try SampleClient([.error(400, "ExpiredTokenException"), .good])
        #expect(try await client.failure().serviceFailure?.code == "ExpiredTokenException")
    }

    @Test("another refusal leaves the credentials alone", arguments: ["AccessDeniedException", "InvalidClientTokenId"])
    func otherRefusal(code: String) async throws {
        let client = try SampleClient([.error(403, code), .good], credentials: RenewableCredentials(["A", "B"]))
        #expect(try await client.failure().attempts == 1)
    }
}

/// Goes on to its next key when it is told that the present one has expired.
private final class RenewableCredentials: CredentialsSource {
    private let keys: Mutex<[String]>

    init(_ keys: [String]) {
        self.keys = Mutex(keys)
    }

    func credentials(for caller: String?, by deadline: Deadline) async throws(CredentialsError) -> Credentials {
        guard let key = keys.withLock({ $0.first }) else { throw .failed(provider: "renewable", reason: "none left") }
        return Credentials(accessKeyID: key, secretAccessKey: "secret")
    }

    func invalidate(_ expired: Credentials, for caller: String?) -> Bool {
        keys.withLock { keys in
            keys.removeFirst()
            return !keys.isEmpty
        }
    }
}
