package import SigV4

/// A source of AWS credentials.
package protocol CredentialsProvider: Sendable {
    /// The source's name in messages, for example `environment`.
    var name: String { get }

    /// Credentials that are good now.
    ///
    /// - Throws: ``CredentialsError``; a source that does not apply declines, one that applies and fails says why.
    func credentials() async throws(CredentialsError) -> Credentials

    /// Told that AWS refused these as expired; what is kept of them is dropped.
    ///
    /// - Returns: Whether asking again may give others.
    func invalidate(_ expired: Credentials) -> Bool
}

extension CredentialsProvider {
    /// A source that keeps nothing has nothing else to give.
    package func invalidate(_ expired: Credentials) -> Bool { false }
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

/// Asks several sources in order; the first that does not decline decides.
package struct CredentialsProviderChain: CredentialsProvider {
    /// `chain`.
    package let name = "chain"
    private let providers: [any CredentialsProvider]

    /// Creates a chain.
    package init(_ providers: [any CredentialsProvider]) {
        self.providers = providers
    }

    /// AWS's order for what the settings name: the environment, then the profile.
    ///
    /// An explicitly named profile takes the environment's keys out.
    package static func standard(_ settings: AWSSettings) -> CredentialsProviderChain {
        let profile = ProfileCredentialsProvider(settings: settings)
        guard !settings.hasExplicitProfile else { return CredentialsProviderChain([profile]) }
        return CredentialsProviderChain([EnvironmentCredentialsProvider(settings: settings), profile])
    }

    /// The credentials of the first source that has any.
    package func credentials() async throws(CredentialsError) -> Credentials {
        var declined: [CredentialsError] = []
        for provider in providers {
            do {
                return try await provider.credentials()
            } catch {
                guard case .declined = error else { throw error }
                declined.append(error)
            }
        }
        throw .noneFound(declined)
    }

    /// Tells every source.
    package func invalidate(_ expired: Credentials) -> Bool {
        // Not `contains(where:)`, which would leave out those behind the first that has others.
        providers.map { $0.invalidate(expired) }.contains(true)
    }
}

/// Credentials that were given once, for the sandbox and for tests.
package struct StaticCredentialsProvider: CredentialsProvider {
    /// `static`.
    package let name = "static"
    private let value: Credentials

    /// Holds credentials.
    package init(_ credentials: Credentials) {
        self.value = credentials
    }

    /// The credentials that were given.
    package func credentials() async throws(CredentialsError) -> Credentials { value }
}
