import Crypto

/// File names made of SHA-1, as the AWS CLI names its cached SSO tokens; it protects nothing.
enum SHA1Name {
    /// The hash of a text's UTF-8 bytes, in 40 lower-case digits.
    static func hexadecimal(of text: String) -> String {
        Insecure.SHA1.hash(data: Array(text.utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
