/// Signs requests to one service in one region with AWS Signature Version 4.
///
/// Signing is a pure function of its arguments; the cache of keys only saves time and may be shared by signers.
/// The source of the format is "Signature Version 4 for API requests" in the AWS IAM User Guide.
package struct SigV4Signer: Sendable {
    private let service: String
    private let region: String
    private let options: SigV4Options
    private let keys: SigningKeyCache

    /// Creates a signer; `service` is the signing name, as in `iottwinmaker` for `api.iottwinmaker.…`.
    package init(
        service: String, region: String, options: SigV4Options = .init(), keys: SigningKeyCache = .init()
    ) {
        self.service = service
        self.region = region
        self.options = options
        self.keys = keys
    }

    /// Signs a request as it will be sent at `instant`.
    ///
    /// Covered are the method, the path, the query, the body's hash and every header but those that a hop may change.
    /// Whatever the request has of the headers that are added here is left aside. The request is not checked: one
    /// without `Host` is signed, and refused by AWS.
    package func sign(
        _ request: SignableRequest, credentials: Credentials, at instant: SigningInstant
    ) -> SignedHeaders {
        let timestamp = instant.timestamp
        let scope = CredentialScope(day: instant.day, region: region, service: service)
        let payloadHash = Hexadecimal.sha256(request.body)

        var added = [(name: "X-Amz-Date", value: timestamp)]
        added.reserveCapacity(4)
        var covered = CanonicalHeaders(minimumCapacity: request.headers.count + 3)
        covered.add("x-amz-date", timestamp)
        if let token = credentials.sessionToken {
            added.append((name: "X-Amz-Security-Token", value: token))
            if options.signsSessionToken { covered.add("x-amz-security-token", token) }
        }
        if options.signsPayloadHeader {
            let digits = String(decoding: payloadHash, as: UTF8.self)
            added.append((name: "X-Amz-Content-Sha256", value: digits))
            covered.add("x-amz-content-sha256", digits)
        }
        for header in request.headers {
            let name = header.name.lowercased()
            guard SigV4Options.signs(headerNamed: name), !adds(name, for: credentials) else { continue }
            covered.add(name, header.value)
        }

        let canonicalRequest = CanonicalRequest(
            request, covering: covered, payloadHash: payloadHash, normalizesPath: options.normalizesPath)
        let stringToSign = StringToSign(
            timestamp: timestamp, scope: scope, canonicalRequestHash: canonicalRequest.hash)
        let signature = keys.key(for: credentials, scope: scope).signature(of: stringToSign)
        let authorization = Authorization(
            accessKeyID: credentials.accessKeyID, scope: scope, signedHeaders: canonicalRequest.signedHeaders,
            signature: signature)
        added.append((name: "Authorization", value: authorization.description))
        return SignedHeaders(
            headers: added, canonicalRequest: canonicalRequest, stringToSign: stringToSign, signature: signature)
    }

    /// Whether the signer writes the header of that lower-case name itself.
    private func adds(_ name: String, for credentials: Credentials) -> Bool {
        switch name {
        case "x-amz-date": true
        case "x-amz-security-token": credentials.sessionToken != nil
        case "x-amz-content-sha256": options.signsPayloadHeader
        default: false
        }
    }
}
