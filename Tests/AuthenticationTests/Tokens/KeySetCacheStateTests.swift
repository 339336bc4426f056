import Authentication
import Testing

@Suite("Key set cache: what follows from what it knows")
struct KeySetCacheStateTests {
    private let start = ContinuousClock.now
    private let signer = TestSigner("one")

    @Test("without keys the first question begins a fetch, and further ones wait for it")
    func cold() {
        var state = KeySetCacheState(interval: .seconds(600))
        #expect(ask(&state, at: 0) == "wait, begin")
        #expect(ask(&state, at: 1) == "wait")
        #expect(state.isFetching)
    }

    @Test("a failed first fetch is told at once to all until the next one is due: after 1, 2, 4 … 60 seconds")
    func backOff() {
        var state = KeySetCacheState(interval: .seconds(600))
        var now = 0
        for pause in [1, 2, 4, 8, 16, 32, 60, 60] {
            #expect(ask(&state, at: now) == "wait, begin")
            state.finish(.failure(.status(500)), at: start + .seconds(now))
            #expect(ask(&state, at: now, hasWaited: true) == "unavailable for \(pause)")
            #expect(ask(&state, at: now) == "unavailable for \(pause)")
            #expect(!begin(&state, at: start + .seconds(now + pause) - .milliseconds(1)))
            now += pause
        }
        #expect(state.failure == .status(500))
    }

    @Test("keys are used until the interval is over, and while they are fetched again")
    func refresh() async throws {
        var state = KeySetCacheState(interval: .seconds(600))
        try await fill(&state, at: 0)
        #expect(ask(&state, at: 599) == "use one of 1")
        #expect(!begin(&state, at: start + .seconds(599)))
        #expect(begin(&state, at: start + .seconds(600)))
        #expect(!begin(&state, at: start + .seconds(601)), "one at a time")
        #expect(ask(&state, at: 601) == "use one of 1")
    }

    @Test(
        "the server's max-age may shorten the interval down to a minute, and never makes it longer",
        arguments: [(nil, 600), (0, 60), (59, 60), (120, 120), (600, 600), (86_400, 600)] as [(Int64?, Int)])
    func maxAge(seconds: Int64?, due: Int) async throws {
        var state = KeySetCacheState(interval: .seconds(600))
        try await fill(&state, at: 0, maxAge: seconds.map { .seconds($0) })
        #expect(!begin(&state, at: start + .seconds(due) - .milliseconds(1)))
        #expect(begin(&state, at: start + .seconds(due)))
    }

    @Test("an interval below a minute holds whatever the server says")
    func shortInterval() async throws {
        var state = KeySetCacheState(interval: .seconds(5))
        try await fill(&state, at: 0, maxAge: .seconds(3_600))
        #expect(begin(&state, at: start + .seconds(5)))
    }

    @Test("an unknown key begins a fetch, and for 30 seconds no other unknown key does")
    func unknownKey() async throws {
        var state = KeySetCacheState(interval: .seconds(600))
        try await fill(&state, at: 0, isAsked: false)
        #expect(ask(&state, "two", at: 10) == "wait, begin")
        #expect(ask(&state, "three", at: 10) == "wait")
        #expect(ask(&state, "one", at: 10) == "use one of 1")
        try await finish(&state, at: 11)
        #expect(ask(&state, "two", at: 10, hasWaited: true) == "refuse unknownKey")
        #expect(ask(&state, "four", at: 39) == "refuse unknownKey")
        #expect(ask(&state, "four", at: 40) == "wait, begin")
    }

    @Test("keys that were fetched after the token came are not fetched again for it")
    func freshEnough() async throws {
        var state = KeySetCacheState(interval: .seconds(600))
        try await fill(&state, at: 10, isAsked: false)
        #expect(ask(&state, "two", at: 50, arrival: 9) == "refuse unknownKey")
        #expect(ask(&state, "two", at: 50, arrival: 11) == "wait, begin")
    }

