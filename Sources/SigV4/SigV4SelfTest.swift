/// Signs a request whose signature is known, before anything is signed in earnest.
///
/// A build whose digests or byte order are wrong would be refused by AWS at the first call; it says so at its start
/// instead. The request and its signature are `get-vanilla` of AWS's own Signature Version 4 test suite.
package enum SigV4SelfTest {
    /// Whether this program signs as AWS does.
    package static func passes() -> Bool {
        guard let instant = SigningInstant(timestamp: "20150830T123600Z") else { return false }
        let request = SignableRequest(
            method: "GET", path: "/", query: [], headers: [("Host", "example.amazonaws.com")], body: [])
        let credentials = Credentials(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        let signed = SigV4Signer(service: "service", region: "us-east-1")
            .sign(request, credentials: credentials, at: instant)
        return signed.signature == "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    }
}
