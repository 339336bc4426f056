import Foundation
import SigV4

/// Checks what was read from text before it becomes credentials.
enum CredentialsText {
    /// Makes credentials of text, without white space around it.
    ///
    /// - Throws: When a part could not stand in an HTTP header: a line feed in a token would otherwise become one.
    static func credentials(
        accessKeyID: String, secretAccessKey: String, sessionToken: String?, expiration: Date? = nil,
        provider: String
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
            sessionToken: token.flatMap { $0.isEmpty ? nil : $0 }, expiration: expiration)
    }

    static func isVisibleASCII(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
