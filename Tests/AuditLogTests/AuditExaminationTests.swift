import AuditLog
import Foundation
import Testing

@Suite("A look at a trail's file")
struct AuditExaminationTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    private var folder: String { URL(fileURLWithPath: scene.path).deletingLastPathComponent().path }

    private func files() throws -> [String: Data] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return try names.reduce(into: [:]) { files, name in
            files[name] = try Data(contentsOf: URL(fileURLWithPath: folder).appending(path: name))
        }
    }

    @Test("makes no file where there is none")
    func notThere() throws {
        #expect(try SQLiteAuditLog.examine(path: scene.path) == nil)
        #expect(try files().isEmpty)
    }

    @Test("counts the rows, and leaves everything as it was")
    func rows() async throws {
        try await scene.write(cancels: 3)
        let before = try files()
        #expect(try SQLiteAuditLog.examine(path: scene.path) == 6)
        #expect(try files()["audit.db"] == before["audit.db"])
        #expect(try files()["audit.db-lock"] == before["audit.db-lock"])
    }

    @Test("counts the rows of a trail that a gateway is writing")
    func underway() async throws {
        let log = try scene.open()
        _ = try await log.append(.intent("r-1")).get()
        #expect(try SQLiteAuditLog.examine(path: scene.path) == 1)
        _ = try await log.append(.intent("r-2")).get()
        await log.close()
        #expect(try SQLiteAuditLog.examine(path: scene.path) == 2)
    }

    @Test("takes an empty file for one that can be made a trail, as a gateway does")
    func empty() async throws {
        try Data().write(to: URL(fileURLWithPath: scene.path))
        #expect(try SQLiteAuditLog.examine(path: scene.path) == 0)
        try await scene.open().close()
    }

    @Test("finds what a gateway would not go on with: no trail, a broken end, no folder")
    func unusable() async throws {
        try Data("a text that is long enough to be no database".utf8).write(to: URL(fileURLWithPath: scene.path))
        #expect(throws: AuditError.self) { try SQLiteAuditLog.examine(path: scene.path) }
        #expect(throws: AuditError.self) { try scene.open() }
        try FileManager.default.removeItem(atPath: scene.path)
        try await scene.write(cancels: 1)
        try scene.tamper("DELETE FROM entries WHERE seq = 2")
        #expect(throws: AuditError.self) { try SQLiteAuditLog.examine(path: scene.path) }
        #expect(throws: AuditError.self) { try scene.open() }
        #expect(throws: AuditError.self) { try SQLiteAuditLog.examine(path: folder + "/none/audit.db") }
    }
}
