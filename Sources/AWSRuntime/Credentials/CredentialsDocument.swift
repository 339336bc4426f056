import Foundation
import SigV4

/// The JSON object in which the container endpoint, the instance metadata and a credential process give credentials.
///
/// The first two call the session token `Token`, the last `SessionToken`; everything else has one name.
struct CredentialsDocument: Decodable {
    /// The format's version, which a credential process tells.
    let version: Int?
    /// `Success`, or an error's name, as the instance metadata has it.
    let code: String?
    /// An error's sentence.
    let message: String?
    private let accessKeyID: String?
    private let secretAccessKey: String?
    private let sessionToken: String?
    private let expiration: String?

    /// For how long credentials are good whose place tells no end: long enough to spare it, short enough that what
    /// was exchanged there is found.
    static let rereadInterval = Duration.seconds(900)

    private enum Key: String, CodingKey {
        case version = "Version"
        case code = "Code"
        case lowercaseCode = "code"
        case message = "Message"
        case lowercaseMessage = "message"
        case accessKeyID = "AccessKeyId"
        case secretAccessKey = "SecretAccessKey"
        case sessionToken = "SessionToken"
        case token = "Token"
        case expiration = "Expiration"
    }

    /// Reads any JSON object; a member of another type than its own counts as missing.
    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        func text(_ keys: Key...) -> String? {
            keys.lazy.compactMap { try? members.decode(String.self, forKey: $0) }.first
        }
        version = try? members.decode(Int.self, forKey: .version)
        code = text(.code, .lowercaseCode)
        message = text(.message, .lowercaseMessage)
        accessKeyID = text(.accessKeyID)
        secretAccessKey = text(.secretAccessKey)
        sessionToken = text(.sessionToken, .token)
        let isUnlimited = try !members.contains(.expiration) || members.decodeNil(forKey: .expiration)
        // An end that is no text must not pass for no end.
        expiration = isUnlimited ? nil : text(.expiration) ?? ""
    }

    /// Reads a body or an output; `nil` when it is not a JSON object.
    static func read(_ bytes: [UInt8]) -> CredentialsDocument? {
        try? JSONDecoder().decode(CredentialsDocument.self, from: Data(bytes))
    }

    /// The credentials that the document holds.
    ///
    /// - Parameters:
    ///   - isTemporary: Whether there must be a session token and an end.
    ///   - place: Who gave the document, as a sentence's subject.
    ///   - provider: The provider's name.
    /// - Returns: Credentials that can stand in HTTP headers.
    /// - Throws: When a part is missing or cannot be one, or the end is not a time.
    func credentials(
        isTemporary: Bool = false, from place: String, provider: String
    ) throws(CredentialsError) -> Credentials {
        guard let accessKeyID else { throw Self.missing(.accessKeyID, from: place, provider) }
        guard let secretAccessKey else { throw Self.missing(.secretAccessKey, from: place, provider) }
        if isTemporary {
            guard sessionToken != nil else { throw Self.missing(.token, from: place, provider) }
            guard expiration != nil else { throw Self.missing(.expiration, from: place, provider) }
        }
        let end = expiration.flatMap(InternetTimestamp.date)
        guard expiration == nil || end != nil else {
            throw .failed(provider: provider, reason: "\(place) gave an Expiration that is not an RFC 3339 time")
        }
        return try CredentialsText.credentials(
            accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken, expiration: end,
            provider: provider)
    }

    private static func missing(_ key: Key, from place: String, _ provider: String) -> CredentialsError {
        .failed(provider: provider, reason: "\(place) gave no \(key.rawValue)")
    }
}

extension ResolvedCredentials {
    /// Credentials of a ``CredentialsDocument``: those that tell no end are asked for again all the same.
    init(documented credentials: Credentials, source: String, outlivesExpiration: Bool = false) {
        self.init(
            credentials, source: source,
            rereadAfter: credentials.expiration == nil ? CredentialsDocument.rereadInterval : nil,
            outlivesExpiration: outlivesExpiration)
    }
}
