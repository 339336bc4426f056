#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Checks the signatures of requests, for a server that stands in for an AWS service.
///
/// It takes signatures in the `Authorization` header whose body is hashed; neither presigned queries, unsigned
/// payloads nor chunk signatures. It keeps no record of requests: within the tolerance, one can be sent again.
package struct SigV4Verifier: Sendable {
    private let service: String
    private let region: String
    private let tolerance: TimeInterval
    private let secretForAccessKeyID: @Sendable (String) -> Credentials?
    private let keys = SigningKeyCache()

    /// Creates a verifier for one service in one region.
    ///
    /// - Parameters:
    ///   - service: The signing name that the scope must have.
    ///   - region: The region that the scope must have.
    ///   - tolerance: How many seconds `X-Amz-Date` may lie before or after now.
    ///   - secretForAccessKeyID: The credentials of an access key id, nil when there are none.
    package init(
        service: String,
        region: String,
        tolerance: TimeInterval = 300,
        secretForAccessKeyID: @escaping @Sendable (String) -> Credentials?
    ) {
        self.service = service
        self.region = region
        self.tolerance = tolerance
        self.secretForAccessKeyID = secretForAccessKeyID
    }

    /// Checks a request, with all its headers as received; returning means that it is authentic.
    ///
    /// `Host` and every `X-Amz-*` header that the request has must be signed.
    package func verify(_ request: SignableRequest, at now: Date) throws(SignatureRejection) {
        let received = Self.group(request.headers)
        guard let values = received["authorization"] else { throw .missing }
        guard values.count == 1 else { throw .malformed("there is more than one Authorization") }
        let authorization = try Authorization(parsing: values[0])
        guard let signature = Hexadecimal.decode(authorization.signature), signature.count == 32 else {
            throw .malformed("Signature is not 64 lower-case hexadecimal digits")
        }
        let timestamp = try checkDate(received["x-amz-date"], scope: authorization.scope, now: now)
        let covered = try Self.cover(authorization.signedHeaders, of: received)
        let credentials = try credentials(
            of: authorization.accessKeyID, presenting: received["x-amz-security-token"], now: now)

        let payloadHash = Hexadecimal.sha256(request.body)
        if let declared = received["x-amz-content-sha256"], declared.map({ Array($0.utf8) }) != [payloadHash] {
            throw .mismatch
        }
        let canonicalRequest = CanonicalRequest(
            request, covering: covered, payloadHash: payloadHash, normalizesPath: true)
        let stringToSign = StringToSign(
            timestamp: timestamp, scope: authorization.scope, canonicalRequestHash: canonicalRequest.hash)
        let key = keys.key(for: credentials, scope: authorization.scope)
        guard key.confirms(signature, of: stringToSign) else { throw .mismatch }
    }

    /// Checks the date against the scope and the clock, and returns it as it was sent.
    private func checkDate(
        _ values: [String]?, scope: CredentialScope, now: Date
    ) throws(SignatureRejection) -> String {
        guard let values, values.count == 1, let instant = SigningInstant(timestamp: values[0]) else {
            throw .malformed("there is not one X-Amz-Date of the form 20150830T123600Z")
        }
        guard scope == CredentialScope(day: instant.day, region: region, service: service) else {
            throw .wrongScope(scope)
        }
        let skew = instant.date.timeIntervalSince(now)
        guard abs(skew) <= tolerance else { throw .skewed(skew) }
        return values[0]
    }

    /// The credentials of an access key id, if they are valid and their session token is the presented one.
    private func credentials(
        of accessKeyID: String, presenting tokens: [String]?, now: Date
    ) throws(SignatureRejection) -> Credentials {
        guard let credentials = secretForAccessKeyID(accessKeyID) else { throw .unknownAccessKey(accessKeyID) }
        if let expiration = credentials.expiration, expiration <= now { throw .expiredCredentials }
        switch (credentials.sessionToken, tokens) {
        case (nil, nil):
            return credentials
        case (let expected?, let presented?):
            guard presented.count == 1, Self.equal(expected, presented[0]) else { throw .tokenMismatch }
            return credentials
        case (nil, _?), (_?, nil):
            throw .tokenMismatch
        }
    }

    /// The headers that `signedHeaders` names, if these are all that must be signed and all were received.
    private static func cover(
        _ signedHeaders: String, of received: [String: [String]]
    ) throws(SignatureRejection) -> CanonicalHeaders {
        let names = signedHeaders.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        for (name, next) in zip(names, names.dropFirst()) where name >= next {
            throw .malformed("SignedHeaders are not in order")
        }
        let required = received.keys.filter { $0.hasPrefix("x-amz-") } + ["host"]
        // Sorted, so that the answer to a request is always the same.
        if let unsigned = required.sorted().first(where: { !names.contains($0) }) { throw .unsignedHeader(unsigned) }

        var covered = CanonicalHeaders(minimumCapacity: names.count)
        for name in names {
            guard let values = received[name] else {
                throw .malformed("SignedHeaders has a name that is not in lower case or was not sent")
            }
            for value in values { covered.add(name, value) }
        }
        return covered
    }

    private static func group(_ headers: [(name: String, value: String)]) -> [String: [String]] {
        var groups: [String: [String]] = [:]
        for header in headers { groups[header.name.lowercased(), default: []].append(header.value) }
        return groups
    }

    /// Whether two texts have the same bytes, in a time that depends on their lengths alone.
    private static func equal(_ one: String, _ other: String) -> Bool {
        guard one.utf8.count == other.utf8.count else { return false }
        return zip(one.utf8, other.utf8).reduce(into: UInt8(0)) { $0 |= $1.0 ^ $1.1 } == 0
    }
}
