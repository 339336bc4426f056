import GatewayCore
import Testing

@Suite("Callers, scopes and errors")
struct CallerTests {
    @Test("a scope is written as in the contract")
    func scopes() {
        let names: Set = [
            "conversions:cancel", "conversions:read", "transfer-jobs:cancel", "transfer-jobs:read", "audit:read",
        ]
        #expect(Set(Scope.allCases.map(\.rawValue)) == names)
    }

    @Test("a scope shows itself as it is written", arguments: Scope.allCases)
    func description(scope: Scope) {
        #expect("\(scope)" == scope.rawValue)
    }

    @Test("a caller without a limit's name counts against the default one")
    func defaultLimit() {
        let caller = Caller(
            id: "k3f9a2bd", name: "dashboard", proof: .apiKey(id: "k3f9a2bd"), scopes: [.conversionsRead])
        #expect(caller.limitName == nil)
    }

    @Test("an error holds the public sentence and the private cause apart")
    func error() {
        let error = GatewayError(.internalError, "The gateway failed.", cause: "disk full on /dev/sda1")
        #expect(error.detail == "The gateway failed.")
        #expect(error.cause == "disk full on /dev/sda1")
    }
}
