import Authentication
import Foundation
import GatewayCore
import Synchronization
import Testing

@Suite("Authenticator chain")
struct AuthenticatorChainTests {
    /// Answers always the same and keeps whether it might verify each time it was asked.
    private final class Scripted: Authenticator {
        let asked = Mutex<[Bool]>([])
        private let answer: Result<Caller?, AuthenticationFailure>

        init(_ answer: Result<Caller?, AuthenticationFailure>) {
            self.answer = answer
        }

        func authenticate(
            _ credential: PresentedCredential, at now: Date, mayVerify: Bool
        ) async throws(AuthenticationFailure) -> Caller? {
            asked.withLock { $0.append(mayVerify) }
            return try answer.get()
        }
    }

    private let credential = PresentedCredential.bearer(Secret("anything"))
    private let caller = Caller(id: "1", name: "one", proof: .apiKey(id: "1"), scopes: [])

    @Test("an authenticator that does not know the credential passes it on")
    func passesOn() async throws {
        let chain = AuthenticatorChain([Scripted(.success(nil)), Scripted(.success(caller))])
        #expect(try await chain.authenticate(credential, at: .start) == caller)
    }

    @Test("a credential that no authenticator knows is unknown")
    func unknown() async {
        let chain = AuthenticatorChain([Scripted(.success(nil)), Scripted(.success(nil))])
        await #expect(throws: AuthenticationFailure.unknown) { try await chain.authenticate(credential, at: .start) }
    }

    @Test("an empty chain knows nobody")
    func empty() async {
        await #expect(throws: AuthenticationFailure.unknown) {
            try await AuthenticatorChain([]).authenticate(credential, at: .start)
        }
    }

    @Test("once one has refused the credential, no other is asked")
    func refusalIsFinal() async {
        let second = Scripted(.success(caller))
        let chain = AuthenticatorChain([Scripted(.failure(.revoked(id: "aaaaaaaa"))), second])
        await #expect(throws: AuthenticationFailure.revoked(id: "aaaaaaaa")) {
            try await chain.authenticate(credential, at: .start)
        }
        #expect(second.asked.withLock { $0 } == [])
    }

    @Test("whether a credential may be verified is told to every authenticator", arguments: [true, false])
    func allowance(mayVerify: Bool) async throws {
        let authenticators = [Scripted(.success(nil)), Scripted(.success(caller))]
        _ = try await AuthenticatorChain(authenticators).authenticate(credential, at: .start, mayVerify: mayVerify)
        for authenticator in authenticators { #expect(authenticator.asked.withLock { $0 } == [mayVerify]) }
    }
}
