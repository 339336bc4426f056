package import SigV4

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
    package func credentials() async throws(CredentialsError) -> Credentials {
        guard let accessKeyID = environment["AWS_ACCESS_KEY_ID"], !accessKeyID.isEmpty else {
            throw .declined(provider: name, reason: "AWS_ACCESS_KEY_ID is not set")
        }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"], !secret.isEmpty else {
            throw .failed(provider: name, reason: "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not")
        }
        let token = environment["AWS_SESSION_TOKEN"] ?? environment["AWS_SECURITY_TOKEN"]
        return try CredentialsText.credentials(
            accessKeyID: accessKeyID, secretAccessKey: secret, sessionToken: token, provider: name)
    }
}

/// Checks what was read from text before it becomes credentials.
enum CredentialsText {
    /// Makes credentials of text, without white space around it.
    ///
    /// - Throws: When a part could not stand in an HTTP header: a line feed in a token would otherwise become one.
    static func credentials(
        accessKeyID: String, secretAccessKey: String, sessionToken: String?, provider: String
    ) throws(CredentialsError) -> Credentials {
        let accessKeyID = trimmed(accessKeyID)
        let secretAccessKey = trimmed(secretAccessKey)
        let token = sessionToken.map(trimmed)
        for (name, value) in [("access key id", accessKeyID), ("secret access key", secretAccessKey)] {
            guard !value.isEmpty, isVisibleASCII(value) else {
                throw .failed(provider: provider, reason: "the \(name) is empty or holds characters that no key has")
            }
        }
        if let token, !isVisibleASCII(token) {
            throw .failed(provider: provider, reason: "the session token holds characters that no token has")
        }
        return Credentials(
            accessKeyID: accessKeyID, secretAccessKey: secretAccessKey,
            sessionToken: token.flatMap { $0.isEmpty ? nil : $0 })
    }

    private static func isVisibleASCII(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
