import AuditLog
import Foundation
import Testing

@Suite("Intents without an outcome")
struct InterruptedIntentTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    @Test("an intent of a process that is gone is told as interrupted when the file is next opened")
    func gone() async throws {
        let first = try scene.open()
        let intents = try await [first.append(.intent("r-1")).get(), first.append(.intent("r-2", job: "b")).get()]
        _ = try await first.append(.outcome(of: intents[0])).get()
        await first.close()

        let second = try scene.open()
        let outcome = try #require(second.interrupted.first)
        #expect(second.interrupted.count == 1)
        #expect(outcome.seq == 4)
        #expect(outcome.event.entry == .outcome)
        #expect(outcome.event.intent == 2)
        #expect(outcome.event.outcome == "interrupted")
        #expect(outcome.event.status == nil)
        #expect(outcome.event.requestID == "r-2")
        #expect(outcome.event.job == "b")
        #expect(outcome.event.time == .later)
        await second.close()
        let found = scene.verification()
        #expect(found.fault == nil)
        #expect(found.open == 0)

        let third = try scene.open()
        #expect(third.interrupted.isEmpty)
        await third.close()
    }

    @Test("an intent of a process that lives is left to it")
    func alive() async throws {
        let living = try scene.open()
        let intent = try await living.append(.intent("r-1")).get()
        let other = try scene.open()
        #expect(other.interrupted.isEmpty)
        _ = try await living.append(.outcome(of: intent)).get()
        await living.close()
        await other.close()
        let found = scene.verification()
        #expect(found.rows == 2)
        #expect(found.open == 0)
    }

    @Test("a trail says how many intents have no outcome yet")
    func open() async throws {
        let log = try scene.open()
        for number in 1...3 { _ = try await log.append(.intent("r-\(number)")).get() }
        #expect(scene.verification().open == 3)
        await log.close()
    }
}
