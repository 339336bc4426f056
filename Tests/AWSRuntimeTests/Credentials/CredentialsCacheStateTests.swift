import AWSRuntime
import Foundation
import Resilience
import SigV4
import Testing

/// When credentials are renewed and how long a failure is waited out, moment by moment.
@Suite("What a cache of credentials decides")
struct CredentialsCacheStateTests {
    /// A moment so many seconds after the beginning, on both clocks unless one was set.
    private func at(_ seconds: Double, clockSetBy jump: TimeInterval = 0) -> CredentialsCacheState.Moment {
        .init(
            date: Date(timeIntervalSince1970: 1_795_251_600 + seconds + jump), instant: origin + .seconds(seconds))
    }

    private let origin = ContinuousClock.now

    private func word(_ state: inout CredentialsCacheState, _ now: CredentialsCacheState.Moment) -> String {
        state.decide(at: now).word
    }

    private func resolved(
        _ name: String, _ end: TimeInterval?, rereadAfter: Duration? = nil, outlives: Bool = false
    ) -> ResolvedCredentials {
        ResolvedCredentials(
            Credentials(
                accessKeyID: name, secretAccessKey: "secret",
                expiration: end.map { Date(timeIntervalSince1970: 1_795_251_600 + $0) }),
            source: "the test", rereadAfter: rereadAfter, outlivesExpiration: outlives)
    }

    /// A state that fetched credentials at the beginning.
    private func state(holding resolved: ResolvedCredentials) throws -> CredentialsCacheState {
        var state = CredentialsCacheState()
        try finish(&state, with: .success(resolved), at: at(0))
        return state
    }

    /// Begins the fetch that is due and ends it at once.
    private func finish(
        _ state: inout CredentialsCacheState, with result: HeldProvider.Answer, at now: CredentialsCacheState.Moment,
        jitter: Double = 1, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let decision = state.decide(at: now)
        let fetch = try #require(decision.begun, sourceLocation: sourceLocation)
        _ = state.finish(fetch, with: result, at: now, jitter: jitter)
    }

    /// A life in seconds, and how long before its end the background and the foreground begin.
    private static let lives: [(life: Double, background: Double, foreground: Double)] = [
        (43_200, 900, 600), (3_600, 900, 600), (2_400, 900, 600), (1_800, 900, 450), (1_200, 600, 300),
        (900, 450, 225), (60, 30, 15), (4, 2, 1),
    ]

    @Test("renewal begins 15 and 10 minutes before the end, or at the half and the last quarter", arguments: Self.lives)
    func renewal(life: Double, background: Double, foreground: Double) throws {
        for (remaining, expected) in [
            (life, "use"), (background + 0.5, "use"), (background - 0.5, "use and fetch"),
            (foreground + 0.5, "use and fetch"), (foreground - 0.5, "fetch and wait"), (0, "fetch and wait at length"),
        ] {
            var state = try state(holding: resolved("A", life))
            #expect(word(&state, at(life - remaining)) == expected, "\(remaining) s before the end")
        }
    }

