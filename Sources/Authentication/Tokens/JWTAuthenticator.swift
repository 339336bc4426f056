package import Foundation
package import GatewayCore

/// Checks signed tokens (RFC 7519, RFC 8725, RFC 9068) of the configured issuers.
///
/// What a token says of how it is to be checked decides nothing: its issuer's settings name the algorithms, its
/// issuer's key set has the keys, and `kid` does no more than choose among them.
package final class JWTAuthenticator: Authenticator {
    /// The issuers, in the configuration's order.
    package let issuers: [TokenIssuer]
    private let keySets: [KeySetCache]
    private let memory: TokenMemory

    /// For how long a token is remembered at most, in seconds; then its signature is checked again.
    private static let longestMemory: Double = 600

    /// Creates an authenticator.
    ///
    /// - Parameters:
    ///   - issuers: The issuers, each with the cache of its keys.
    ///   - capacity: How many checked tokens are remembered at most.
    package init(_ issuers: [(issuer: TokenIssuer, keys: KeySetCache)], capacity: Int = 16_384) {
        self.issuers = issuers.map(\.issuer)
        keySets = issuers.map(\.keys)
        memory = TokenMemory(capacity: capacity)
    }

    /// How many checked tokens are remembered now.
    package var remembered: Int { memory.count }

    /// Checks a token: its form, its issuer, its algorithm, its claims, its key, its signature, in this order.
    ///
    /// What is cheap comes first, so that only a token that could be good costs a look at the keys.
    ///
    /// - Parameters:
    ///   - credential: What the request carries; nothing without a dot is a token.
    ///   - now: The time of the request.
    ///   - mayVerify: Whether keys may be waited for and a signature checked; else only a remembered token is taken.
    /// - Returns: The bearer; `nil` for what is no token.
    /// - Throws: What is wrong with the token, that its keys cannot be had, or that it was not to be checked.
    package func authenticate(
        _ credential: PresentedCredential, at now: Date, mayVerify: Bool
    ) async throws(AuthenticationFailure) -> Caller? {
        guard case .bearer(let secret) = credential else { return nil }
        let text = secret.expose()
        guard text.utf8.contains(UInt8(ascii: ".")) else { return nil }
        let now = now.timeIntervalSince1970
        let digest = TokenDigest(text)
        if let caller = rememberedCaller(digest, at: now) { return caller }
        let (token, index) = try token(text)
        let issuer = issuers[index]
        let algorithm: SigningAlgorithm
        let claims: TokenClaims
        do throws(TokenFault) {
            algorithm = try Self.algorithm(of: token, issuer)
            claims = try TokenClaims(token.payload, of: issuer, at: now)
        } catch {
            throw .token(error, issuer: issuer.name)
        }
        guard mayVerify else { throw .unverified }
        let (key, generation) = try await key(of: token, for: algorithm, index)
        guard key.isValid(token.signature, of: token.signedBytes, by: algorithm) else {
            throw .token(.signature, issuer: issuer.name)
        }
        memory.insert(
            .init(
                caller: claims.caller, notBefore: claims.notBefore,
                until: min(claims.expiry, now + Self.longestMemory), issuer: index, generation: generation), digest)
        return claims.caller
    }

    /// The bearer of a token that was checked before, while its time is not over and its key set is the one in force.
    private func rememberedCaller(_ digest: TokenDigest, at now: Double) -> Caller? {
        guard let entry = memory.entry(digest) else { return nil }
        guard now < entry.until, entry.generation == keySets[entry.issuer].generation else {
            memory.remove(digest)
            return nil
        }
        return entry.notBefore.map { now >= $0 } ?? true ? entry.caller : nil
    }

    private func token(_ text: String) throws(AuthenticationFailure) -> (token: CompactToken, issuer: Int) {
        let token: CompactToken
        do {
            token = try CompactToken(text)
        } catch {
            throw .token(error, issuer: nil)
        }
        guard let name = token.payload["iss"]?.string else { throw .token(.issuerMissing, issuer: nil) }
        guard let index = issuers.firstIndex(where: { $0.issuer.isSame(as: name) }) else {
            throw .token(.unknownIssuer, issuer: nil)
        }
        return (token, index)
    }

    private static func algorithm(of token: CompactToken, _ issuer: TokenIssuer) throws(TokenFault) -> SigningAlgorithm
    {
        guard let algorithm = issuer.algorithms.first(where: { $0.rawValue.isSame(as: token.header.algorithm) }) else {
            throw .algorithm
        }
        return algorithm
    }

    private func key(
        of token: CompactToken, for algorithm: SigningAlgorithm, _ index: Int
    ) async throws(AuthenticationFailure) -> (key: VerificationKey, generation: UInt64) {
        do {
            return try await keySets[index].key(token.header.keyID, for: algorithm)
        } catch {
            switch error {
            case .refused(let fault): throw .token(fault, issuer: issuers[index].name)
            case .unavailable(let fault, let retryAfter):
                throw .keysUnavailable(issuer: issuers[index].name, fault, retryAfter: retryAfter)
            }
        }
    }
}
