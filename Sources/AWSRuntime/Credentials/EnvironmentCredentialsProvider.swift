package import Resilience
import SigV4

/// Reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
package struct EnvironmentCredentialsProvider: CredentialsProvider {
    /// `environment`.
    package let name = "environment"
    private let environment: [String: String]

    /// Reads the environment of these settings.
    package init(settings: AWSSettings) {
        self.environment = settings.environment
    }

    /// The credentials; declines when there is no access key, fails when there is half a pair.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        guard let accessKeyID = environment["AWS_ACCESS_KEY_ID"], !accessKeyID.isEmpty else {
            throw .declined(provider: name, reason: "AWS_ACCESS_KEY_ID is not set")
        }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"], !secret.isEmpty else {
            throw .failed(provider: name, reason: "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not")
        }
        let token = environment["AWS_SESSION_TOKEN"] ?? environment["AWS_SECURITY_TOKEN"]
        let credentials = try CredentialsText.credentials(
            accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: token, provider: name)
        return ResolvedCredentials(credentials, source: name)
    }
}
