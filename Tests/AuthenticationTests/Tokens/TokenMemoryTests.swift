import Authentication
import GatewayCore
import Testing

@Suite("Token memory")
struct TokenMemoryTests {
    @Test("holds what was put in, until it is told to forget")
    func remembers() {
        let memory = TokenMemory()
        let digest = TokenDigest("a.b.c")
        #expect(memory.entry(digest)?.caller == nil)
        memory.insert(Self.entry("u"), digest)
        #expect(memory.entry(digest)?.caller.id == "u")
        #expect(memory.entry(TokenDigest("a.b.d"))?.caller == nil)
        memory.remove(digest)
        #expect(memory.entry(digest)?.caller == nil)
        #expect(memory.count == 0)
    }

    @Test("never holds more than its capacity, however many tokens come")
    func bounded() {
        let memory = TokenMemory(capacity: 64, shards: 4)
        #expect(memory.capacity == 64)
        for number in 0..<10_000 {
            memory.insert(Self.entry("\(number)"), TokenDigest("\(number)"))
            #expect(memory.count <= 64)
        }
        #expect(memory.count > 16, "each shard holds at least a half of its share")
    }

    @Test("a token that is in use stays while others pass through")
    func keepsWhatIsUsed() {
        let memory = TokenMemory(capacity: 64, shards: 4)
        let hot = TokenDigest("hot")
        memory.insert(Self.entry("hot"), hot)
        for number in 0..<10_000 {
            memory.insert(Self.entry("\(number)"), TokenDigest("\(number)"))
            #expect(memory.entry(hot)?.caller.id == "hot")
        }
    }

    @Test("the digest is the whole token's", arguments: ["", "a", "a.b.c", String(repeating: "x", count: 16_384)])
    func digests(text: String) {
        #expect(TokenDigest(text) == TokenDigest(text))
        #expect(TokenDigest(text) != TokenDigest(text + "x"))
        #expect(TokenDigest(text) != TokenDigest("x" + text))
    }

    private static func entry(_ id: String) -> TokenMemory.Entry {
        let caller = Caller(id: id, name: id, proof: .token(issuer: "corp"), scopes: [])
        return .init(caller: caller, notBefore: nil, until: 0, issuer: 0, generation: 1)
    }
}
