import Foundation
package import Resilience
import SigV4

/// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and `AWS_CREDENTIAL_EXPIRATION`.
package struct EnvironmentCredentialsProvider: CredentialsProvider {
    /// `environment`.
    package let name = "environment"
    private let environment: [String: String]

    /// Reads the environment of these settings.
    package init(settings: AWSSettings) {
        self.environment = settings.environment
    }

    /// The credentials.
    ///
    /// - Throws: ``CredentialsError``; declines when there is no access key, fails when there is half a pair or an
    ///   expiry that is no time.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        guard let accessKeyID = environment["AWS_ACCESS_KEY_ID"], !accessKeyID.isEmpty else {
            throw .declined(provider: name, reason: "AWS_ACCESS_KEY_ID is not set")
        }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"], !secret.isEmpty else {
            throw .failed(provider: name, reason: "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not")
        }
        let token = environment["AWS_SECURITY_TOKEN"] ?? environment["AWS_SESSION_TOKEN"]
        let credentials = try CredentialsText.credentials(
            accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: token,
            expiration: try expiration(), provider: name)
        return ResolvedCredentials(credentials, source: name)
    }

    private func expiration() throws(CredentialsError) -> Date? {
        guard let text = environment["AWS_CREDENTIAL_EXPIRATION"], !text.isEmpty else { return nil }
        guard let date = InternetTimestamp.date(text) else {
            throw .failed(
                provider: name, reason: "AWS_CREDENTIAL_EXPIRATION is not a time such as 2026-11-21T09:00:00Z")
        }
        return date
    }
}
