package import GatewayCore

/// What a token says of its bearer, held against the settings of its issuer (RFC 7519, section 4.1).
package struct TokenClaims: Sendable {
    /// The bearer, as the gateway knows it.
    package let caller: Caller
    /// From when on the token is good, in seconds since 1970, leeway included; `nil` for ever since.
    package let notBefore: Double?
    /// Until when it is good, leeway included.
    package let expiry: Double

    /// Checks audience, times and subject.
    ///
    /// - Parameters:
    ///   - claims: The payload; its `iss` is the issuer's.
    ///   - issuer: Whose token it is.
    ///   - now: Seconds since 1970.
    /// - Throws: The first thing that is wrong.
    package init(_ claims: JSONObject, of issuer: TokenIssuer, at now: Double) throws(TokenFault) {
        guard Self.audiences(claims).contains(where: { name in issuer.audiences.contains { $0.isSame(as: name) } })
        else { throw .audience }
        // Such a token is worth nothing without a proof of its key, and none is asked for here (RFC 7800, RFC 9449).
        if claims.has("cnf") { throw .bound }
        let leeway = issuer.leeway / .seconds(1)
        let times = try Self.times(claims)
        guard now < times.expiry + leeway else { throw .expired }
        if let notBefore = times.notBefore, now < notBefore - leeway { throw .notBefore }
        if let issuedAt = times.issuedAt, issuedAt > now + leeway { throw .issuedAt }
        if let longest = issuer.maxLifetime {
            guard let issuedAt = times.issuedAt, times.expiry - issuedAt <= longest / .seconds(1) else {
                throw .lifetime
            }
        }
        guard let subject = claims["sub"]?.string, VisibleText.isVisible(subject) else { throw .subject }
        notBefore = times.notBefore.map { $0 - leeway }
        expiry = times.expiry + leeway
        caller = Caller(
            id: "\(issuer.name):\(subject)", name: Self.name(claims) ?? subject, proof: .token(issuer: issuer.name),
            scopes: issuer.scopes(for: Self.scopes(claims)), limitName: issuer.limitName, allowList: issuer.allowList)
    }

    /// `aud`: a text or a list of texts; anything else names no audience.
    private static func audiences(_ claims: JSONObject) -> [String] {
        guard let audience = claims["aud"] else { return [] }
        return audience.string.map { [$0] } ?? audience.strings ?? []
    }

    private static func times(
        _ claims: JSONObject
    ) throws(TokenFault) -> (expiry: Double, notBefore: Double?, issuedAt: Double?) {
        guard let expiry = try time("exp", claims, else: .expiryMissing) else { throw .expiryMissing }
        return (
            expiry, try time("nbf", claims, else: .notBefore), try time("iat", claims, else: .issuedAt)
        )
    }

    /// A time in seconds since 1970, which may have a fraction; one after the year 9999 was meant in another unit.
    private static func time(_ name: String, _ claims: JSONObject, else fault: TokenFault) throws(TokenFault) -> Double?
    {
        guard let value = claims[name] else { return nil }
        guard let number = value.number, (0...253_402_300_799).contains(number) else { throw fault }
        return number
    }

    /// `scope` (RFC 8693, section 4.2), and what others write instead; of another form it says nothing.
    private static func scopes(_ claims: JSONObject) -> [String] {
        let spaced = [claims["scope"]?.string, claims["scp"]?.string].compactMap { $0 }
        let listed = [claims["scp"]?.strings, claims["roles"]?.strings].compactMap { $0 }
        return spaced.flatMap { $0.split(separator: " ").map(String.init) } + listed.joined()
    }

    /// The first claim that gives people a name for the bearer.
    private static func name(_ claims: JSONObject) -> String? {
        ["name", "preferred_username", "client_id"].lazy.compactMap { claims[$0]?.string }
            .first { VisibleText.isVisible($0, limit: 128) }
    }
}
