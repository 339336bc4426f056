/// The headers that make a request a signed one, and the steps that led to them.
package struct SignedHeaders: Sendable {
    /// `X-Amz-Date`, `X-Amz-Security-Token` and `X-Amz-Content-Sha256` where they apply, and `Authorization`.
    ///
    /// They are to be added to the request in this order, each in place of any field of its name.
    package let headers: [(name: String, value: String)]
    /// The first step.
    package let canonicalRequest: CanonicalRequest
    /// The second step.
    package let stringToSign: StringToSign
    /// The last step, 64 lower-case digits, as `Authorization` has it.
    package let signature: String
}

extension SignedHeaders: CustomStringConvertible, CustomReflectable {
    /// The names of the headers, without their values: one may be a session token.
    package var description: String {
        "SignedHeaders(\(headers.map(\.name).joined(separator: ", ")))"
    }

    /// The names of the headers, without their values.
    package var customMirror: Mirror {
        Mirror(self, children: ["headers": headers.map(\.name)], displayStyle: .struct)
    }
}
