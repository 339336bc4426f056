#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Why a request's signature is not accepted.
package enum SignatureRejection: Error, Sendable, Hashable {
    /// There is no `Authorization`.
    case missing
    /// The request cannot be read as a signed one; the text says why and quotes nothing from it.
    case malformed(String)
    /// The scope is not that of this service and region, or its day not that of `X-Amz-Date`.
    case wrongScope(CredentialScope)
    /// The request was signed that many seconds after now, or before it when negative, which is too many.
    case skewed(TimeInterval)
    /// A header that must be signed is not; its name in lower case.
    case unsignedHeader(String)
    /// No credentials have this access key id.
    case unknownAccessKey(String)
    /// The credentials have expired.
    case expiredCredentials
    /// The session token is missing, not wanted, or another than the credentials'.
    case tokenMismatch
    /// The signature, or the body's hash in `X-Amz-Content-Sha256`, is that of another request or another secret.
    case mismatch
}
