import Authentication
import Foundation
import GatewayCore
import Testing

@Suite("Rotating a key")
struct APIKeyRotationTests {
    private let folder: TemporaryFolder
    private var file: APIKeyFile { folder.keyFile }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("makes a key with everything that the old one has but identifier, digest and dates")
    func copies() throws {
        let (old, new) = try rotate(Self.full)
        #expect(new.id != old.id && new.digest != old.digest)
        #expect(new.createdAt == .start)
        var expected = Self.full
        expected.client = "checkout"
        #expect(new.name == old.name && new.scopes == old.scopes && new.limitName == old.limitName)
        #expect(new.caller.allowList == old.caller.allowList && new.client == "checkout" && new.revokedAt == nil)
        #expect(new.caller.id == old.caller.id)
    }

    @Test("gives a key without a client the old identifier as client, so that the caller stays the same")
    func client() throws {
        let (old, new) = try rotate(.example("k3f9a2bd"))
        #expect(old.client == "k3f9a2bd" && new.client == "k3f9a2bd")
        #expect(old.caller.id == "k3f9a2bd" && new.caller.id == "k3f9a2bd")
        #expect(new.caller.proof == .apiKey(id: new.id))
    }

    @Test(
        "ends the old key after the overlap, and never later than it would have ended",
        arguments: [
            (nil, 86_400.0, 86_400.0), (nil, 0, 0), (3_600, 86_400, 3_600), (90_000, 86_400, 86_400), (3_600, 0, 0),
        ] as [(Double?, Double, Double)])
    func overlap(expiry: Double?, overlap: Double, end: Double) throws {
        let (old, _) = try rotate(Self.record(expiresAt: expiry.map { .start + $0 }), overlap: .seconds(overlap))
        #expect(old.expiresAt == .start + end)
    }

    @Test(
        "lets the new key live as long as the old one was made to live, unless told otherwise",
        arguments: [
            (nil, nil, nil), (86_400, nil, 90_000), (nil, 60, 60), (86_400, 60, 60),
        ] as [(Double?, Double?, Double?)])
    func lifetime(expiry: Double?, asked: Double?, end: Double?) throws {
        // Made an hour before the rotation.
        let record = Self.record(createdAt: .start - 3_600, expiresAt: expiry.map { .start + $0 })
        let (_, new) = try rotate(record, expiresAt: asked.map { .start + $0 })
        #expect(new.expiresAt == end.map { .start + $0 })
    }

    @Test("is refused for a key that expires and does not say when it was made, unless the new end is given")
    func unknownLifetime() throws {
        let record = Self.record(createdAt: nil, expiresAt: .start + 60)
        #expect(throws: APIKeyFile.Problem.self) { try rotate(record) }
        #expect(try rotate(record, expiresAt: .start + 5).new.expiresAt == .start + 5)
    }

    @Test("shows a key that is good at once, and the old one as long as it overlaps")
    func good() async throws {
        let (key, record) = APIKeyRecord.create(name: "a", scopes: [.conversionsRead], at: .start)
        try file.write([record])
        let rotation = try file.rotate(record.id, at: .start, overlap: .seconds(60), expiresAt: nil)
        let authenticator = APIKeyAuthenticator(try file.read())
        let new = try await authenticator.authenticate(.bearer(Secret(rotation.key.expose())), at: .start)
        let old = try await authenticator.authenticate(.bearer(Secret(key.expose())), at: .start + 59)
        #expect(new?.id == record.id && old?.id == record.id)
        await #expect(throws: AuthenticationFailure.expired(id: key.id)) {
            try await authenticator.authenticate(.bearer(Secret(key.expose())), at: .start + 60)
        }
    }

    @Test("changes the file as a whole and leaves other keys alone")
    func fileIsWhole() throws {
        try file.write([.example("aaaaaaaa"), .example("bbbbbbbb")])
        let rotation = try file.rotate("aaaaaaaa", at: .start, overlap: .seconds(60), expiresAt: nil)
        #expect(try file.read() == [rotation.old, .example("bbbbbbbb"), rotation.new])
    }

    @Test(
        "of a key that is revoked, expired or not there is an error that names it, and changes nothing",
        arguments: ["revoked0", "expired0", "unknown0"])
    func refused(id: String) throws {
        var revoked = APIKeyRecord.example("revoked0")
        revoked.revokedAt = .start
        let expired = APIKeyRecord(
            id: "expired0", name: "a", digest: Array(0..<32), scopes: [.conversionsRead], expiresAt: .start)
        try file.write([revoked, expired])
        let before = try folder.text()
        let problem = try #require(throws: APIKeyFile.Problem.self) {
            try file.rotate(id, at: .start, overlap: .seconds(60), expiresAt: nil)
        }
        #expect(problem.description.contains("`\(id)`"))
        #expect(try folder.text() == before)
    }

    @Test("in a file that is not there is an error and makes none")
    func noFile() throws {
        #expect(throws: APIKeyFile.Problem.self) {
            try file.rotate("aaaaaaaa", at: .start, overlap: .zero, expiresAt: nil)
        }
        #expect(try folder.names == [])
    }

    private static var full: APIKeyRecord {
        var record = APIKeyRecord.example("k3f9a2bd", name: "Dash", limitName: "batch", targets: ["prod-eu"])
        record.client = "checkout"
        return record
    }

    private static func record(createdAt: Date? = .start, expiresAt: Date?) -> APIKeyRecord {
        APIKeyRecord(
            id: "k3f9a2bd", name: "a", digest: Array(0..<32), scopes: [.conversionsRead], createdAt: createdAt,
            expiresAt: expiresAt)
    }

    private func rotate(
        _ record: APIKeyRecord, overlap: Duration = .seconds(86_400), expiresAt: Date? = nil
    ) throws -> (old: APIKeyRecord, new: APIKeyRecord) {
        try file.write([record])
        let rotation = try file.rotate(record.id, at: .start, overlap: overlap, expiresAt: expiresAt)
        #expect(try file.read() == [rotation.old, rotation.new])
        return (rotation.old, rotation.new)
    }
}