    @Test("one fetch is begun, whoever asks while it is under way")
    func oneFetch() throws {
        var state = CredentialsCacheState()
        #expect(word(&state, at(0)) == "fetch and wait at length")
        for second in 0..<14 { #expect(word(&state, at(Double(second))) == "wait at length") }
        var late = try self.state(holding: resolved("A", 3_600))
        #expect(word(&late, at(3_100)) == "fetch and wait")
        #expect(word(&late, at(3_101.9)) == "wait")
        #expect(word(&late, at(3_102)) == "use")
        #expect(word(&late, at(3_110)) == "use")
    }

    @Test("a failure is waited out for half a second at first and doubled, three seconds with nothing to serve")
    func pauses() throws {
        var state = CredentialsCacheState()
        var now = 0.0
        for pause in [0.5, 1, 2, 3, 3, 3] {
            try finish(&state, with: .down(), at: at(now))
            #expect(word(&state, at(now + pause - 0.01)) == "fail")
            now += pause
        }
        #expect(word(&state, at(now)) == "fetch and wait at length")
    }

    @Test("with credentials to serve a failure is waited out for up to half a minute, less near their end")
    func pausesWithCredentials() throws {
        var state = try state(holding: resolved("A", 3_600))
        var now = 2_710.0
        for pause in [0.5, 1, 2, 4, 8, 16, 30, 30] {
            try finish(&state, with: .down(), at: at(now))
            #expect(word(&state, at(now + pause - 0.01)) == "use")
            now += pause
        }
        try finish(&state, with: .down(), at: at(3_580))
        // At 3,584 there are 16 s left, of which a quarter is waited out.
        #expect(word(&state, at(3_583.9)) == "use")
        #expect(word(&state, at(3_584)) == "use and fetch")
    }

    @Test(
        "the dice shorten a pause to its half at the most",
        arguments: [(0.0, 0.25), (0.5, 0.375), (1, 0.5), (-7, 0.25)])
    func jitter(jitter: Double, pause: Double) throws {
        var state = CredentialsCacheState()
        try finish(&state, with: .down(), at: at(0), jitter: jitter)
        #expect(word(&state, at(pause - 0.001)) == "fail")
        #expect(word(&state, at(pause)) == "fetch and wait at length")
    }

    @Test("a lost fetch is followed by another after fifteen seconds, and what it brings in the end counts for nothing")
    func lostFetch() throws {
        var state = CredentialsCacheState()
        let first = state.decide(at: at(0))
        let lost = try #require(first.begun)
        #expect(word(&state, at(14.9)) == "wait at length")
        let second = state.decide(at: at(15))
        let next = try #require(second.begun)
        let late = state.finish(lost, with: .success(resolved("LOST", 3_600)), at: at(16), jitter: 1)
        #expect(late == nil)
        #expect(state.isFetching)
        let outcome = state.finish(next, with: .success(resolved("NEXT", 3_600)), at: at(16), jitter: 1)
        #expect(try outcome?.get().accessKeyID == "NEXT")
        let twice = state.finish(next, with: .down(), at: at(17), jitter: 1)
        #expect(twice == nil)
    }

    @Test("a fetch that is lost while the credentials are good delays nobody a second time")
    func lostRenewal() throws {
        var state = try state(holding: resolved("A", 3_600))
        #expect(word(&state, at(3_100)) == "fetch and wait")
        for second in 3_102..<3_400 {
            let word = word(&state, at(Double(second)))
            #expect(word == "use" || word == "use and fetch", "at \(second)")
        }
    }

    @Test("what is read again is read after its time, and not by every request when that fails")
    func reread() throws {
        var state = try state(holding: resolved("A", nil, rereadAfter: .seconds(60)))
        #expect(word(&state, at(59.9)) == "use")
        try finish(&state, with: .down(), at: at(60))
        #expect(word(&state, at(60.4)) == "use")
        #expect(word(&state, at(60.5)) == "use and fetch")
    }

    @Test("a wall clock that jumps moves no pause")
    func jumps() throws {
        for jump in [-86_400.0, 86_400] {
            var state = CredentialsCacheState()
            try finish(&state, with: .down(), at: at(0))
            #expect(word(&state, at(0.4, clockSetBy: jump)) == "fail")
            #expect(word(&state, at(0.5, clockSetBy: jump)) == "fetch and wait at length")
        }
    }
}

extension CredentialsCacheState.Decision {
    /// The fetch that is to be begun.
    fileprivate var begun: CredentialsCacheState.Fetch? {
        switch self {
        case .use(_, let begun), .wait(let begun, _): begun
        case .fail: nil
        }
    }

    /// The decision in words.
    fileprivate var word: String {
        switch self {
        case .use(_, nil): "use"
        case .use: "use and fetch"
        case .wait(let begun, let patience):
            (begun == nil ? "wait" : "fetch and wait") + (patience == nil ? " at length" : "")
        case .fail: "fail"
        }
    }
}
