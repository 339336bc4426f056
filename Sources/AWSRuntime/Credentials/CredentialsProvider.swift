package import Resilience
package import SigV4

/// One place where AWS credentials come from; it keeps nothing, ``CredentialsCache`` does.
package protocol CredentialsProvider: Sendable {
    /// The place's name in messages, for example `environment`.
    var name: String { get }

    /// Fetches credentials anew.
    ///
    /// - Parameter deadline: By when there is an answer or an error.
    /// - Returns: The credentials, and how long they serve.
    /// - Throws: ``CredentialsError``; a place that does not apply declines, one that applies and fails says why.
    func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials
}

/// Credentials as a provider found them.
package struct ResolvedCredentials: Sendable, Hashable {
    /// The credentials.
    package var credentials: Credentials
    /// Where they come from, in words for the operator; holds no secret.
    package var source: String
    /// After how long their place is to be asked again although they do not expire; `nil` for never.
    package var rereadAfter: Duration?
    /// Whether they are to be used beyond their expiry while their place cannot be asked: "static stability", which
    /// EC2's instance metadata asks of its clients.
    package var outlivesExpiration: Bool

    /// Describes credentials.
    package init(
        _ credentials: Credentials, source: String, rereadAfter: Duration? = nil, outlivesExpiration: Bool = false
    ) {
        self.credentials = credentials
        self.source = source
        self.rereadAfter = rereadAfter
        self.outlivesExpiration = outlivesExpiration
    }
}

/// Why a source gave no credentials.
///
/// The texts are for the operator and hold no secret.
package enum CredentialsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The source does not apply here; the next one may be asked.
    case declined(provider: String, reason: String)
    /// The source applies but is broken; no other is asked in its place.
    case failed(provider: String, reason: String)
    /// Every source declined.
    case noneFound([CredentialsError])

    /// A sentence that names each source and its reason.
    package var description: String {
        switch self {
        case .declined(let provider, let reason), .failed(let provider, let reason): "\(provider): \(reason)"
        case .noneFound(let errors): "no AWS credentials found (\(errors.map(\.description).joined(separator: "; ")))"
        }
    }
}

/// Credentials that were given once, for one call or for the sandbox; there is nothing to fetch or to keep.
package struct StaticCredentialsProvider: CredentialsProvider, CredentialsSource {
    /// `static`.
    package let name = "static"
    private let value: Credentials

    /// Holds credentials.
    package init(_ credentials: Credentials) {
        self.value = credentials
    }

    /// The credentials that were given.
    package func resolve(by deadline: Deadline) async throws(CredentialsError) -> ResolvedCredentials {
        ResolvedCredentials(value, source: name)
    }

    /// The credentials that were given.
    package func credentials(
        for caller: String?, by deadline: Deadline
    ) async throws(CredentialsError) -> Credentials { value }

    /// There are no others.
    package func invalidate(_ expired: Credentials, for caller: String?) -> Bool { false }
}
