import SigV4

extension CredentialsText {
    /// Temporary credentials of an answer, once it is seen that they can stand in HTTP headers.
    ///
    /// - Throws: ``CredentialsError`` that names the part which could not.
    static func checked(_ answered: Credentials, provider: String) throws(CredentialsError) -> Credentials {
        try credentials(
            accessKeyID: answered.accessKeyID, secretAccessKey: answered.secretAccessKey,
            sessionToken: answered.sessionToken, expiration: answered.expiration, provider: provider)
    }
}
