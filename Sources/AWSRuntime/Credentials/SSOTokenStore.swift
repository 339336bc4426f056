import Foundation

/// The file in which the AWS CLI keeps one SSO token: `~/.aws/sso/cache/<SHA-1 of a key>.json`.
struct SSOTokenStore {
    /// Why there is no token, as the end of a sentence about it.
    enum Problem: Error, CustomStringConvertible {
        case file(BoundedFile.Problem)
        case malformed
        case unfit

        var description: String {
            switch self {
            case .file(.missing): "is not on disk"
            case .file(let problem): "\(problem)"
            case .malformed: "on disk is not written as the AWS CLI writes it"
            case .unfit: "on disk holds characters that no token has"
            }
        }
    }

    private let path: String

    private static let limit = 256 << 10

    /// The store of a key: a session's name or a start URL.
    init(home: String, key: String) {
        self.path = "\(home)/.aws/sso/cache/\(SHA1Name.hexadecimal(of: key)).json"
    }

    /// Reads the token.
    func load() throws(Problem) -> SSOToken {
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path, limit: Self.limit)
        } catch {
            throw .file(error)
        }
        guard let cached = try? JSONDecoder().decode(Cached.self, from: Data(bytes)),
            let expiresAt = InternetTimestamp.date(cached.expiresAt), !cached.accessToken.isEmpty
        else { throw .malformed }
        guard cached.accessToken.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .unfit }
        return SSOToken(accessToken: cached.accessToken, expiresAt: expiresAt, renewal: cached.renewal)
    }

    /// Writes a renewed token over the old one, readable for its owner alone, so that a crash leaves one or the other.
    ///
    /// - Parameters:
    ///   - token: The token.
    ///   - startURL: Written with it, as the AWS CLI does; so is the region.
    ///   - region: See `startURL`.
    ///   - renewal: The client that renewed it.
    /// - Throws: When the folder cannot be written to.
    func save(_ token: SSOToken, startURL: String, region: String, renewal: SSOToken.Renewal) throws {
        let cached = Cached(
            startURL: startURL, region: region, accessToken: token.accessToken,
            expiresAt: InternetTimestamp.text(token.expiresAt), refreshToken: token.renewal?.refreshToken,
            clientID: renewal.clientID, clientSecret: renewal.clientSecret,
            registrationExpiresAt: InternetTimestamp.text(renewal.registrationEnd))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let temporary = "\(path).\(UUID().uuidString)"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteUnknown) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: try encoder.encode(cached))
            try file.close()
            guard unsafe rename(temporary, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
    }

    private struct Cached: Codable {
        var startURL: String?
        var region: String?
        let accessToken: String
        let expiresAt: String
        let refreshToken: String?
        let clientID: String?
        let clientSecret: String?
        let registrationExpiresAt: String?

        enum CodingKeys: String, CodingKey {
            case startURL = "startUrl"
            case region, accessToken, expiresAt, refreshToken
            case clientID = "clientId"
            case clientSecret, registrationExpiresAt
        }

        var renewal: SSOToken.Renewal? {
            guard let refreshToken, let clientID, let clientSecret,
                let registrationEnd = registrationExpiresAt.flatMap(InternetTimestamp.date)
            else { return nil }
            return SSOToken.Renewal(
                refreshToken: refreshToken, clientID: clientID, clientSecret: clientSecret,
                registrationEnd: registrationEnd)
        }
    }
}
