/// The value of an `Authorization` header that carries a SigV4 signature.
struct Authorization: CustomStringConvertible {
    let accessKeyID: String
    let scope: CredentialScope
    /// The names of the signed headers, joined by `;`.
    let signedHeaders: String
    /// The signature as 64 lower-case digits.
    let signature: String

    /// The value, `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
    var description: String {
        var text: [UInt8] = []
        // 192 bytes hold the algorithm, the three names, a scope of the usual length and the signature.
        text.reserveCapacity(accessKeyID.utf8.count + signedHeaders.utf8.count + 192)
        text.append(contentsOf: StringToSign.algorithm.utf8)
        text.append(contentsOf: " Credential=".utf8)
        text.append(contentsOf: accessKeyID.utf8)
        text.append(UInt8(ascii: "/"))
        scope.append(to: &text)
        text.append(contentsOf: ", SignedHeaders=".utf8)
        text.append(contentsOf: signedHeaders.utf8)
        text.append(contentsOf: ", Signature=".utf8)
        text.append(contentsOf: signature.utf8)
        return String(decoding: text, as: UTF8.self)
    }
}

extension Authorization {
    /// Reads a value: the three parts in any order, each once, with or without spaces after the commas.
    init(parsing value: String) throws(SignatureRejection) {
        let scheme = value.prefix { $0 != " " }
        guard scheme == StringToSign.algorithm else { throw .malformed("the algorithm is not AWS4-HMAC-SHA256") }
        var parts: [Substring: Substring] = [:]
        for item in value[scheme.endIndex...].split(separator: ",", omittingEmptySubsequences: false) {
            let pair = item.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, parts.updateValue(pair[1], forKey: pair[0]) == nil else {
                throw .malformed("Authorization is not a list of different name=value parts")
            }
        }
        guard parts.count == 3, let credential = parts["Credential"], let signedHeaders = parts["SignedHeaders"],
            let signature = parts["Signature"]
        else { throw .malformed("Authorization does not consist of Credential, SignedHeaders and Signature") }

        // An access key id has no slash, but if one had, the scope would still be the last four parts.
        let names = credential.split(separator: "/", omittingEmptySubsequences: false)
        guard names.count >= 5, names.suffix(5).allSatisfy({ !$0.isEmpty }),
            names[names.count - 1] == CredentialScope.terminator
        else { throw .malformed("Credential does not end in day/region/service/aws4_request") }
        scope = CredentialScope(
            day: String(names[names.count - 4]), region: String(names[names.count - 3]),
            service: String(names[names.count - 2]))
        accessKeyID = names.dropLast(4).joined(separator: "/")
        self.signedHeaders = String(signedHeaders)
        self.signature = String(signature)
    }
}
