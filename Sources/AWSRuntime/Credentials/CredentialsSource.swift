package import Resilience
package import SigV4

/// Gives a client the credentials to sign with: cheap to ask before every attempt.
package protocol CredentialsSource: Sendable {
    /// Credentials that are good now.
    ///
    /// - Parameters:
    ///   - caller: On whose behalf the call is made; `nil` for the gateway itself.
    ///   - deadline: How long the asker can wait.
    /// - Returns: The credentials.
    /// - Throws: ``CredentialsError`` with the reason of the last attempt to fetch some.
    func credentials(for caller: String?, by deadline: Deadline) async throws(CredentialsError) -> Credentials

    /// Told that AWS refused these as expired; what is kept of them is dropped.
    ///
    /// - Returns: Whether asking again may give others.
    func invalidate(_ expired: Credentials, for caller: String?) -> Bool
}
