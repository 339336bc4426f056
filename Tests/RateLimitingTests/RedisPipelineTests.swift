import NIOCore
import RateLimiting
import Testing

@Suite("Redis pipeline")
struct RedisPipelineTests {
    private static let patience = TimeAmount.milliseconds(500)

    private func at(_ milliseconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .milliseconds(milliseconds) }

    private func pipeline(sending count: Int = 0, capacity: Int = 10) -> RedisPipeline<Int> {
        var pipeline = RedisPipeline<Int>(capacity: capacity, patience: Self.patience)
        for number in 0..<count { pipeline.send(number, at: at(1_000), deadline: at(1_050)) }
        return pipeline
    }

    /// The number of the command that an answer is to; -1 for one whose time is over, `nil` for none.
    private func number(_ answer: RedisPipeline<Int>.Answer) -> Int? {
        switch answer {
        case .expected(let number): number
        case .late: -1
        case .unexpected: nil
        }
    }

    @Test("answers are to commands in their order")
    func order() {
        var pipeline = pipeline(sending: 3)
        #expect((0..<3).map { _ in number(pipeline.answer(at: at(1_001))) } == [0, 1, 2])
    }

    @Test("an answer that nobody asked for is to no command")
    func unexpected() {
        var pipeline = pipeline(sending: 1)
        _ = pipeline.answer(at: at(1_001))
        #expect(number(pipeline.answer(at: at(1_001))) == nil)
    }

    @Test("a command whose time is over keeps its place")
    func late() {
        var pipeline = pipeline(sending: 2)
        #expect(pipeline.expire(at: at(1_049)) == [])
        #expect(pipeline.expire(at: at(1_050)) == [0, 1])
        #expect(pipeline.expire(at: at(1_051)) == [])
        pipeline.send(2, at: at(1_060), deadline: at(1_110))
        #expect((0..<3).map { _ in number(pipeline.answer(at: at(1_070))) } == [-1, -1, 2])
    }

    @Test("a command of a nearer end is over before one that was sent earlier")
    func nearer() {
        var pipeline = pipeline(sending: 1)
        pipeline.send(1, at: at(1_010), deadline: at(1_020))
        #expect(pipeline.nextLook == at(1_020))
        #expect(pipeline.expire(at: at(1_020)) == [1])
        #expect(pipeline.nextLook == at(1_050))
    }

    @Test("as many commands may wait as the pipeline takes, those included whose time is over")
    func capacity() {
        var pipeline = pipeline(sending: 3, capacity: 3)
        #expect(!pipeline.hasRoom)
        _ = pipeline.expire(at: at(1_050))
        #expect(!pipeline.hasRoom)
        _ = pipeline.answer(at: at(1_060))
        #expect(pipeline.hasRoom)
    }

    @Test("the other side is silent once it has answered nothing for so long while a command waited")
    func silence() {
        var pipeline = pipeline(sending: 2)
        _ = pipeline.expire(at: at(1_050))
        #expect(!pipeline.isSilent(at: at(1_499)))
        #expect(pipeline.isSilent(at: at(1_500)))
        #expect(pipeline.nextLook == at(1_500))
        _ = pipeline.answer(at: at(1_400))
        #expect(!pipeline.isSilent(at: at(1_899)))
        #expect(pipeline.isSilent(at: at(1_900)))
        _ = pipeline.answer(at: at(1_800))
        #expect(!pipeline.isSilent(at: at(90_000)))
        #expect(pipeline.nextLook == nil)
    }

    @Test("a pipeline is stalled from the end of a command's time until an answer, whichever")
    func stalled() {
        var pipeline = pipeline(sending: 2)
        _ = pipeline.expire(at: at(1_049))
        #expect(!pipeline.isStalled)
        _ = pipeline.expire(at: at(1_050))
        #expect(pipeline.isStalled)
        _ = pipeline.answer(at: at(1_060))
        #expect(!pipeline.isStalled)
        _ = pipeline.answer(at: at(1_070))
        #expect(!pipeline.isStalled)
    }

    @Test("silence counts from a command on, not from the answer before it")
    func idle() {
        var pipeline = pipeline(sending: 1)
        _ = pipeline.answer(at: at(1_001))
        pipeline.send(1, at: at(60_000), deadline: at(60_050))
        #expect(!pipeline.isSilent(at: at(60_499)))
        #expect(pipeline.nextLook == at(60_050))
    }

    @Test("at the end all are taken out that still wait, once")
    func close() {
        var pipeline = pipeline(sending: 2)
        pipeline.send(2, at: at(1_000), deadline: at(1_010))
        _ = pipeline.answer(at: at(1_001))
        _ = pipeline.expire(at: at(1_010))
        #expect(pipeline.close() == [1])
        #expect(pipeline.close() == [])
    }
}
