import Foundation
import Sandbox
import Testing

@Suite("A job's timeline")
struct JobTimelineTests {
    private let job = JobTimeline(receivedAt: start, waitsFor: 10, worksFor: 100)

    @Test(
        "A job waits, works and succeeds by the clock alone",
        arguments: [
            (-5, .waiting(elapsed: 0, remaining: 10)),
            (0, .waiting(elapsed: 0, remaining: 10)),
            (9, .waiting(elapsed: 9, remaining: 1)),
            (10, .working(done: 0)),
            (60, .working(done: 0.5)),
            (110, .succeeded),
            (100_000, .succeeded),
        ] as [(TimeInterval, JobTimeline.Phase)])
    func lifeByTheClock(seconds: TimeInterval, phase: JobTimeline.Phase) {
        #expect(job.phase(at: start + seconds) == phase)
    }

    @Test("A job that is to fail stops at its share of the work")
    func failure() {
        let job = JobTimeline(receivedAt: start, worksFor: 100, ending: .failure(afterShare: 0.5))
        #expect(job.phase(at: start + 50) == .working(done: 0.25))
        #expect(job.phase(at: start + 100) == .failed(done: 0.5))
    }

    @Test("A cancelled job is cancelling for its delay, then cancelled, and does no more work")
    func cancel() {
        var job = job
        #expect(job.cancel(at: start + 60) == .accepted)
        #expect(job.phase(at: start + 62) == .cancelling(done: 0.5))
        #expect(job.phase(at: start + 63) == .cancelled(done: 0.5))
        #expect(job.phase(at: start + 5_000) == .cancelled(done: 0.5))
        #expect(job.phaseBegan(at: start + 62) == start + 60)
        #expect(job.phaseBegan(at: start + 5_000) == start + 63)
    }

    @Test("A waiting job can be cancelled before it begins")
    func cancelWhileWaiting() {
        var job = job
        #expect(job.cancel(at: start + 1) == .accepted)
        #expect(job.phase(at: start + 20) == .cancelled(done: 0))
    }

    @Test("A job that is cancelling or over takes no second cancel")
    func cancelTwice() {
        var cancelled = job
        _ = cancelled.cancel(at: start + 60)
        #expect(cancelled.cancel(at: start + 61) == .wrongState)
        #expect(cancelled.cancel(at: start + 90) == .wrongState)
        var finished = job
        #expect(finished.cancel(at: start + 110) == .wrongState)
        #expect(finished.phase(at: start + 200) == .succeeded)
    }

    @Test("A stubborn job takes the cancel and succeeds all the same")
    func finishesAnyway() {
        var job = JobTimeline(receivedAt: start, worksFor: 100, cancelResponse: .finishesAnyway(after: 5))
        #expect(job.cancel(at: start + 40) == .accepted)
        #expect(job.phase(at: start + 44) == .cancelling(done: 0.4))
        #expect(job.phase(at: start + 45) == .succeeded)
    }

    @Test("A job that may not be cancelled goes on")
    func denied() {
        var job = JobTimeline(receivedAt: start, worksFor: 100, cancelResponse: .denied)
        #expect(job.cancel(at: start + 40) == .denied)
        #expect(job.phase(at: start + 50) == .working(done: 0.5))
    }
}
