package import Resilience
package import SigV4

/// Signs with the same credentials each time, or with none: for the calls that bring or need no others.
package struct FixedCredentialsSource: CredentialsSource {
    private let value: Credentials?

    /// Holds credentials; `nil` for calls that are not signed.
    package init(_ credentials: Credentials?) {
        self.value = credentials
    }

    /// The credentials that were given.
    ///
    /// - Throws: ``CredentialsError`` when a call is to be signed and there are none.
    package func credentials(
        for caller: String?, by deadline: Deadline
    ) async throws(CredentialsError) -> Credentials {
        guard let value else { throw .failed(provider: "fixed", reason: "there is nothing to sign this call with") }
        return value
    }

    /// Has no others to give.
    package func invalidate(_ expired: Credentials, for caller: String?) -> Bool { false }
}
