import Authentication
import Foundation
import Synchronization
import Testing

@Suite("Key set loader")
struct KeySetLoaderTests {
    @Test(
        "an issuer's description is asked for at its well-known place, a slash at the end left out",
        arguments: [
            ("https://a.example", "https://a.example/.well-known/openid-configuration"),
            ("https://a.example/", "https://a.example/.well-known/openid-configuration"),
            ("https://a.example/t/v2.0", "https://a.example/t/v2.0/.well-known/openid-configuration"),
        ])
    func discovery(issuer: String, place: String) async throws {
        let (document, asked) = try await load(issuer, #"{"issuer":"\#(issuer)","jwks_uri":"https://keys.example/k"}"#)
        #expect(asked == [place, "https://keys.example/k"])
        #expect(document.body == Array("keys".utf8))
        #expect(document.maxAge == .seconds(7), "the age of the keys counts, not that of the description")
    }

    @Test(
        "a description that is not the issuer's own, or names no safe place, is not believed",
        arguments: [
            "", "[]", "{}", #"{"jwks_uri":"https://keys.example/k"}"#,
            #"{"issuer":"https://a.example/","jwks_uri":"https://keys.example/k"}"#,
            #"{"issuer":"https://A.example","jwks_uri":"https://keys.example/k"}"#,
            #"{"issuer":"https://a.example","issuer":"https://a.example","jwks_uri":"https://keys.example/k"}"#,
            #"{"issuer":"https://a.example"}"#, #"{"issuer":"https://a.example","jwks_uri":7}"#,
            #"{"issuer":"https://a.example","jwks_uri":"http://keys.example/k"}"#,
            #"{"issuer":"https://a.example","jwks_uri":"http://127.0.0.1/k"}"#,
            #"{"issuer":"https://a.example","jwks_uri":"file:///k"}"#,
        ])
    func lies(description: String) async {
        await #expect(throws: KeySetFault.self) { try await load("https://a.example", description) }
    }

    @Test("an issuer on this machine may have its keys on this machine, and there alone without TLS")
    func loopback() async throws {
        let good = #"{"issuer":"http://127.0.0.1:9","jwks_uri":"http://localhost:9/k"}"#
        #expect(try await load("http://127.0.0.1:9", good).asked.count == 2)
        await #expect(throws: KeySetFault.self) {
            try await load("http://127.0.0.1:9", #"{"issuer":"http://127.0.0.1:9","jwks_uri":"http://keys.example/k"}"#)
        }
    }

    @Test(
        "keys come over TLS or from this machine",
        arguments: [
            ("https://a.example/keys?x=1", true), ("HTTPS://a.example", true), ("http://127.0.0.1:80/k", true),
            ("http://localhost/k", true), ("http://[::1]:8080/k", true), ("http://a.example/k", false),
            ("http://127.0.0.1.a.example/k", false), ("http://localhost.a.example", false), ("ftp://a.example", false),
            ("https://user@a.example", false), ("https://a.example/#x", false), ("https://", false), ("/keys", false),
            ("https://a.example/a b", false), ("", false), ("https://é.example", false),
        ])
    func trust(url: String, isTrustworthy: Bool) {
        #expect(KeySetURL.isTrustworthy(url) == isTrustworthy)
    }

    @Test("a file is read whole, and nothing that is no file")
    func files() throws {
        let folder = try TemporaryFolder()
        try folder.write("keys", to: "keys.json")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link", withDestinationPath: folder.path + "/keys.json")
        #expect(try KeySetLoader.contents(of: folder.path + "/link") == Array("keys".utf8))
        #expect(throws: KeySetFault.self) { try KeySetLoader.contents(of: folder.path) }
        #expect(throws: KeySetFault.self) { try KeySetLoader.contents(of: folder.path + "/none") }
        #expect(throws: KeySetFault.self) { try KeySetLoader.contents(of: "/dev/zero") }
        try folder.write(String(repeating: " ", count: KeySet.maxBytes + 1), to: "large.json")
        #expect(throws: KeySetFault.tooLarge) { try KeySetLoader.contents(of: folder.path + "/large.json") }
    }

    @Test(
        "max-age is found among the directives, in whatever case, and only as a number",
        arguments: [
            (["max-age=60"], 60), (["public, Max-Age = 60"], 60), (["no-store", "s-maxage=1, max-age=5"], 5), ([], nil),
            (["no-cache"], nil), (["max-age=-1"], nil), (["max-age=soon"], nil), (["max-age"], nil),
        ] as [([String], Int64?)])
    func maxAge(fields: [String], seconds: Int64?) {
        #expect(CacheControl.maxAge(fields) == seconds.map { .seconds($0) })
    }

    private func load(_ issuer: String, _ description: String) async throws -> (
        document: FetchedDocument, asked: [String]
    ) {
        let asked = Mutex<[String]>([])
        let loader = KeySetLoader(.discovery(issuer: issuer)) { url, _ throws(KeySetFault) in
            asked.withLock { $0.append(url) }
            if url.hasSuffix("openid-configuration") {
                return FetchedDocument(body: Array(description.utf8), maxAge: .seconds(9))
            }
            return FetchedDocument(body: Array("keys".utf8), maxAge: .seconds(7))
        }
        let document = try await loader.load(by: .now + .seconds(5))
        return (document, asked.withLock { $0 })
    }
}
