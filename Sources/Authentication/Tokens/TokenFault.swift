/// Why a token was refused; for the log, and nothing of the token is in it.
package enum TokenFault: String, Error, Sendable, Hashable, CaseIterable {
    // Its shape.
    case oversized = "it has more than 16 KiB"
    case segments = "it has not three segments"
    case encoding = "a segment is not base64url without padding"
    case headerSyntax = "the header is no JSON object"
    case payloadSyntax = "the payload is no JSON object"
    case duplicateMember = "a member stands there twice"
    case nesting = "it is nested too deeply"

    // Its header.
    case algorithm = "`alg` is none of the issuer's algorithms"
    case keyIdentifier = "`kid` is no text of 1 to 256 bytes"
    case critical = "`crit` asks for an extension"
    case unencodedPayload = "`b64` asks for an extension"
    case embeddedKey = "the header brings a key of its own"
    case type = "`typ` is not that of an access token"

    // The key.
    case unknownKey = "the issuer has no such key"
    case ambiguousKey = "without `kid` it is not clear which key is meant"
    case keyMismatch = "the key that `kid` names is not one for `alg`"
    case signature = "the signature is wrong"

    // Its claims.
    case issuerMissing = "`iss` is missing or no text"
    case unknownIssuer = "`iss` is no configured issuer"
    case audience = "`aud` holds no configured audience"
    case expiryMissing = "`exp` is missing or no time"
    case expired = "its time is over"
    case notBefore = "`nbf` is no time or yet to come"
    case issuedAt = "`iat` is no time or yet to come"
    case lifetime = "it lives longer than the issuer's tokens may"
    case subject = "`sub` is missing or no visible text of 1 to 256 characters"
    case bound = "`cnf` binds it to a key that is not shown"
}
