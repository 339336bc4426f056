import Foundation
import SigV4
import Testing

@Suite("Credentials")
struct CredentialsTests {
    private static let credentials = Credentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "the-secret-EXAMPLE", sessionToken: "the-token-EXAMPLE",
        expiration: Date(timeIntervalSince1970: 1_440_938_160))

    @Test("credentials show neither secret nor token however they are printed")
    func redacted() {
        let shown = everythingShown(of: Self.credentials) + everythingShown(of: Optional(Self.credentials))
        #expect(!shown.contains("the-secret"))
        #expect(!shown.contains("the-token"))
    }

    @Test("credentials show the access key id, the expiration and whether there is a token")
    func shown() {
        #expect(
            Self.credentials.description
                == "Credentials(accessKeyID: AKIDEXAMPLE, secretAccessKey: <redacted>, sessionToken: <redacted>, "
                + "expiration: 20150830T123600Z)")
        #expect(
            Credentials.example.debugDescription
                == "Credentials(accessKeyID: AKIDEXAMPLE, secretAccessKey: <redacted>, sessionToken: none, "
                + "expiration: none)")
    }

    @Test("credentials are equal only if all four parts are")
    func equality() {
        let one = Self.credentials
        let others = [
            Credentials(
                accessKeyID: "OTHER", secretAccessKey: one.secretAccessKey, sessionToken: one.sessionToken,
                expiration: one.expiration),
            Credentials(
                accessKeyID: one.accessKeyID, secretAccessKey: "other", sessionToken: one.sessionToken,
                expiration: one.expiration),
            Credentials(
                accessKeyID: one.accessKeyID, secretAccessKey: one.secretAccessKey, expiration: one.expiration),
            Credentials(
                accessKeyID: one.accessKeyID, secretAccessKey: one.secretAccessKey, sessionToken: one.sessionToken),
        ]
        for other in others { #expect(other != one) }
        #expect(Set(others + [one, one]).count == 5)
    }

    @Test("credentials stay hidden in a signer, its keys, and what it returns")
    func hiddenInASigner() {
        let keys = SigningKeyCache()
        let signer = SigV4Signer(service: "service", region: "us-east-1", keys: keys)
        let signed = signer.sign(
            SignableRequest(method: "GET", path: "/", headers: [("Host", "example.amazonaws.com")]),
            credentials: Self.credentials, at: SigningInstant(.now))
        let scope = CredentialScope(day: "20150830", region: "us-east-1", service: "service")
        let key = SigningKey(secretAccessKey: Self.credentials.secretAccessKey, scope: scope)
        let shown =
            everythingShown(of: signer) + everythingShown(of: keys) + everythingShown(of: signed)
            + everythingShown(of: signed.canonicalRequest) + everythingShown(of: key)
        #expect(!shown.contains("the-secret"))
        #expect(!shown.contains("the-token"))
        #expect(key.description == "SigningKey(<redacted>)")
        #expect(Mirror(reflecting: key).children.isEmpty)
    }
}
