import AuditLog
import Foundation
import Testing

@Suite("Reading the trail")
struct AuditQueryTests {
    private let scene: Scene

    init() throws {
        scene = try Scene()
    }

    @Test("pages are newest first, whole, and stay as they are while rows are added", arguments: [1, 3, 10, 200])
    func pages(limit: Int) async throws {
        let log = try scene.open()
        for number in 1...10 { _ = try await log.append(.refusal("r-\(number)")).get() }
        var query = AuditQuery()
        query.limit = limit
        var seen: [Int64] = []
        repeat {
            let page = try await log.page(query)
            #expect(page.records.count <= limit)
            seen += page.records.map(\.seq)
            query.before = page.next
            _ = try await log.append(.refusal("later")).get()
        } while query.before != nil
        #expect(seen == Array((1...10).reversed()))
        await log.close()
    }

    @Test("a page of rare rows ends when it has looked at so many, and the next goes on from there")
    func window() async throws {
        let log = try scene.open()
        _ = try await log.append(.refusal("first")).get()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20_050 {
                if number >= 200 { await group.next() }
                group.addTask { _ = await log.append(.refusal("r-\(number)")) }
            }
        }
        var query = AuditQuery()
        query.requestID = "first"
        let page = try await log.page(query)
        #expect(page.records.isEmpty)
        #expect(page.next != nil)
        query.before = page.next
        let next = try await log.page(query)
        #expect(next.records.map(\.seq) == [1])
        #expect(next.next == nil)
        await log.close()
    }

    @Test(
        "a filter leaves in what fits it alone",
        arguments: [
            ("entry", "intent", [1]), ("caller", "k1", [2]), ("target", "prod", [3]), ("kind", "conversion", [4]),
            ("project", "orders", [4]), ("job", "c-1", [4]), ("outcome", "rate-limited", [5]), ("request", "r-6", [6]),
            ("request", "r-%", []),
        ])
    func filters(name: String, value: String, expected: [Int64]) async throws {
        let log = try scene.open()
        for event in Self.events { _ = try await log.append(event).get() }
        var query = AuditQuery()
        switch name {
        case "entry": query.entry = value
        case "caller": query.caller = value
        case "target": query.target = value
        case "kind": query.jobKind = value
        case "project": query.project = value
        case "job": query.job = value
        case "outcome": query.outcome = value
        default: query.requestID = value
        }
        #expect(try await log.page(query).records.map(\.seq) == expected)
        await log.close()
    }

    private static let events: [AuditEvent] = {
        var events = [AuditEvent.intent("r-1")] + (2...6).map { AuditEvent.refusal("r-\($0)") }
        events[1].callerID = "k1"
        events[2].target = "prod"
        events[3].jobKind = "conversion"
        events[3].project = "orders"
        events[3].job = "c-1"
        events[4].outcome = "rate-limited"
        return events
    }()

    @Test("times are from the first on and before the second, whatever the order of the rows")
    func times() async throws {
        let log = try scene.open()
        for second in [0, 30, 10, 20] {
            var event = AuditEvent.refusal("r-\(second)")
            event.time = .start.addingTimeInterval(Double(second))
            _ = try await log.append(event).get()
        }
        var query = AuditQuery()
        query.since = .start.addingTimeInterval(10)
        query.until = .start.addingTimeInterval(30)
        #expect(try await log.page(query).records.map(\.event.requestID) == ["r-20", "r-10"])
        await log.close()
    }

    @Test("what the reader may not see is left out before the page is full")
    func visible() async throws {
        let log = try scene.open()
        for number in 1...10 {
            _ = try await log.append(.refusal("r-\(number)", outcome: number % 2 == 0 ? "a" : "b")).get()
        }
        var query = AuditQuery()
        query.limit = 3
        let page = try await log.page(query) { $0.outcome == "a" }
        #expect(page.records.map(\.seq) == [10, 8, 6])
        query.before = page.next
        #expect(try await log.page(query) { $0.outcome == "a" }.records.map(\.seq) == [4, 2])
        await log.close()
    }
}
