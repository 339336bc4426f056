import Authentication
import Dispatch
import Foundation
import GatewayCore
import Synchronization
import Testing

@Suite("Updating a key file")
struct APIKeyFileUpdateTests {
    private let folder: TemporaryFolder
    private var file: APIKeyFile { folder.keyFile }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("an update makes a file that was not there")
    func makes() throws {
        try append(.example("k3f9a2bd"))
        #expect(try file.read().map(\.id) == ["k3f9a2bd"])
    }

    @Test("an update keeps what it does not change")
    func keeps() throws {
        try file.write([.example("k3f9a2bd"), .example("zzzzzzzz")])
        try file.update { (records: inout [APIKeyRecord]) throws(APIKeyFile.Problem) in records[1].revokedAt = .start }
        var revoked = APIKeyRecord.example("zzzzzzzz")
        revoked.revokedAt = .start
        #expect(try file.read() == [.example("k3f9a2bd"), revoked])
    }

    @Test("an update hands back what its change returns")
    func result() throws {
        try file.write([.example("k3f9a2bd")])
        let count = try file.update { (records: inout [APIKeyRecord]) throws(APIKeyFile.Problem) in records.count }
        #expect(count == 1)
    }

    @Test(
        "an update of a broken file leaves it as it was",
        arguments: ["keys: [\n", "keys:\n  - id: k3f9a2bd\n", "users: []\n", "not a key file"])
    func broken(text: String) throws {
        try folder.write(text)
        #expect(throws: APIKeyFile.Problem.self) { try append(.example("k3f9a2bd")) }
        #expect(try folder.text() == text)
        #expect(try folder.names == ["keys.yaml"])
    }

    @Test("an update whose change fails leaves the file as it was")
    func failingChange() throws {
        try file.write([.example("k3f9a2bd")])
        let before = try folder.text()
        let failure = try #require(throws: APIKeyFile.Problem.self) { try file.parse("keys: 3") }
        #expect(throws: failure) {
            try file.update { (records: inout [APIKeyRecord]) throws(APIKeyFile.Problem) in
                records.removeAll()
                throw failure
            }
        }
        #expect(try folder.text() == before)
    }

    @Test("after an update that failed the next one goes through")
    func lockIsGivenBack() throws {
        try folder.write("keys: 3\n")
        #expect(throws: APIKeyFile.Problem.self) { try append(.example("k3f9a2bd")) }
        try folder.write("keys: []\n")
        try append(.example("k3f9a2bd"))
        #expect(try file.read().count == 1)
    }

    @Test("updates of many threads lose nothing")
    func threads() throws {
        let problems = Mutex<[String]>([])
        let file = file
        DispatchQueue.concurrentPerform(iterations: 48) { index in
            do {
                try file.update { (records: inout [APIKeyRecord]) throws(APIKeyFile.Problem) in
                    records.append(.example("\(10_000_000 + index)"))
                }
            } catch {
                problems.withLock { $0.append("\(error)") }
            }
        }
        #expect(problems.withLock { $0 } == [])
        #expect(Set(try file.read().map(\.id)) == Set((0..<48).map { "\(10_000_000 + $0)" }))
        #expect(try folder.names == ["keys.yaml"])
    }

    @Test("whoever reads while others write sees a whole file, never half of one")
    func readers() throws {
        try file.write([.example("00000000")])
        let problems = Mutex<[String]>([])
        let file = file
        DispatchQueue.concurrentPerform(iterations: 8) { index in
            do {
                for round in 0..<20 {
                    if index.isMultiple(of: 2) {
                        let ids = (0...(round % 5)).map { "0000000\($0)" }
                        try file.write(ids.map { .example($0) })
                    } else if try file.read().first?.id != "00000000" {
                        problems.withLock { $0.append("half a file") }
                    }
                }
            } catch {
                problems.withLock { $0.append("\(error)") }
            }
        }
        #expect(problems.withLock { $0 } == [])
    }

    private func append(_ record: APIKeyRecord) throws {
        try file.update { (records: inout [APIKeyRecord]) throws(APIKeyFile.Problem) in records.append(record) }
    }
}
