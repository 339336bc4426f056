import Foundation
import SigV4

extension Credentials {
    /// The example of AWS's documentation.
    static let example = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

    /// The same with a session token.
    static let temporaryExample = Credentials(
        accessKeyID: "ASIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        sessionToken: "EXAMPLETOKEN//////////wEaCWV1LXdlc3QtMSJHMEUCIQD==")
}

extension SignableRequest {
    /// Adds headers, each in place of any that the request has of its name.
    mutating func replaceHeaders(with added: [(name: String, value: String)]) {
        let names = Set(added.map { $0.name.lowercased() })
        headers.removeAll { names.contains($0.name.lowercased()) }
        headers += added
    }

    /// The request with the headers that signing adds.
    func signed(
        by signer: SigV4Signer, with credentials: Credentials, at instant: SigningInstant
    ) -> SignableRequest {
        var signed = self
        signed.replaceHeaders(with: signer.sign(self, credentials: credentials, at: instant).headers)
        return signed
    }
}

extension SigV4Verifier {
    /// Why the request is rejected, nil when it is accepted.
    func rejection(of request: SignableRequest, at now: Date) -> SignatureRejection? {
        do {
            try verify(request, at: now)
            return nil
        } catch {
            return error
        }
    }
}

extension CanonicalRequest {
    /// The lines of the text.
    var lines: [Substring] {
        String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }
}

/// Everything that printing, dumping or mirroring a value shows.
func everythingShown(of value: some Any) -> String {
    var text = "\(value) \(String(reflecting: value)) \(String(describing: [value]))"
    dump(value, to: &text)
    dump([value], to: &text)
    return text
}
