import GatewayCore
import HTTPServer

/// Why a caller cancels, from the header `X-Audit-Reason`: 1 to 256 characters of UTF-8 on one line.
enum AuditReason {
    /// The header's name.
    static let field = "X-Audit-Reason"

    /// Reads the header; `nil` where it is not sent or empty.
    ///
    /// - Throws: `invalid-request` when it is sent twice, too long, not UTF-8, holds what is not to be seen, or a
    ///   credential.
    static func read(_ headers: HeaderFields) throws(GatewayError) -> String? {
        let values = headers[field]
        guard values.count <= 1 else { throw GatewayError(.invalidRequest, "`\(field)` is sent more than once.") }
        guard let reason = values.first, !reason.isEmpty else { return nil }
        guard reason.unicodeScalars.count <= 256 else {
            throw GatewayError(.invalidRequest, "`\(field)` has more than 256 characters.")
        }
        guard reason.unicodeScalars.allSatisfy(mayStand) else {
            throw GatewayError(
                .invalidRequest, "`\(field)` holds characters that are not to be seen, or is not UTF-8.")
        }
        guard !CredentialText.holdsCredential(reason) else {
            throw GatewayError(
                .invalidRequest, "`\(field)` holds a credential.",
                hint: "The reason is kept for ever. Leave the credential out, and revoke it.")
        }
        return reason
    }

    private static func mayStand(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return false
        // The two joiners belong to words of some scripts, and to emoji; other format characters turn a line around.
        case .format: return scalar == "\u{200C}" || scalar == "\u{200D}"
        // What the server puts in the place of bytes that are not UTF-8.
        default: return scalar != "\u{FFFD}"
        }
    }
}