    @Test("while fetches fail, unknown keys begin none before the next is due")
    func unknownKeyDuringFailure() async throws {
        var state = KeySetCacheState(interval: .seconds(600))
        try await fill(&state, at: 0, isAsked: false)
        #expect(begin(&state, at: start + .seconds(600)))
        state.finish(.failure(.timedOut), at: start + .seconds(605))
        #expect(ask(&state, "two", at: 605) == "refuse unknownKey")
        #expect(ask(&state, "one", at: 605) == "use one of 1", "the last good keys stay")
        #expect(ask(&state, "two", at: 606) == "wait, begin")
    }

    @Test("the number of the set changes with its document, and not with a fetch that brings the same")
    func generation() async throws {
        var state = KeySetCacheState(interval: .seconds(600))
        #expect(state.generation == 0)
        try await fill(&state, at: 0)
        #expect(state.generation == 1)
        #expect(begin(&state, at: start + .seconds(600)))
        try await finish(&state, at: 600)
        #expect(state.generation == 1)
        #expect(begin(&state, at: start + .seconds(1_200)))
        try await finish(&state, at: 1_200, TestSigner("two"))
        #expect(state.generation == 2)
        #expect(begin(&state, at: start, regardless: true), "a fetch that is asked for begins before its time")
        state.finish(.failure(.tooLarge), at: start + .seconds(1_300))
        #expect(state.generation == 2)
    }

    @Test(
        "a fetch that is asked for while another is under way is made as soon as that one ends, once",
        arguments: [true, false])
    func askedForMeanwhile(succeeds: Bool) async throws {
        var state = KeySetCacheState(interval: .seconds(600))
        try await fill(&state, at: 0)
        #expect(begin(&state, at: start + .seconds(600)))
        #expect(!begin(&state, at: start + .seconds(601), regardless: true))
        if succeeds {
            try await finish(&state, at: 602)
        } else {
            state.finish(.failure(.timedOut), at: start + .seconds(602))
        }
        #expect(begin(&state, at: start + .seconds(602)))
        try await finish(&state, at: 603, TestSigner("two"))
        #expect(!begin(&state, at: start + .seconds(604)))
    }

    private func fill(
        _ state: inout KeySetCacheState, at second: Int, maxAge: Duration? = nil, isAsked: Bool = true
    ) async throws {
        if isAsked {
            #expect(ask(&state, at: second) == "wait, begin")
        } else {
            #expect(begin(&state, at: start + .seconds(second)))
        }
        try await finish(&state, at: second, maxAge: maxAge)
    }

    private func finish(
        _ state: inout KeySetCacheState, at second: Int, _ other: TestSigner? = nil, maxAge: Duration? = nil
    ) async throws {
        let document = FetchedDocument(body: keySetDocument(other ?? signer), maxAge: maxAge)
        let keys = try await KeySet(document.body)
        state.finish(.success((keys, document)), at: start + .seconds(second))
    }

    private func begin(
        _ state: inout KeySetCacheState, at now: ContinuousClock.Instant, regardless: Bool = false
    ) -> Bool {
        state.begin(at: now, regardless: regardless)
    }

    private func ask(
        _ state: inout KeySetCacheState, _ name: String = "one", at second: Int, arrival: Int? = nil,
        hasWaited: Bool = false
    ) -> String {
        var question = KeySetCacheState.Question(
            keyID: name, algorithm: .es256, arrival: start + .seconds(arrival ?? second))
        question.hasWaited = hasWaited
        switch state.decide(question, at: start + .seconds(second)) {
        case .use(let key, let generation): return "use \(key.id ?? "") of \(generation)"
        case .refuse(let fault): return "refuse \(fault)"
        case .unavailable(_, let retryAfter): return "unavailable for \(Int(retryAfter / .seconds(1)))"
        case .wait(let begin): return begin ? "wait, begin" : "wait"
        }
    }
}
