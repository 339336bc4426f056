import Foundation
import GatewayCore

/// A document that was fetched.
package struct FetchedDocument: Sendable, Hashable {
    /// Its bytes.
    package var body: [UInt8]
    /// How long it may be kept, where the server says (`Cache-Control: max-age`).
    package var maxAge: Duration?

    /// Puts the parts together.
    package init(body: [UInt8], maxAge: Duration? = nil) {
        self.body = body
        self.maxAge = maxAge
    }
}

/// Gets the document of a URL by an instant; what is no answer of status 200 is an error, redirections too.
package typealias DocumentFetch =
    @Sendable (_ url: String, _ deadline: ContinuousClock.Instant) async throws(KeySetFault) -> FetchedDocument

/// Gets the key set's document from its source.
package struct KeySetLoader: Sendable {
    private let source: KeySetSource
    private let fetch: DocumentFetch

    /// Creates a loader.
    package init(_ source: KeySetSource, fetch: @escaping DocumentFetch) {
        self.source = source
        self.fetch = fetch
    }

    /// Gets the document.
    package func load(by deadline: ContinuousClock.Instant) async throws(KeySetFault) -> FetchedDocument {
        switch source {
        case .file(let path): FetchedDocument(body: try Self.contents(of: path))
        case .url(let url): try await fetch(url, deadline)
        case .discovery(let issuer): try await fetch(try await keySetURL(of: issuer, by: deadline), deadline)
        }
    }

    /// Reads the whole of a regular file, whatever it links to.
    package static func contents(of path: String) throws(KeySetFault) -> [UInt8] {
        guard let status = try? FileStatus(of: path) else { throw .unreadable("\(path) does not exist") }
        // Reading another kind of file may never end.
        guard status.isRegular else { throw .unreadable("\(path) is no file") }
        guard status.size <= KeySet.maxBytes else { throw .tooLarge }
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw .unreadable("\(path) cannot be read")
        }
    }

    private func keySetURL(of issuer: String, by deadline: ContinuousClock.Instant) async throws(KeySetFault) -> String
    {
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let document = try await fetch("\(base)/.well-known/openid-configuration", deadline)
        let value: JSONValue
        do {
            value = try JSONReader.read(document.body)
        } catch {
            throw .malformed("the issuer's description is no JSON")
        }
        guard let named = value.object?["issuer"]?.string, named.isSame(as: issuer) else {
            throw .malformed("the issuer's description is that of another issuer")
        }
        guard let url = value.object?["jwks_uri"]?.string else {
            throw .malformed("the issuer's description names no `jwks_uri`")
        }
        guard KeySetURL.isTrustworthy(url, allowsLoopback: KeySetURL.isLoopback(url: issuer)) else {
            throw .malformed("the issuer's description names a `jwks_uri` that is no HTTPS URL")
        }
        return url
    }
}
