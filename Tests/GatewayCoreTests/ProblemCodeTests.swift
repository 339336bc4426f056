import GatewayCore
import Testing

@Suite("Problem codes")
struct ProblemCodeTests {
    /// The table of the HTTP contract, and what the server itself refuses.
    private static let contract: [String: Int] = [
        "invalid-request": 400, "unauthenticated": 401, "invalid-credential": 401, "insufficient-scope": 403,
        "resource-not-allowed": 403,
        "no-such-route": 404, "job-not-found": 404, "method-not-allowed": 405, "request-timeout": 408,
        "already-finished": 409, "conflict": 409, "content-too-large": 413, "uri-too-long": 414,
        "expectation-failed": 417, "rate-limited": 429, "headers-too-large": 431, "internal-error": 500,
        "not-implemented": 501, "upstream-denied": 502, "upstream-invalid-response": 502, "upstream-error": 502,
        "upstream-throttled": 503, "upstream-unavailable": 503, "read-only": 503, "audit-unavailable": 503,
        "overloaded": 503, "draining": 503,
        "upstream-timeout": 504, "version-not-supported": 505,
    ]

    @Test("a code has the status that the contract gives it", arguments: contract)
    func status(name: String, status: Int) throws {
        #expect(try #require(ProblemCode(rawValue: name)).status == status)
    }

    @Test("there is no code that the contract does not have")
    func complete() {
        #expect(Set(ProblemCode.allCases.map(\.rawValue)) == Set(Self.contract.keys))
    }

    @Test("a refusal of the gateway's own credentials is never laid at the caller's door")
    func upstreamDenied() {
        #expect(ProblemCode.upstreamDenied.status >= 500)
    }

    @Test("a code stands in a path as it is", arguments: ProblemCode.allCases)
    func path(code: ProblemCode) {
        #expect(code.rawValue.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-") })
    }

    @Test("no two codes have the same title")
    func titles() {
        #expect(Set(ProblemCode.allCases.map(\.title)).count == ProblemCode.allCases.count)
    }

    @Test("every code has an explanation that ends as a sentence does", arguments: ProblemCode.allCases)
    func explanation(code: ProblemCode) {
        #expect(code.explanation.hasSuffix("."))
    }

    @Test(
        "what the contract answers with Retry-After may be sent again",
        arguments: ProblemCode.allCases.filter { [429, 503].contains($0.status) })
    func retryable(code: ProblemCode) {
        #expect(code.isRetryable)
    }

    @Test(
        "what only another request can mend may not be sent again as it is",
        arguments: ProblemCode.allCases.filter { [400, 401, 403, 404, 405, 413, 414, 417, 431].contains($0.status) })
    func notRetryable(code: ProblemCode) {
        #expect(!code.isRetryable)
    }

    @Test("a job that had finished stays finished, so that its cancel may not be sent again")
    func alreadyFinished() {
        #expect(!ProblemCode.alreadyFinished.isRetryable)
    }
}
