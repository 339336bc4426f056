import Foundation
import RateLimiting
import Synchronization
import Testing

/// What the kernel says of this process, which has other tests in it too: the bounds leave them their room.
@Suite("Memory of the in-memory rate limiter", .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/statm")))
struct InMemoryRateLimiterMemoryTests {
    private final class Time: Sendable {
        let nanoseconds = Atomic<Int64>(0)
    }

    @Test("a million distinct callers stay under 200 MiB and leave it again")
    func million() throws {
        let time = Time()
        let limiter = InMemoryRateLimiter { time.nanoseconds.load(ordering: .relaxed) }
        let limit = try #require(RateLimit(name: "default", quota: 60, window: .seconds(60)))
        let before = try residentMebibytes()
        for number in 0..<1_000_000 {
            _ = limiter.consumeNow(key: "https://issuer.example/|0a1b2c3d-0000-4000-8000-\(number)", limit: limit)
        }
        #expect(limiter.count == 1_000_000)
        #expect(try residentMebibytes() - before < 200)
        time.nanoseconds.store(60_000_000_000, ordering: .relaxed)
        limiter.sweep()
        #expect(limiter.count == 0)
        #expect(limiter.room == 0)
        #expect(try residentMebibytes() - before < 50)
    }

    /// The memory that is this process's now.
    private func residentMebibytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return try #require(Int(fields[1])) * Int(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
    }
}
